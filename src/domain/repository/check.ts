/** What a self-check of a repository in our care finds. */
import { type Automation, automations } from './automations.js';
import { whyNotBegun } from './may-begin.js';
import type { PolicyFault, RepositoryPolicyReading } from './policy-reading.js';

export interface RepositoryCheck {
  readonly isWell: boolean;
  readonly defaultBranch: string;
  /** Of its policy, with their places. */
  readonly faults: readonly PolicyFault[];
  readonly automations: readonly {
    readonly automation: Automation;
    /** Null: it does its work here. */
    readonly off: string | null;
  }[];
  /** Activities whose last attempts failed, as `automation/activity`. */
  readonly failing: readonly string[];
  /** Deliveries of the last hour, of all repositories; null where the host keeps no log for us. */
  readonly webhooks: {
    readonly arrived: number;
    readonly failed: number;
    readonly lastAtMs: number | null;
  } | null;
}

export function checkOf(
  reading: RepositoryPolicyReading,
  failing: readonly string[],
  webhooks: RepositoryCheck['webhooks'],
): RepositoryCheck {
  const { faults, defaultBranch } = reading;
  return {
    isWell: faults.length === 0 && failing.length === 0 && (webhooks?.failed ?? 0) === 0,
    defaultBranch,
    faults,
    automations: automations.map((automation) => ({
      automation,
      off: whyNotBegun(automation, reading),
    })),
    failing,
    webhooks,
  };
}

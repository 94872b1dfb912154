/** The policy that holds in a repository, or everything that is wrong with it. */
import type { Automation } from './automations.js';
import type { RepositoryPolicy } from './policy-schema.js';

export interface PolicyFault {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface PolicyReading {
  /** Null while anything is wrong with it: a rule that cannot be read may be the one that says "not this". */
  readonly policy: RepositoryPolicy | null;
  readonly faults: readonly PolicyFault[];
  /** Changes whenever the policy does. */
  readonly version: string;
}

export interface RepositoryPolicyReading extends PolicyReading {
  /** What is off here and why: staged, paused by a person, or by itself after it failed. */
  readonly off: Readonly<Partial<Record<Automation, string>>>;
  readonly defaultBranch: string;
}

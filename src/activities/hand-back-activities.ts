/** Gives a target back to what was there before: a plan to look at, and the act, which can be repeated at any point. */
import { Failure } from '../domain/failures.js';
import { type TargetKey, targetPath } from '../domain/names.js';
import type { Fence } from '../domain/rollout/fence.js';
import type { Revision } from '../domain/rollout/revision.js';
import type { HandBack } from '../ports/hand-back.js';
import { type ActivityPorts, platformOf } from './ports.js';
import { recordAct } from './record.js';

export interface PlanHandBack {
  readonly target: TargetKey;
  readonly platform: string;
  readonly stable: Revision;
}

export interface HandBackTarget extends PlanHandBack {
  /** Workflow id on whose behalf this is written. */
  readonly subject: string;
  readonly fence: Fence;
  readonly reason: string;
}

export function createHandBackActivities(ports: ActivityPorts) {
  function handBackOf({ platform, target }: PlanHandBack): HandBack {
    const { handBack } = platformOf(ports, platform);
    if (handBack !== undefined) return handBack;
    throw new Failure(
      'CommandRejected',
      `${platform} has nothing to give ${targetPath(target)} back to`,
      {
        where: `platforms.${platform}`,
        next: 'only what was there before can be given back, as on Kubernetes',
      },
    );
  }

  return {
    planHandBack: async (input: PlanHandBack): Promise<readonly string[]> =>
      handBackOf(input).planHandBack(input),

    /** @throws NotReady until users' own objects serve it; StaleWrite; CommandRejected where there is nothing to give back to */
    async handBackTarget(input: HandBackTarget): Promise<void> {
      const { target, stable, subject, fence } = input;
      const intent = { fence, key: `${subject}/${fence.sequence}` };
      await handBackOf(input).handBack({ target, stable, intent });
      await recordAct(ports, input, 'targetHandedBack', { stable });
    },
  };
}

/** Compares every target with its platform and has mended what nobody else will. */
import { heartbeat, log, sleep } from '@temporalio/activity';
import { type TargetKey, targetPath } from '../domain/names.js';
import { findDrift, type PlatformReading } from '../domain/target/drift.js';
import { type ActivityPorts, platformOf } from './ports.js';

export interface Reconciliation {
  readonly checked: number;
  readonly repaired: readonly { readonly target: string; readonly reason: string }[];
  /** Targets that could not be looked at, and why; the next pass looks again. */
  readonly unseen: readonly { readonly target: string; readonly reason: string }[];
}

export function createReconcileActivities(ports: ActivityPorts) {
  return {
    async readPlatform(input: {
      readonly target: TargetKey;
      readonly platform: string;
    }): Promise<PlatformReading> {
      return readPlatform(ports, input.target, input.platform);
    },

    /** Returns when the rollout runs no more, however it ended. */
    async awaitRollout(rolloutId: string): Promise<void> {
      for (;;) {
        const status = await ports.orchestrator.readRollout(rolloutId);
        if (status.kind !== 'running') return;
        heartbeat(status.kind);
        await sleep(1_000);
      }
    },

    /** One pass over all targets of all platforms of this worker. A target that fails is reported and passed over. */
    async reconcileTargets(): Promise<Reconciliation> {
      const repaired: { target: string; reason: string }[] = [];
      const unseen: { target: string; reason: string }[] = [];
      let checked = 0;
      for (const [platform, { workload }] of Object.entries(ports.platforms)) {
        const targets = await workload.listTargets();
        for (const target of targets) {
          heartbeat({ checked });
          try {
            const reason = await findTrouble(ports, target, platform);
            if (reason !== null) {
              const command = { actor: 'sluice', reason, target };
              await ports.orchestrator.repairTarget(target, platform, command);
              repaired.push({ target: targetPath(target), reason });
            }
            checked++;
          } catch (error) {
            const reason = error instanceof Error ? error.message : String(error);
            log.warn('target not reconciled', { target: targetPath(target), reason });
            unseen.push({ target: targetPath(target), reason });
          }
        }
      }
      return { checked, repaired, unseen };
    },
  };
}

async function findTrouble(
  ports: ActivityPorts,
  target: TargetKey,
  platform: string,
): Promise<string | null> {
  const view = await ports.orchestrator.readTarget(target);
  if (!view) return 'nobody owns the target: its workflow is gone';
  if (view.current) {
    const status = await ports.orchestrator.readRollout(view.current.rolloutId);
    return status.kind === 'lost' ? `rollout ${view.current.n} is gone: ${status.reason}` : null;
  }
  const reading = await readPlatform(ports, target, platform);
  return findDrift({ stable: view.stable, current: null, stableWorkload: null }, reading);
}

async function readPlatform(
  ports: ActivityPorts,
  target: TargetKey,
  name: string,
): Promise<PlatformReading> {
  const platform = platformOf(ports, name);
  const [reading, revisions] = await Promise.all([
    platform.router.readSplit(target),
    platform.workload.readRevisions(target),
  ]);
  return { split: reading.split, fence: reading.fence, revisions };
}

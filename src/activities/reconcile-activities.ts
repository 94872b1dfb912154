/** Compares every target with its platform and has mended what nobody else will. */
import { heartbeat, log, sleep } from '@temporalio/activity';
import { recentRollouts } from '../domain/deployment-mirror/rollout.js';
import { parseRolloutWorkflowId, type TargetKey, targetPath } from '../domain/names.js';
import { findDrift, type PlatformReading } from '../domain/target/drift.js';
import type { TargetView } from '../domain/target/view.js';
import type { Platform } from '../ports/platform.js';
import { hearRollout } from './hear-rollout.js';
import { type ActivityPorts, platformOf } from './ports.js';
import { type LedgerLook, watchLedger } from './watch-ledger.js';

const pollMs = 500;
/** Longer than a worker is away in everyday life, and short beside what people remember of a rollout. */
const heardForMs = 15 * 60_000;

export interface Reconciliation {
  readonly checked: number;
  readonly repaired: readonly { readonly target: string; readonly reason: string }[];
  /** Targets (or whole platforms, by name) that could not be looked at, and why; the next pass looks again. */
  readonly unseen: readonly { readonly target: string; readonly reason: string }[];
  /** Absent in passes of before it was looked at. */
  readonly ledger?: LedgerLook;
}

export function createReconcileActivities(ports: ActivityPorts) {
  return {
    async readPlatform(input: {
      readonly target: TargetKey;
      readonly platform: string;
    }): Promise<PlatformReading> {
      return readPlatform(ports, input.target, input.platform);
    },

    /** Returns when the rollout runs no more, however it ended; one that its target has yet to begin is waited for. */
    async awaitRollout(rolloutId: string): Promise<void> {
      for (;;) {
        const { kind } = await ports.orchestrator.readRollout(rolloutId);
        if (kind === 'finished' || kind === 'lost') return;
        if (kind === 'unknown' && !(await isExpected(ports, rolloutId))) return;
        heartbeat(kind);
        await sleep(pollMs);
      }
    },

    /** One pass over all targets of all platforms of this worker. A target that fails is reported and passed over. */
    async reconcileTargets(): Promise<Reconciliation> {
      const repaired: { target: string; reason: string }[] = [];
      const unseen: { target: string; reason: string }[] = [];
      const views: TargetView[] = [];
      let checked = 0;
      const look = async (target: TargetKey, platform: string): Promise<void> => {
        heartbeat({ checked });
        try {
          const view = await ports.orchestrator.readTarget(target);
          if (view !== null) views.push(view);
          const reason =
            (await mendTarget(ports, target, platform, view)) ??
            (view && (await turnBackOrphan(ports, platform, view)));
          if (reason !== null) repaired.push({ target: targetPath(target), reason });
          checked++;
        } catch (error) {
          const reason = reasonOf(error);
          log.warn('target not reconciled', { target: targetPath(target), reason });
          unseen.push({ target: targetPath(target), reason });
        }
      };
      const known = new Set<string>();
      const down = new Set<string>();
      for (const [platform, { workload }] of Object.entries(ports.platforms)) {
        const targets = await workload.listTargets().catch((error: unknown) => {
          down.add(platform);
          unseen.push({ target: platform, reason: reasonOf(error) });
          return [];
        });
        for (const target of targets) {
          known.add(targetPath(target));
          await look(target, platform);
        }
      }
      // What a platform has lost altogether it does not list.
      for (const target of await ports.orchestrator.listTargets()) {
        if (known.has(targetPath(target))) continue;
        const platform = (await ports.orchestrator.readTarget(target))?.platform ?? null;
        if (platform === null || down.has(platform) || !(platform in ports.platforms)) continue;
        await look(target, platform);
      }
      // Last of all: no target waits to be mended for what is only shown.
      for (const view of views) {
        heartbeat({ checked });
        await hearAgain(ports, view);
      }
      const ledger = await watchLedger(ports);
      return { checked, repaired, unseen, ledger };
    },
  };
}

async function isExpected({ orchestrator }: ActivityPorts, rolloutId: string): Promise<boolean> {
  const view = await orchestrator.readTarget(parseRolloutWorkflowId(rolloutId).target);
  const expected = [view?.current, ...(view?.queue ?? [])];
  return expected.some((rollout) => rollout?.rolloutId === rolloutId);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether rollouts are shown elsewhere never keeps their target from being mended. */
async function hearAgain(ports: ActivityPorts, view: TargetView): Promise<void> {
  try {
    for (const rolloutId of recentRollouts(view, ports.now() - heardForMs)) {
      await hearRollout(ports, rolloutId);
    }
  } catch (error) {
    log.warn('rollouts not shown', { target: targetPath(view.target), reason: reasonOf(error) });
  }
}

/** A rollout whose release was terminated would go on to all of the traffic, and nobody would hear how it ends. */
async function turnBackOrphan(
  { orchestrator }: ActivityPorts,
  platform: string,
  { target, current }: TargetView,
): Promise<string | null> {
  if (current === null) return null;
  const { rolloutId, n, candidate } = current;
  const orphaned = await orchestrator.readOrphaned(rolloutId);
  if (orphaned === null) return null;
  const reason = `nobody answers for rollout ${n}: ${orphaned}`;
  const only = { rolloutId, digest: candidate.digest, version: candidate.version };
  const command = { actor: 'sluice', reason, version: null, only };
  // The same wish in the next pass is the same request.
  await orchestrator.rollBackTarget(target, platform, command, `orphaned:${rolloutId}`);
  return reason;
}

/** Has the target mended where something is wrong. Returns what it was. */
async function mendTarget(
  ports: ActivityPorts,
  target: TargetKey,
  platform: string,
  view: TargetView | null,
): Promise<string | null> {
  const reason = await findTrouble(ports, target, platform, view);
  if (reason === null) return null;
  await ports.orchestrator.repairTarget(target, platform, { actor: 'sluice', reason, target });
  return reason;
}

async function findTrouble(
  ports: ActivityPorts,
  target: TargetKey,
  platform: string,
  view: TargetView | null,
): Promise<string | null> {
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
  const { split, fence, url } = reading;
  const followers = await readFollowers(platform, target, split.stable);
  return { split, fence, url, revisions, ...(followers && { followers }) };
}

/** Traffic is compared whatever is the matter with what stands beside it. */
async function readFollowers(platform: Platform, target: TargetKey, stable: string | null) {
  if (platform.followers === undefined || stable === null) return null;
  try {
    return await platform.followers.read({ target, revision: stable });
  } catch (error) {
    log.warn('what follows is not seen', { target: targetPath(target), reason: reasonOf(error) });
    return null;
  }
}

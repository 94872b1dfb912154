/** The first start of a target's workflow: what it should remember is read from the platform. */
import { rolloutWorkflowId } from '../domain/names.js';
import { findDrift, type PlatformReading } from '../domain/target/drift.js';
import type { Retirement } from '../domain/target/state.js';
import { ask, forEverMs, watchWith } from './activity-options.js';
import type { TargetDesk } from './target-desk.js';

const keptLeftBehindMs = 15 * 60_000;
/**
 * A target that was lost may have a rollout under way; that one is waited for (and can be turned back), because it
 * still knows what it does. What the platform shows then is the truth.
 */
export async function adoptTarget(desk: TargetDesk): Promise<void> {
  const { target, platform } = desk.state;
  const look = watchWith(60_000);
  const first = await look.readPlatform.executeWithOptions({ summary: 'what runs here?' }, [
    { target, platform },
  ]);
  const running = first.fence
    ? rolloutWorkflowId({ target, n: Math.max(1, first.fence.rollout) })
    : null;
  if (running !== null && (await ask.readRollout(running)).kind === 'running') {
    desk.adopting = running;
    await watchWith(forEverMs).awaitRollout.executeWithOptions({ summary: `wait for ${running}` }, [
      running,
    ]);
    desk.adopting = null;
  }
  adopt(desk, running === null ? first : await look.readPlatform({ target, platform }));
}

function adopt(desk: TargetDesk, reading: PlatformReading): void {
  const status = reading.revisions.find((revision) => revision.name === reading.split.stable);
  const stable = status ? { version: status.version, digest: status.digest } : null;
  const fence = reading.fence ?? desk.state.fence;
  desk.state = {
    ...desk.state,
    stable,
    fence,
    url: reading.url,
    nextN: Math.max(desk.state.nextN, fence.rollout + 1),
    retirements: leftBehind(reading),
  };
  desk.repairReason = findDrift({ stable, current: null, stableWorkload: null }, reading);
  desk.ready = true;
}

/** When the lost run would have stopped them nobody knows any more; they may be what somebody wants to go back to. */
function leftBehind({ split, revisions }: PlatformReading): readonly Retirement[] {
  return revisions
    .filter(({ name }) => name !== split.stable)
    .map(({ version, digest }) => ({
      revision: { version, digest },
      atMs: Date.now() + keptLeftBehindMs,
    }));
}

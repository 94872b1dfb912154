/** Follows one release to its end: tells every change once, and lets the second person approve when asked. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failures.js';
import type { ReleaseView, StageView } from '../../domain/release/view.js';
import type { RolloutView } from '../../domain/rollout/view.js';
import { versionOf } from './observations.js';
import type { LiveTarget, StackClient } from './stack-client.js';

export interface Glimpse {
  readonly targets: readonly LiveTarget[];
  readonly release: ReleaseView;
  readonly rollout: RolloutView | null;
}

export interface Following {
  readonly client: StackClient;
  readonly service: string;
  readonly version: string;
  /** A change worth a line. */
  readonly say: (line: string) => void;
  readonly onGlimpse: (glimpse: Glimpse) => void;
  readonly signal: AbortSignal;
}

const everyMs = 200;
/** A release of the demo that takes longer is stuck. */
const endWithinMs = 60_000;

/** @throws DeadlineExceeded when the release does not end in time */
export async function followRelease(following: Following): Promise<ReleaseView> {
  const { client, service, version, signal, onGlimpse } = following;
  const untilMs = Date.now() + endWithinMs;
  const tell = onceEach(following.say);
  const approved = new Set<string>();
  for (;;) {
    const [targets, release] = await Promise.all([
      client.targets(),
      client.release(service, version),
    ]);
    const rolloutId = stageOf(release)?.rolloutId ?? null;
    // A rollout that is asked for may not have begun yet.
    const rollout =
      rolloutId === null ? null : await client.rollout(rolloutId).catch(unlessAborted(signal));
    onGlimpse({ targets, release, rollout });
    for (const line of changes(version, release, targets)) tell(line);
    for (const { environment } of release.stages.filter(isWaiting)) {
      if (approved.has(environment)) continue;
      approved.add(environment);
      await client.approve(service, version, environment, 'staging looks good');
      tell(`${version} ${environment}: approved by demo-approver`);
    }
    if (release.outcome !== null) return release;
    if (Date.now() > untilMs) {
      throw new Failure('DeadlineExceeded', `${version} has not ended`, {
        where: stageOf(release)?.environment ?? release.releaseId,
        seen: release.phase,
        limit: `${endWithinMs / 1000} s`,
      });
    }
    await sleep(everyMs, undefined, { signal });
  }
}

function unlessAborted(signal: AbortSignal) {
  return (error: unknown): null => {
    if (signal.aborted) throw error;
    return null;
  };
}

function isWaiting(stage: StageView): boolean {
  return stage.phase === 'AwaitingApproval';
}

/** The stage it is at, or was at last. */
export function stageOf(release: ReleaseView): StageView | undefined {
  return (
    release.stages.find(({ environment }) => environment === release.environment) ??
    release.stages.findLast(({ startedAtMs }) => startedAtMs !== null)
  );
}

function onceEach(say: (line: string) => void): (line: string) => void {
  const said = new Set<string>();
  return (line) => {
    if (said.has(line)) return;
    said.add(line);
    say(line);
  };
}

/** Everything true now that is worth a line; each is told the first time. */
function changes(
  version: string,
  release: ReleaseView,
  targets: readonly LiveTarget[],
): readonly string[] {
  const shifts = targets.flatMap(({ environment, candidate, weight }) =>
    candidate !== null && versionOf(candidate) === version && weight > 0
      ? [`${version} ${environment}: ${weight} % of the traffic`]
      : [],
  );
  const phases = release.stages.flatMap(({ environment, phase, reason }) =>
    phase === 'Promoted' || phase === 'RolledBack' || phase === 'AwaitingApproval'
      ? [`${version} ${environment}: ${phase}${reason === null ? '' : `, ${reason}`}`]
      : [],
  );
  return [...shifts, ...phases];
}

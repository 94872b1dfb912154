/** Shows a release at the code host, phase by phase, for as long as it is under way. */
import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import type { MirrorReleaseInput } from '../../domain/deployment-mirror/begin.js';
import {
  mirrorRelease as tellRelease,
  mirrorRollout,
  type PhaseChange,
  type PhaseReading,
  upTo,
} from '../../domain/deployment-mirror/mirror.js';
import type { MirrorEnd } from '../../domain/deployment-mirror/view.js';
import { releaseWorkflowId } from '../../domain/names.js';
import { atCodeHost, watchWith } from '../activity-options.js';
import { innermostMessage } from '../innermost-error.js';
import { MirrorDesk } from './mirror-desk.js';
import { nextPhase, patienceMs } from './next-phase.js';

type News =
  | { readonly from: 'release' | 'rollout'; readonly reading: PhaseReading }
  | { readonly from: 'person' };

/** Ends with the release. What happened while nobody looked is shown afterwards, in its order. */
export async function mirrorRelease(input: MirrorReleaseInput): Promise<MirrorEnd> {
  const desk = new MirrorDesk(input);
  const follower = new PhaseFollower(input);
  try {
    const off = await offHere(input);
    if (off !== null) return await finish(desk, off);
    for (let isOver = false; !isOver; ) {
      const news = await follower.next(() => desk.isAskedAgain);
      if (news.from === 'person') await desk.writeAllAgain();
      else if (news.from === 'rollout') await tellRollout(desk, follower, news.reading.changes);
      else {
        await tellSteps(desk, follower, news.reading.changes);
        isOver = news.reading.isEnded;
      }
    }
  } catch (error) {
    desk.trouble = `the release cannot be followed: ${innermostMessage(error)}`;
  }
  follower.stop();
  return await finish(desk, desk.trouble);
}

async function finish(desk: MirrorDesk, trouble: string | null): Promise<MirrorEnd> {
  desk.trouble = trouble;
  desk.hasEnded = true;
  desk.show();
  await desk.records.settle();
  await condition(allHandlersFinished);
  return { shown: desk.state, steps: desk.steps, trouble: desk.trouble };
}

/** Why releases are not shown in this repository; null where they are. */
async function offHere({ repository }: MirrorReleaseInput): Promise<string | null> {
  const { off } = await atCodeHost.readRepositoryPolicy.executeWithOptions(
    { summary: 'is it on here?' },
    [{ repository }],
  );
  return off.deployments ?? null;
}

/** Between two steps of the release lie those of its rollout. */
async function tellSteps(
  desk: MirrorDesk,
  follower: PhaseFollower,
  changes: readonly PhaseChange[],
): Promise<void> {
  for (const [n, change] of changes.entries()) {
    const rest = await follower.leaveRollout(change.atMs);
    await tellRollout(desk, follower, rest);
    await desk.write(tellRelease(desk.state, change));
    if (change.phase !== 'Deploying' || change.environment === null) continue;
    await follower.enterRollout(change.environment, changes[n + 1] === undefined);
  }
}

async function tellRollout(
  desk: MirrorDesk,
  { rolloutId }: PhaseFollower,
  changes: readonly PhaseChange[],
): Promise<void> {
  if (rolloutId === null) return;
  for (const change of changes) await desk.write(mirrorRollout(desk.state, rolloutId, change));
}

/** The open questions for what comes next: one about the release, one about the rollout that it waits for. */
class PhaseFollower {
  rolloutId: string | null = null;
  private readonly input: MirrorReleaseInput;
  private readonly releaseId: string;
  private releaseSeen = 0;
  private rolloutSeen = 0;
  private release: Promise<PhaseReading> | null = null;
  private rollout: Promise<PhaseReading> | null = null;
  private isRolloutLive = false;
  private releaseScope = new CancellationScope();
  private rolloutScope = new CancellationScope();

  constructor(input: MirrorReleaseInput) {
    this.input = input;
    this.releaseId = releaseWorkflowId(input.release);
  }

  async next(isAsked: () => boolean): Promise<News> {
    this.release ??= this.releaseScope.run(() =>
      nextPhase({
        workflowId: this.releaseId,
        runId: this.input.runId,
        afterEventId: this.releaseSeen,
        mayBegin: false,
      }),
    );
    const { rolloutId } = this;
    if (rolloutId !== null && this.isRolloutLive) {
      this.rollout ??= this.rolloutScope.run(() =>
        nextPhase({
          workflowId: rolloutId,
          runId: null,
          afterEventId: this.rolloutSeen,
          mayBegin: true,
        }),
      );
    }
    const asked = new CancellationScope();
    const news = await Promise.race([
      this.release.then((reading): News => ({ from: 'release', reading })),
      ...(this.rollout
        ? [this.rollout.then((reading): News => ({ from: 'rollout', reading }))]
        : []),
      asked.run(() => condition(isAsked)).then((): News => ({ from: 'person' })),
    ]);
    asked.cancel();
    if (news.from === 'release') {
      this.release = null;
      this.releaseSeen = news.reading.lastEventId;
    } else if (news.from === 'rollout') {
      this.rollout = null;
      this.rolloutSeen = news.reading.lastEventId;
      if (news.reading.isEnded) this.isRolloutLive = false;
    }
    return news;
  }

  /** Finds the rollout that the release now waits for; followed live only while that is still so. */
  async enterRollout(environment: string, isLive: boolean): Promise<void> {
    const view = await watchWith(patienceMs).readReleaseView.executeWithOptions(
      { summary: `the rollout of ${environment}` },
      [{ releaseId: this.releaseId, runId: this.input.runId }],
    );
    const stage = view?.stages.find((each) => each.environment === environment);
    this.rolloutId = stage?.rolloutId ?? null;
    this.rolloutSeen = 0;
    this.isRolloutLive = isLive;
  }

  /** What is still untold of the rollout, up to the release's next step. */
  async leaveRollout(untilMs: number): Promise<readonly PhaseChange[]> {
    const { rolloutId } = this;
    this.rolloutScope.cancel();
    this.rollout?.catch(() => undefined);
    this.rollout = null;
    this.rolloutScope = new CancellationScope();
    this.isRolloutLive = false;
    if (rolloutId === null) return [];
    const reading = await watchWith(patienceMs).awaitPhases.executeWithOptions(
      { summary: `the rest of ${rolloutId}` },
      [
        {
          workflowId: rolloutId,
          runId: null,
          afterEventId: this.rolloutSeen,
          forMs: 0,
          mayBegin: true,
        },
      ],
    );
    this.rolloutSeen = reading.lastEventId;
    return upTo(reading.changes, untilMs);
  }

  stop(): void {
    for (const pending of [this.release, this.rollout]) pending?.catch(() => undefined);
    this.releaseScope.cancel();
    this.rolloutScope.cancel();
  }
}

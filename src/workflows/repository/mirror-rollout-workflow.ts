/** Shows a rollout that belongs to no release at the code host, phase by phase, for as long as it is under way. */
import { condition } from '@temporalio/workflow';
import type { PhaseReading } from '../../domain/deployment-mirror/mirror.js';
import type {
  MirrorRolloutInput,
  RolloutMirrorEnd,
} from '../../domain/deployment-mirror/rollout.js';
import { rolloutWorkflowId } from '../../domain/names.js';
import { isEnded } from '../../domain/phase.js';
import { atCodeHost } from '../activity-options.js';
import { innermostMessage } from '../innermost-error.js';
import { nextPhase } from './next-phase.js';
import { RolloutMirrorDesk } from './rollout-mirror-desk.js';

/** Ends with the rollout. What happened before anybody looked is shown afterwards, in its order. */
export async function mirrorRollout(input: MirrorRolloutInput): Promise<RolloutMirrorEnd> {
  const desk = new RolloutMirrorDesk(input);
  try {
    desk.skipped = await whyNot(desk, input);
    if (desk.skipped === null) await follow(desk, input);
  } catch (error) {
    desk.trouble = `the rollout cannot be followed: ${innermostMessage(error)}`;
  }
  return desk.finish();
}

/** Null where it is to be shown. */
async function whyNot(desk: RolloutMirrorDesk, input: MirrorRolloutInput): Promise<string | null> {
  const { repository, rollout, candidate } = input;
  const { off } = await atCodeHost.readRepositoryPolicy.executeWithOptions(
    { summary: 'is it on here?' },
    [{ repository }],
  );
  if (off.deployments !== undefined) return off.deployments;
  const commit = await atCodeHost.findShownCommit.executeWithOptions(
    { summary: `the commit of ${candidate.version}` },
    [{ repository, rollout, candidate }],
  );
  desk.sha = commit.sha;
  return commit.sha === null ? commit.why : null;
}

async function follow(desk: RolloutMirrorDesk, input: MirrorRolloutInput): Promise<void> {
  const workflowId = rolloutWorkflowId(input.rollout);
  const { runId } = input;
  for (let seen = 0, isOver = false; !isOver; ) {
    const query = { workflowId, runId, afterEventId: seen, mayBegin: false };
    const { changes, lastEventId, ...reading } = await askedMeanwhile(desk, nextPhase(query));
    for (const { phase } of changes) if (phase !== desk.phase) await desk.write(phase, null);
    seen = lastEventId;
    isOver = reading.isEnded;
  }
  const hasSaid = desk.phase !== null && isEnded(desk.phase);
  // It was terminated; its target has taken the traffic back.
  if (!hasSaid) await desk.write('Aborted', 'the rollout was lost');
}

/** While nothing comes, people may want all of it written once more. */
async function askedMeanwhile(
  desk: RolloutMirrorDesk,
  asked: Promise<PhaseReading>,
): Promise<PhaseReading> {
  let hasCome = false;
  const come = (): void => {
    hasCome = true;
  };
  asked.then(come, come);
  for (;;) {
    await condition(() => hasCome || desk.isAskedAgain);
    if (hasCome) return asked;
    await desk.writeAgain();
  }
}

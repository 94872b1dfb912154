/** Answers the code host's question whether a workflow run may deploy: as the gate of its commit's release says. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Command, CommandReceipt } from '../../domain/command.js';
import { answerGate, type GateAnswer } from '../../domain/deployment-mirror/gate.js';
import { Failure } from '../../domain/failures.js';
import { repositoryPath } from '../../domain/repository/names.js';
import { escapeMarkdown } from '../../domain/rollout/describe.js';
import { atCodeHost, watchWith } from '../activity-options.js';
import { innermostMessage } from '../innermost-error.js';
import { CommandRecords } from '../record-command.js';
import { rejecting, requireActorAndReason } from '../refuse.js';
import {
  environmentKey,
  gitShaKey,
  needsAttentionKey,
  phaseKey,
  repositoryKey,
} from '../search-attributes.js';
import {
  type AnswerDeploymentInput,
  approveRunUpdate,
  type DeploymentAnswer,
  rejectRunUpdate,
} from './mirror-messages.js';
import { repositoryEventSignal } from './repository-signal.js';

/** GitHub fails a run whose rule stays silent for 30 days. */
const patienceMs = 30 * 86_400_000;
/** For a release that is not there yet. */
const firstLookMs = 5_000;
const longestLookMs = 10 * 60_000;
const watchMs = 6 * 3_600_000;

type Answered = Extract<GateAnswer, { kind: 'answer' }>;

export async function answerDeployment(input: AnswerDeploymentInput): Promise<DeploymentAnswer> {
  const { repository, runId, environment, sha, dryRun } = input;
  const subject = workflowInfo().workflowId;
  const records = new CommandRecords();
  let word: Answered | null = null;
  const show = (phase: 'AwaitingApproval' | 'Promoted' | 'Rejected' | 'NeedsHelp', why: string) => {
    setCurrentDetails(
      [
        `**${phase}** · workflow run ${runId} wants to deploy to ${escapeMarkdown(environment)}`,
        '',
        `**why** ${escapeMarkdown(why)}`,
        ...(phase === 'AwaitingApproval' ? ['', '**you can** approve, reject'] : []),
      ].join('\n'),
    );
    upsertSearchAttributes([
      { key: phaseKey, value: phase },
      { key: needsAttentionKey, value: phase === 'NeedsHelp' ? why.slice(0, 200) : null },
    ]);
  };
  const take = (update: typeof approveRunUpdate, state: Answered['state']): void => {
    const handle = ({ actor, reason }: Command): CommandReceipt => {
      word = { kind: 'answer', state, comment: `${state} by ${actor}: ${reason}` };
      records.add(subject, update.name, { actor, reason });
      return { accepted: true, message: `the run is ${state}` };
    };
    setHandler(update, handle, {
      description: `Answer in place of the release. Example: {"actor": "ann", "reason": "agreed"}`,
      validator: (by) =>
        rejecting(() => {
          requireActorAndReason(by);
          if (word !== null) throw new Failure('CommandRejected', 'it is answered already');
        }),
    });
  };
  // It is begun with the event that asks; what it says stands in the input.
  setHandler(repositoryEventSignal, () => undefined);
  take(approveRunUpdate, 'approved');
  take(rejectRunUpdate, 'rejected');
  upsertSearchAttributes([
    { key: repositoryKey, value: repositoryPath(repository) },
    { key: environmentKey, value: environment },
    { key: gitShaKey, value: sha },
  ]);
  show('AwaitingApproval', 'it is looked for a release of this commit');

  const scope = new CancellationScope();
  const gate = scope.run(() => awaitGate(input, (why) => show('AwaitingApproval', why)));
  gate.catch(() => undefined);
  const bySomebody = condition(() => word !== null, patienceMs, { summary: 'a person’s answer' });
  const first = await Promise.race([gate, bySomebody.then(() => null)]);
  scope.cancel();
  const answer = word ?? first;
  if (answer === null) {
    show('NeedsHelp', 'nobody answered for 30 days');
    return { state: 'unanswered', comment: 'nobody answered for 30 days' };
  }
  const { state, comment } = answer;
  try {
    if (!dryRun) {
      await atCodeHost.answerDeploymentRule.executeWithOptions(
        { summary: `${state}: ${comment}`.slice(0, 200) },
        [{ repository, runId, environment, state, comment, subject }],
      );
    }
    show(state === 'approved' ? 'Promoted' : 'Rejected', comment);
  } catch (error) {
    show('NeedsHelp', `the answer was not taken: ${innermostMessage(error)}`);
    await records.settle();
    await condition(allHandlersFinished);
    return { state: 'unanswered', comment: innermostMessage(error) };
  }
  await records.settle();
  await condition(allHandlersFinished);
  return { state, comment };
}

/** Goes by the release that was started last for the commit, from phase to phase. */
async function awaitGate(
  { sha, environment }: AnswerDeploymentInput,
  tell: (why: string) => void,
): Promise<Answered> {
  const activities = watchWith(watchMs);
  let lookMs = firstLookMs;
  for (;;) {
    const found = await activities.findReleaseOf.executeWithOptions(
      { summary: 'the release of the commit' },
      [sha],
    );
    let afterEventId = 0;
    let isOver = found === null;
    while (found !== null && !isOver) {
      const view = await activities.readReleaseView.executeWithOptions(
        { summary: found.releaseId },
        [found],
      );
      const answer = answerGate(view, environment);
      if (answer.kind === 'answer') return answer;
      tell(`wait for ${answer.for}`);
      const news = await activities.awaitPhases.executeWithOptions(
        { summary: `the next phase of ${found.releaseId}` },
        [
          {
            workflowId: found.releaseId,
            runId: found.runId,
            afterEventId,
            forMs: watchMs / 2,
            mayBegin: true,
          },
        ],
      );
      afterEventId = news.lastEventId;
      isOver = news.isEnded && view === null;
    }
    tell('wait for a release of this commit');
    await condition(() => false, lookMs, { summary: 'look for a release again' });
    lookMs = Math.min(lookMs * 2, longestLookMs);
  }
}

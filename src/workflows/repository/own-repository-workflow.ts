/** A repository in our care: what is switched off in it, by people or by its own failures, is known here for ever. */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { Failure } from '../../domain/failures.js';
import { type Automation, automations } from '../../domain/repository/automations.js';
import {
  type CareState,
  countOutcome,
  describeCare,
  memoOf,
  nothingRemembered,
  pauseAutomation,
  resumeAutomation,
} from '../../domain/repository/care.js';
import { atCodeHost } from '../activity-options.js';
import { innermostMessage } from '../innermost-error.js';
import { CommandRecords } from '../record-command.js';
import { rejecting, requireActorAndReason } from '../refuse.js';
import { needsAttentionKey } from '../search-attributes.js';
import {
  automationOutcomeSignal,
  type OwnRepositoryInput,
  pauseAutomationUpdate,
  readRepositoryQuery,
  resumeAutomationUpdate,
  type SwitchCommand,
  sweptSignal,
} from './own-repository-messages.js';

const freshAfterEvents = 2_000;
const example = `{"actor": "ann", "reason": "not this week", "automation": "${automations[0]}"}`;

export async function ownRepository(input: OwnRepositoryInput): Promise<void> {
  const { repository } = input;
  const records = new CommandRecords();
  const subject = workflowInfo().workflowId;
  let state = input.carried ?? nothingRemembered;
  let toTell: readonly Automation[] = [];
  let toClose: readonly number[] = [];
  let shown = '';

  /** Where others look; nothing is written while nothing changed. */
  const show = (): void => {
    const details = describeCare(repository, state);
    if (details === shown) return;
    shown = details;
    setCurrentDetails(details);
    upsertMemo({ ...memoOf(state) });
    const suspended = automations.filter((each) => state.off[each]?.kind === 'suspended');
    const attention = suspended.length === 0 ? null : `off by itself: ${suspended.join(', ')}`;
    upsertSearchAttributes([{ key: needsAttentionKey, value: attention }]);
  };

  setHandler(readRepositoryQuery, () => state);
  setHandler(sweptSignal, (sweep) => {
    state = { ...state, sweep };
  });
  setHandler(automationOutcomeSignal, (outcome) => {
    const counted = countOutcome(state, outcome, Date.now());
    state = counted.state;
    if (counted.suspended !== null) toTell = [...toTell, counted.suspended];
    show();
  });
  setHandler(
    pauseAutomationUpdate,
    (command) => {
      records.add(subject, `pause ${command.automation}`, command);
      state = pauseAutomation(state, command.automation, command, Date.now());
      show();
      return { accepted: true, message: `${command.automation} does nothing here until resumed` };
    },
    {
      description: `Stop one automation here. Example: ${example}`,
      validator: (command: SwitchCommand) => rejecting(() => requireSwitch(command)),
    },
  );
  setHandler(
    resumeAutomationUpdate,
    (command) => {
      records.add(subject, `resume ${command.automation}`, command);
      const { issue = null } = state.off[command.automation] ?? {};
      if (issue !== null) toClose = [...toClose, issue];
      state = resumeAutomation(state, command.automation);
      show();
      return { accepted: true, message: `${command.automation} runs again here` };
    },
    {
      description: `Let it run again. Example: ${example}`,
      validator: (command: SwitchCommand) =>
        rejecting(() => {
          requireSwitch(command);
          if (state.off[command.automation] !== undefined) return;
          throw new Failure('CommandRejected', `${command.automation} is not off here`, {
            where: 'automation',
            seen: command.automation,
          });
        }),
    },
  );

  const isFull = (): boolean => {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    return historyLength > freshAfterEvents || continueAsNewSuggested;
  };
  show();
  for (;;) {
    await condition(() => toTell.length > 0 || toClose.length > 0 || isFull());
    const [automation] = toTell;
    const [issue] = toClose;
    if (automation !== undefined) {
      toTell = toTell.slice(1);
      state = await tell(input, state, automation);
      show();
    } else if (issue !== undefined) {
      toClose = toClose.slice(1);
      await quietly(() => atCodeHost.closeSuspension({ repository, issue, subject }));
    } else {
      await records.settle();
      await condition(allHandlersFinished);
      await continueAsNew<typeof ownRepository>({ ...input, carried: state });
    }
  }
}

async function tell(
  { repository }: OwnRepositoryInput,
  state: CareState,
  automation: Automation,
): Promise<CareState> {
  const off = state.off[automation];
  if (off?.kind !== 'suspended') return state;
  const subject = workflowInfo().workflowId;
  const issue = await quietly(() =>
    atCodeHost.tellSuspension({ repository, automation, off, subject }),
  );
  return { ...state, off: { ...state.off, [automation]: { ...off, issue } } };
}

/** What cannot be said at the code host is still said here. */
async function quietly<T>(act: () => Promise<T>): Promise<T | null> {
  try {
    return await act();
  } catch (error) {
    if (isCancellation(error)) throw error;
    setCurrentDetails(`could not be told: ${innermostMessage(error)}`);
    return null;
  }
}

function requireSwitch(command: SwitchCommand): void {
  requireActorAndReason(command);
  if (automations.some((each) => each === command.automation)) return;
  throw new Failure('InvalidInput', 'there is no such automation', {
    where: 'automation',
    seen: String(command.automation).slice(0, 100),
    limit: automations.join(', '),
  });
}

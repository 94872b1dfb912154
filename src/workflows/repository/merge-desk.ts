/** Where merging into one base hears of events and commands: its memory, and what operators see of it. */
import {
  condition,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Command, CommandReceipt } from '../../domain/command.js';
import { Failure } from '../../domain/failures.js';
import { describeMerging } from '../../domain/merge/describe.js';
import { emptyQueue, type Member, type QueueState } from '../../domain/merge/queue-state.js';
import type {
  Freeze,
  MergeMemory,
  MergeSurvey,
  MergeView,
  SeenPull,
} from '../../domain/merge/view.js';
import type { Phase } from '../../domain/phase.js';
import { repositoryPath } from '../../domain/repository/names.js';
import { updateNames } from '../../domain/wire-names.js';
import { CommandRecords } from '../record-command.js';
import { rejecting, requireActorAndReason } from '../refuse.js';
import {
  branchKey,
  deadlineKey,
  needsAttentionKey,
  phaseKey,
  repositoryKey,
} from '../search-attributes.js';
import {
  type MergePullsInput,
  pauseMergingUpdate,
  readMergeQueueQuery,
  resumeMergingUpdate,
} from './merge-messages.js';
import { repositoryEventSignal } from './repository-signal.js';

const longestStory = 50;
/** Looks grow rarer while nothing is heard; an event is looked at at once. */
const firstLookMs = 15_000;
const rarestLookMs = 600_000;

export class MergeDesk {
  readonly records = new CommandRecords();
  readonly subject = workflowInfo().workflowId;
  queue: QueueState;
  freeze: Freeze | null;
  /** A person's word by which it goes on, until it is acted on. */
  resumed: Command | null = null;
  survey: MergeSurvey | null = null;
  trouble: string | null = null;
  merged = 0;
  isWoken = false;
  private seen: readonly SeenPull[];
  private wait: MergeView['wait'] = null;
  private now = 'it has not looked yet';
  private quietLooks = 0;
  private story: MergeView['story'] = [];
  private shown = '';
  private readonly input: MergePullsInput;

  constructor(input: MergePullsInput) {
    this.input = input;
    this.queue = input.memory?.queue ?? emptyQueue;
    this.freeze = input.memory?.freeze ?? null;
    this.seen = input.memory?.seen ?? [];
    this.listen();
  }

  memory(): MergeMemory {
    const { queue, freeze, seen } = this;
    return { queue, freeze, seen };
  }

  /** @returns what is seen, without what we know better */
  take(survey: MergeSurvey): MergeSurvey {
    const nowMs = Date.now();
    this.trouble = null;
    this.seen = survey.pulls.map(
      ({ number, headSha }) =>
        this.seen.find((each) => each.number === number && each.headSha === headSha) ?? {
          ...{ number, headSha, sinceMs: nowMs, isTold: false, balked: 0, mergedSha: null },
        },
    );
    const pulls = survey.pulls.map((pull) => {
      const sha = this.seenOf(pull.number)?.mergedSha ?? null;
      if (sha === null) return pull;
      // A host in trouble may have merged and still show it open; merged again it would be twice.
      const why = `it is merged as ${sha}, and the host still shows it open`;
      return { ...pull, kind: 'waits' as const, why, next: ['close it by hand'] };
    });
    this.survey = { ...survey, pulls };
    return this.survey;
  }

  seenOf(number: number): SeenPull | undefined {
    return this.seen.find((each) => each.number === number);
  }

  mark(member: Member, change: Partial<SeenPull>): void {
    this.seen = this.seen.map((each) =>
      each.number === member.number ? { ...each, ...change } : each,
    );
  }

  /** What is done now; a line of the story as well. */
  doing(text: string): void {
    this.now = text;
    this.quietLooks = 0;
    this.story = [...this.story, { atMs: Date.now(), text }].slice(-longestStory);
    this.show();
  }

  /** What comes in from here on wakes the next rest; call it before looking. */
  attend(): void {
    this.isWoken = false;
  }

  /**
   * Until something happens or it is time to look again.
   * @param wait what for, whose it is to care, and when it is over in any case
   */
  async rest(wait: NonNullable<MergeView['wait']>, soonestMs?: number): Promise<void> {
    this.wait = wait;
    this.now = wait.what;
    this.show();
    const lookMs = soonestMs ?? Math.min(rarestLookMs, firstLookMs * 2 ** this.quietLooks);
    const forMs = Math.max(1, Math.min(lookMs, wait.untilMs - Date.now()));
    const summary = `${wait.what} (${wait.owner})`.slice(0, 200);
    const isHeard = await condition(() => this.isWoken, forMs, { summary });
    this.quietLooks = isHeard ? 0 : this.quietLooks + 1;
    this.wait = null;
  }

  view(): MergeView {
    const { queue, freeze, wait, trouble, story, now, survey } = this;
    const { repository, base } = this.input;
    return {
      ...{ repository, base, phase: this.phase(), now, freeze, wait, trouble, story },
      ...{ trial: queue.trial, suspects: queue.suspects },
      pulls: (survey?.pulls ?? []).map((pull) => ({
        ...pull,
        sinceMs: this.seenOf(pull.number)?.sinceMs ?? 0,
      })),
      commands: [freeze === null ? updateNames.pause : updateNames.resume],
    };
  }

  show(): void {
    const view = this.view();
    setCurrentDetails(describeMerging(view));
    const { repository, base } = this.input;
    const attention = this.freeze?.reason ?? this.trouble;
    const deadline = view.trial === null ? null : (this.wait?.untilMs ?? null);
    const said = JSON.stringify([view.phase, attention, deadline]);
    if (said === this.shown) return;
    this.shown = said;
    upsertSearchAttributes([
      { key: repositoryKey, value: repositoryPath(repository) },
      { key: branchKey, value: base },
      { key: phaseKey, value: view.phase },
      { key: needsAttentionKey, value: attention?.slice(0, 200) ?? null },
      { key: deadlineKey, value: deadline === null ? null : new Date(deadline) },
    ]);
  }

  private phase(): Phase {
    if (this.freeze !== null) return 'NeedsHelp';
    if (this.trouble !== null) return 'Holding';
    return this.queue.trial === null ? 'Queued' : 'Analysing';
  }

  private listen(): void {
    const example = '{"actor": "ann", "reason": "compared by hand"}';
    setHandler(readMergeQueueQuery, () => this.view(), {
      description: 'Every pull request with why it is or is not merged',
    });
    setHandler(repositoryEventSignal, () => {
      this.isWoken = true;
    });
    setHandler(pauseMergingUpdate, (command) => this.pause(command), {
      description: `Merge nothing until somebody says resume. Example: ${example}`,
      validator: (command) => rejecting(() => this.requireFreeze(command, false)),
    });
    setHandler(resumeMergingUpdate, (command) => this.resume(command), {
      description: `Let merging go on. Example: ${example}`,
      validator: (command) => rejecting(() => this.requireFreeze(command, true)),
    });
  }

  private requireFreeze(command: Command, wanted: boolean): void {
    requireActorAndReason(command);
    const isFrozen = this.freeze !== null && this.resumed === null;
    if (isFrozen === wanted) return;
    throw new Failure('CommandRejected', `merging is ${isFrozen ? '' : 'not '}stopped`);
  }

  private pause({ actor, reason }: Command): CommandReceipt {
    this.freeze = { reason: `${actor}: ${reason}`, atMs: Date.now(), by: actor, issue: null };
    this.records.add(this.subject, updateNames.pause, { actor, reason });
    this.isWoken = true;
    this.doing(`stopped by ${actor}`);
    return { accepted: true, message: 'nothing is merged until somebody says resume' };
  }

  private resume(command: Command): CommandReceipt {
    const { actor, reason } = command;
    this.resumed = command;
    this.records.add(this.subject, updateNames.resume, { actor, reason });
    this.isWoken = true;
    return { accepted: true, message: 'merging goes on' };
  }
}

/** Where an issue's follower takes events and commands: its memory, and what operators see of it. */
import {
  condition,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Command, CommandReceipt } from '../../domain/command.js';
import { Failure } from '../../domain/failures.js';
import {
  advanceIssue,
  type IssueLifeEvent,
  type IssueStage,
  type IssueState,
  newIssue,
} from '../../domain/issue/advance.js';
import { isBranchOf } from '../../domain/issue/branch-name.js';
import type { IssuesPolicy } from '../../domain/issue/schema.js';
import { describeIssue, type IssueStory, type IssueView } from '../../domain/issue/view.js';
import type { Phase } from '../../domain/phase.js';
import { repositoryPath } from '../../domain/repository/names.js';
import type { RepositoryEvent } from '../../domain/webhook/event.js';
import { updateNames } from '../../domain/wire-names.js';
import { CommandRecords } from '../record-command.js';
import { rejecting, requireActorAndReason } from '../refuse.js';
import { branchKey, needsAttentionKey, phaseKey, repositoryKey } from '../search-attributes.js';
import {
  branchNowUpdate,
  type FollowIssueInput,
  lookAgainUpdate,
  pauseIssueUpdate,
  readIssueQuery,
  resumeIssueUpdate,
} from './issue-messages.js';
import { repositoryEventSignal } from './repository-signal.js';

const phases: Readonly<Record<IssueStage, Phase>> = {
  created: 'Queued',
  linked: 'Holding',
  branched: 'Holding',
  inReview: 'Analysing',
  merged: 'Promoting',
  closed: 'Promoting',
  archived: 'Promoted',
};

const keptStory = 50;
/** What the host shows right after an event may be what was before: looked at so often more. */
const looksAfterEvent = 2;

export class IssueDesk {
  readonly records = new CommandRecords();
  readonly subject = workflowInfo().workflowId;
  state: IssueState;
  policy: IssuesPolicy | null = null;
  title: string | null = null;
  reason = 'it has not been looked at yet';
  trouble: string | null = null;
  paused: Command | null;
  branchNow = false;
  plan: readonly string[] = [];
  /** A loss that was seen once. */
  suspected: IssueLifeEvent['kind'] | null = null;
  /** Looks that are still due soon. */
  soonLooks = looksAfterEvent;
  /** What brought the present look about, for the record. */
  cause = 'the follower was started';
  hasEnded = false;
  private story: readonly IssueStory[];
  private isWoken = false;
  private shown = '';
  private readonly input: FollowIssueInput;

  constructor(input: FollowIssueInput) {
    this.input = input;
    this.state = input.carried?.state ?? newIssue;
    this.paused = input.carried?.paused ?? null;
    this.story = input.carried?.story ?? [];
    this.listen();
    this.show();
  }

  /** What comes in from here on wakes the next rest; call it before looking. */
  attend(): void {
    this.isWoken = false;
  }

  /** True when something woke it. */
  async rest(forMs: number): Promise<boolean> {
    this.show();
    const summary = this.reason.slice(0, 200);
    return await condition(() => this.isWoken, forMs, { summary });
  }

  /** Steps that do not fit are told and not taken. */
  advance(event: IssueLifeEvent): boolean {
    const next = advanceIssue(this.state, event);
    if (next.kind === 'refused') {
      this.tell(next.reason);
      return false;
    }
    this.state = next.state;
    if (this.state.stage !== 'created') this.branchNow = false;
    this.tell(`${this.state.stage}: ${event.kind}`);
    this.show();
    return true;
  }

  tell(text: string): void {
    this.story = [...this.story, { atMs: Date.now(), text }].slice(-keptStory);
  }

  carried(): NonNullable<FollowIssueInput['carried']> {
    return { state: this.state, paused: this.paused, story: this.story };
  }

  view(): IssueView {
    const { state, title, reason, paused, trouble, plan, story } = this;
    const { repository, number, dryRun } = this.input;
    const { stage, branch, pull, mergeSha, archivedAs, isDropped } = state;
    return {
      ...{ repository, number, title, stage, branch, pull, mergeSha, archivedAs, isDropped },
      ...{ reason, paused, trouble, plan, story },
      isDryRun: dryRun,
      commands: this.commands(),
    };
  }

  show(): void {
    const view = this.view();
    setCurrentDetails(describeIssue(view));
    const { trouble } = this;
    const said = JSON.stringify([view.stage, view.branch, trouble]);
    if (said === this.shown) return;
    this.shown = said;
    upsertSearchAttributes([
      { key: repositoryKey, value: repositoryPath(view.repository) },
      { key: branchKey, value: view.branch },
      { key: phaseKey, value: trouble === null ? phases[view.stage] : 'NeedsHelp' },
      { key: needsAttentionKey, value: trouble && trouble.slice(0, 200) },
    ]);
  }

  private commands(): readonly string[] {
    if (this.hasEnded) return [];
    const { branchNow, lookAgain, pause, resume } = updateNames;
    if (this.paused) return [resume];
    return [...(this.state.stage === 'created' ? [branchNow] : []), lookAgain, pause];
  }

  private hear(event: RepositoryEvent): void {
    const why = this.concern(event);
    if (why === null) return;
    this.cause = `${why}${event.actor ? ` by ${event.actor.login}` : ''}`;
    this.soonLooks = looksAfterEvent;
    this.isWoken = true;
  }

  /** Null for what says nothing about this issue. */
  private concern(event: RepositoryEvent): string | null {
    const { number } = this.input;
    const isOurs = (branch: string): boolean =>
      branch === this.state.branch ||
      this.policy === null ||
      isBranchOf(this.policy.branch.pattern, number, branch);
    if (event.kind === 'issue') return event.number === number ? `issue ${event.action}` : null;
    if (event.kind === 'push') return isOurs(event.branch) ? `branch ${event.action}` : null;
    if (event.kind !== 'pull' || !isOurs(event.head.ref)) return null;
    return `pull request #${event.number} ${event.action}`;
  }

  private listen(): void {
    setHandler(readIssueQuery, () => this.view(), { description: 'Where it stands and why' });
    setHandler(repositoryEventSignal, (event) => this.hear(event));
    this.take(branchNowUpdate, 'Create its branch now, whatever the policy waits for', () => {
      this.branchNow = true;
    });
    this.take(lookAgainUpdate, 'Look at it again now', () => undefined);
    this.take(pauseIssueUpdate, 'Keep our hands off it until resumed', (by) => {
      this.paused = by;
    });
    this.take(resumeIssueUpdate, 'Go on after a pause', () => {
      this.paused = null;
    });
  }

  private take(update: typeof pauseIssueUpdate, does: string, act: (by: Command) => void): void {
    const { name } = update;
    const handle = ({ actor, reason }: Command): CommandReceipt => {
      act({ actor, reason });
      this.records.add(this.subject, name, { actor, reason });
      this.tell(`${name} by ${actor}: ${reason}`);
      this.cause = `${name} by ${actor}: ${reason}`;
      this.isWoken = true;
      this.show();
      return { accepted: true, message: does.toLowerCase() };
    };
    setHandler(update, handle, {
      description: `${does}. Example: {"actor": "ann", "reason": "it is urgent"}`,
      validator: (by) =>
        rejecting(() => {
          requireActorAndReason(by);
          if (this.commands().includes(name)) return;
          throw new Failure(
            'CommandRejected',
            `${name} is not possible while it is ${this.state.stage}${this.paused ? ' and paused' : ''}`,
            {
              seen: this.state.stage,
              next: `possible now: ${this.commands().join(', ') || 'nothing'}`,
            },
          );
        }),
    });
  }
}

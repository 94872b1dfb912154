/** Where the sync of a repository takes events and commands: its memory, and what operators see of it. */
import {
  CancellationScope,
  condition,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Command } from '../../domain/command.js';
import { describeSync, describeWait } from '../../domain/issue-sync/describe.js';
import { type HeardIssue, hearForSync } from '../../domain/issue-sync/hear.js';
import type { SyncAnswer, SyncIntent, SyncPlan, SyncWait } from '../../domain/issue-sync/pass.js';
import {
  shownWaits,
  type SyncPass,
  type SyncPhase,
  type SyncStory,
  type SyncView,
} from '../../domain/issue-sync/view.js';
import type { Phase } from '../../domain/phase.js';
import { repositoryPath } from '../../domain/repository/names.js';
import { describeEvent } from '../../domain/webhook/describe.js';
import type { RepositoryEvent } from '../../domain/webhook/event.js';
import { updateNames } from '../../domain/wire-names.js';
import { CommandRecords } from '../record-command.js';
import { branchKey, needsAttentionKey, phaseKey, repositoryKey } from '../search-attributes.js';
import { type CarriedSync, readSyncQuery, type SyncIssuesInput } from './sync-issues-messages.js';
import { repositoryEventSignal } from './repository-signal.js';

const phases: Readonly<Record<SyncPhase, Phase>> = {
  looking: 'Analysing',
  writing: 'Promoting',
  committing: 'Promoting',
  resting: 'Queued',
  held: 'AwaitingApproval',
  paused: 'Holding',
  ended: 'Promoted',
};

const keptStory = 50;
/** Of more than so many, those that changed are listed instead. */
const mostHeard = 200;

/** What is to be looked at; a list that is asked for tells of more than single issues do. */
export interface SyncErrand {
  /** Every issue there is a record of. */
  readonly isFull: boolean;
  /** Whatever changed since the last list. */
  readonly isListed: boolean;
  /** Branches moved. */
  readonly isFiles: boolean;
  readonly issues: readonly HeardIssue[];
  readonly answers: readonly SyncAnswer[];
  readonly cause: string;
}

export class SyncDesk {
  readonly records = new CommandRecords();
  readonly subject = workflowInfo().workflowId;
  phase: SyncPhase = 'looking';
  reason = 'it has not been looked at yet';
  trouble: string | null = null;
  branch: string | null = null;
  paused: Command | null;
  approved: string | null;
  intents: readonly SyncIntent[];
  lastPass: SyncPass | null;
  lastWrite: SyncPass | null;
  waits: readonly SyncWait[] = [];
  plan: Pick<SyncPlan, 'lines' | 'digest' | 'hold'> | null = null;
  /** The branch took no push from us: until then changes of files wait in a pull request. */
  denied: CarriedSync['denied'];
  /** When every issue was asked for last. */
  fullAtMs: number;
  /** The policy may be another now. */
  isPolicyOld = true;
  answers: readonly SyncAnswer[];
  /** Commit of the base as it was looked at, or left, last: what people are shown is of it. */
  noted: string | null;
  isWoken = false;
  /** A person waits for it: nothing more is waited for. */
  isUrgent = false;
  private running: CancellationScope | null = null;
  private isStopped = false;
  private isFull = false;
  private isListed = true;
  private isFiles = false;
  /** Tips of branches of conflicts, by issue, that carry a check. */
  checked: ReadonlyMap<number, string> = new Map();
  /** Pull requests of conflicts that were closed and not merged. */
  closed: ReadonlySet<number> = new Set();
  private heard = new Map<number, HeardIssue>();
  private cause = 'the sync was started';
  private story: readonly SyncStory[];
  private nextAtMs: number | null = null;
  private shown = '';
  readonly input: SyncIssuesInput;

  constructor(input: SyncIssuesInput) {
    this.input = input;
    const { carried } = input;
    this.paused = carried?.paused ?? null;
    this.approved = carried?.approved ?? null;
    this.intents = carried?.intents ?? [];
    this.lastPass = carried?.lastPass ?? null;
    this.lastWrite = carried?.lastWrite ?? null;
    this.fullAtMs = carried?.fullAtMs ?? 0;
    this.denied = carried?.denied ?? null;
    this.answers = carried?.answers ?? [];
    this.noted = carried?.noted ?? null;
    this.story = carried?.story ?? [];
    setHandler(readSyncQuery, () => this.view(), { description: 'What it does, and what waits' });
    setHandler(repositoryEventSignal, (event) => this.hear(event));
  }

  carried(): CarriedSync {
    const { paused, approved, intents, answers, noted, lastPass, lastWrite, denied, story } = this;
    // What was heard and not looked at is found by looking at everything.
    const fullAtMs = this.heard.size > 0 || this.isFull ? 0 : this.fullAtMs;
    const passes = { lastPass, lastWrite, fullAtMs };
    return { paused, approved, intents, answers, noted, ...passes, denied, story };
  }

  /** What there is to look at; from here on it is gathered anew. */
  takeErrand(nowMs: number, fullEveryMs: number): SyncErrand {
    const isFull = this.isFull || nowMs - this.fullAtMs >= fullEveryMs;
    const isMany = this.heard.size > mostHeard;
    const errand = {
      ...{ isFull, isListed: this.isListed || isFull || isMany, cause: this.cause },
      isFiles: this.isFiles,
      ...{ issues: isMany ? [] : [...this.heard.values()], answers: this.answers },
    };
    this.isFull = false;
    this.isListed = false;
    this.isFiles = false;
    this.isWoken = false;
    this.isUrgent = false;
    this.heard = new Map();
    this.answers = [];
    return errand;
  }

  /** What could not be done is to be looked at again, with whatever came in since. */
  putBack(errand: SyncErrand): void {
    this.isFull ||= errand.isFull;
    this.isListed ||= errand.isListed;
    this.isFiles ||= errand.isFiles;
    this.heard = new Map([
      ...errand.issues.map((each) => [each.number, each] as const),
      ...this.heard,
    ]);
    this.answers = [...errand.answers, ...this.answers];
  }

  /** Asks for a look as one is taken by the clock. */
  wake(cause: string, how: { readonly full?: boolean; readonly urgent?: boolean } = {}): void {
    this.cause = cause;
    this.isListed = true;
    this.isFull ||= how.full ?? false;
    this.isUrgent ||= how.urgent ?? false;
    this.stir();
  }

  /** Whoever looks sees that it is about to be looked at. */
  private stir(): void {
    this.isWoken = true;
    if (this.paused === null) this.enter('looking', this.cause);
  }

  /** @returns false: it was stopped on the way, and what was done stays */
  async untilStopped(work: () => Promise<void>): Promise<boolean> {
    const scope = new CancellationScope();
    this.running = scope;
    try {
      await scope.run(work);
      return true;
    } catch (error) {
      // A step that was about to be tried again fails in its own words.
      if (!this.isStopped) throw error;
      return false;
    } finally {
      this.running = null;
      this.isStopped = false;
    }
  }

  stop(): void {
    this.isStopped = this.running !== null;
    this.running?.cancel();
  }

  /** True when something woke it. */
  async rest(phase: SyncPhase, reason: string, forMs: number): Promise<boolean> {
    this.nextAtMs = Date.now() + forMs;
    this.enter(phase, reason);
    const woken = await condition(() => this.isWoken, forMs, { summary: reason.slice(0, 200) });
    this.nextAtMs = null;
    return woken;
  }

  enter(phase: SyncPhase, reason: string): void {
    this.phase = phase;
    this.reason = reason;
    this.show();
  }

  tell(text: string): void {
    this.story = [...this.story, { atMs: Date.now(), text }].slice(-keptStory);
  }

  view(): SyncView {
    const { phase, reason, paused, lastPass, lastWrite, plan, trouble, nextAtMs, story } = this;
    return {
      ...{ repository: this.input.repository, phase, reason, isDryRun: this.input.dryRun },
      ...{ paused, lastPass, lastWrite, trouble, nextAtMs, story },
      waits: this.waits.slice(0, shownWaits).map((wait) => withClosed(wait, this.closed)),
      plan: plan?.lines ?? [],
      digest: plan?.hold === null || plan === null ? null : plan.digest,
      commands: this.commands(),
    };
  }

  commands(): readonly string[] {
    const { planSync, syncNow, pause, abort, resume, approveSync, resolveSync } = updateNames;
    if (this.phase === 'ended') return [];
    const held = this.plan !== null && this.plan.hold !== null ? [approveSync] : [];
    if (this.input.dryRun) return [planSync];
    if (this.paused !== null) return [planSync, resume];
    const running = this.running === null ? [] : [abort];
    return [planSync, syncNow, ...held, resolveSync, pause, ...running];
  }

  show(): void {
    setCurrentDetails(describeSync(this.view()));
    const [first] = this.waits;
    const attention = this.trouble ?? (first === undefined ? null : describeWait(first));
    const phase =
      this.trouble !== null && this.phase === 'resting' ? 'NeedsHelp' : phases[this.phase];
    const said = JSON.stringify([phase, attention, this.branch]);
    if (said === this.shown) return;
    this.shown = said;
    upsertSearchAttributes([
      { key: repositoryKey, value: repositoryPath(this.input.repository) },
      { key: branchKey, value: this.branch },
      { key: phaseKey, value: phase },
      { key: needsAttentionKey, value: attention && attention.slice(0, 200) },
    ]);
  }

  private hear(event: RepositoryEvent): void {
    const heard = hearForSync(event, this.branch);
    if (heard.kind === 'nothing') return;
    this.cause = describeEvent(event);
    this.stir();
    if (event.kind === 'push' && event.isDefaultBranch) this.isPolicyOld = true;
    if (heard.kind === 'everything') this.isFull = true;
    if (heard.kind === 'files') this.isFiles = true;
    if (heard.kind !== 'issue') return;
    const { issue } = heard;
    // What is told of one issue twice may have come in another order than it happened: then nothing of it is known.
    const isNew = !this.heard.has(issue.number);
    const isComment = issue.isComment || (this.heard.get(issue.number)?.isComment ?? false);
    this.heard.set(issue.number, isNew ? issue : { ...issue, isComment, digest: null });
  }
}

function withClosed(wait: SyncWait, closed: ReadonlySet<number>): SyncWait {
  if (wait.kind !== 'conflict' || wait.pull === null || !closed.has(wait.pull)) return wait;
  return { ...wait, reason: `${wait.reason}; its pull request was closed without being merged` };
}

/** Where a branch on its way to the archive takes events and commands: its memory, and what operators see of it. */
import {
  condition,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { KnownIssue } from '../../domain/branch/candidates.js';
import type { BranchQuestion } from '../../domain/branch/decide.js';
import { describeBranch } from '../../domain/branch/describe.js';
import type { BranchFacts, HeardActivity, Keep, Notice } from '../../domain/branch/facts.js';
import { hearEvent } from '../../domain/branch/hear.js';
import type { PlannedStep } from '../../domain/branch/plan.js';
import type { StaleBranchPolicy } from '../../domain/branch/schema.js';
import type { BranchStage, BranchStory, BranchView } from '../../domain/branch/view.js';
import type { Command, CommandReceipt } from '../../domain/command.js';
import { Failure } from '../../domain/failures.js';
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
  archiveNowUpdate,
  cancelUpdate,
  type KeepBranchCommand,
  keepBranchUpdate,
  readBranchQuery,
  type RetireBranchInput,
} from './branch-messages.js';
import { repositoryEventSignal } from './repository-signal.js';

const phaseOf: Record<BranchStage, Phase> = {
  watched: 'Queued',
  stale: 'Analysing',
  pinged: 'Analysing',
  grace: 'Holding',
  archiving: 'Promoting',
  archived: 'Promoted',
  cancelled: 'Aborted',
  planned: 'Queued',
};

const longestStory = 50;

export class BranchDesk {
  readonly records = new CommandRecords();
  readonly subject = workflowInfo().workflowId;
  policy: StaleBranchPolicy | null = null;
  stage: BranchStage = 'watched';
  reason = 'it has not been looked at yet';
  notice: Notice | null = null;
  heard: HeardActivity | null = null;
  keep: Keep | null;
  /** A person's order to archive at once. */
  order: Command | null = null;
  /** Undefined: nobody has looked yet. */
  issue: KnownIssue | null | undefined;
  sha: string | null = null;
  plan: readonly PlannedStep[] = [];
  archivedAs: string | null = null;
  isReminded = false;
  trouble: string | null = null;
  private nextAtMs: number | null = null;
  private story: BranchStory[] = [];
  private isWoken = false;
  private shown = '';
  readonly input: RetireBranchInput;

  constructor(input: RetireBranchInput) {
    this.input = input;
    this.issue = input.issue;
    this.keep = input.keep ?? null;
    this.listen();
  }

  isDryRun(): boolean {
    return this.input.dryRun || this.policy?.dryRun === true;
  }

  hasEnded(): boolean {
    return this.stage === 'archived' || this.stage === 'cancelled' || this.stage === 'planned';
  }

  question(policy: StaleBranchPolicy, facts: BranchFacts): BranchQuestion {
    const { notice, heard, keep } = this;
    const isOrdered = this.order !== null;
    return { policy, facts, notice, heard, keep, isOrdered, nowMs: Date.now() };
  }

  /** What comes in from here on wakes the next rest; call it before looking. */
  attend(): void {
    this.isWoken = false;
  }

  /** Until then, or until something happens; null: only until something happens. */
  async rest(stage: BranchStage, reason: string, untilMs: number): Promise<void> {
    this.enter(stage, reason, untilMs);
    const forMs = Math.max(1, untilMs - Date.now());
    await condition(() => this.isWoken, forMs, { summary: `${stage}: ${reason}`.slice(0, 200) });
  }

  enter(stage: BranchStage, reason: string, nextAtMs: number | null = null): void {
    const isNews = stage !== this.stage || reason !== this.reason;
    if (isNews) this.tell(`${stage}: ${reason}`);
    this.stage = stage;
    this.reason = reason;
    this.nextAtMs = nextAtMs;
    this.show();
  }

  tell(text: string): void {
    this.story = [...this.story, { atMs: Date.now(), text }].slice(-longestStory);
  }

  view(): BranchView {
    const { stage, reason, nextAtMs, sha, keep, plan, archivedAs, trouble, story } = this;
    const { repository, branch } = this.input;
    const ended = this.hasEnded() || stage === 'archiving';
    return {
      ...{
        repository,
        branch,
        stage,
        reason,
        nextAtMs,
        sha,
        keep,
        plan,
        archivedAs,
        trouble,
        story,
      },
      issue: this.issue?.number ?? null,
      isDryRun: this.isDryRun(),
      commands: ended ? [] : [updateNames.keep, updateNames.archiveNow, updateNames.cancel],
    };
  }

  private show(): void {
    setCurrentDetails(describeBranch(this.view()));
    const { branch, repository } = this.input;
    const { trouble, nextAtMs } = this;
    const said = JSON.stringify([this.stage, trouble, nextAtMs]);
    if (said === this.shown) return;
    this.shown = said;
    upsertSearchAttributes([
      { key: repositoryKey, value: repositoryPath(repository) },
      { key: branchKey, value: branch },
      { key: phaseKey, value: trouble === null ? phaseOf[this.stage] : 'NeedsHelp' },
      { key: needsAttentionKey, value: trouble === null ? null : trouble.slice(0, 200) },
      { key: deadlineKey, value: nextAtMs === null ? null : new Date(nextAtMs) },
    ]);
  }

  private listen(): void {
    const { branch } = this.input;
    setHandler(readBranchQuery, () => this.view(), { description: 'Where it stands and why' });
    setHandler(repositoryEventSignal, (event) => {
      const heard = hearEvent(
        {
          branch,
          issue: this.issue?.number ?? null,
          keepLabel: this.policy?.keepLabel ?? 'keep',
          pullsKeep: this.policy?.openPulls !== 'ignore',
        },
        event,
      );
      if (!heard.concerns) return;
      const { activity } = heard;
      if (activity !== null && activity.atMs > (this.heard?.atMs ?? 0)) this.heard = activity;
      this.isWoken = true;
    });
    const example = '{"actor": "ann", "reason": "needed for the audit", "untilMs": null}';
    setHandler(keepBranchUpdate, (command) => this.keepIt(command), {
      description: `Keep the branch, until a time (epoch milliseconds) or another word. Example: ${example}`,
      validator: (command) =>
        rejecting(() => {
          this.requireOpen(command);
          const { untilMs } = command;
          if (untilMs === null || (Number.isFinite(untilMs) && untilMs > Date.now())) return;
          throw new Failure('InvalidInput', 'the time is over', {
            where: 'untilMs',
            seen: untilMs,
          });
        }),
    });
    const short = '{"actor": "ann", "reason": "merged by hand"}';
    setHandler(archiveNowUpdate, (command) => this.archiveNow(command), {
      description: `Archive it now, whatever its age; exemptions hold. Example: ${short}`,
      validator: (command) =>
        rejecting(() => {
          this.requireOpen(command);
          if (this.isDryRun()) throw new Failure('CommandRejected', 'this is a dry run');
        }),
    });
    setHandler(cancelUpdate, (command) => this.cancel(command), {
      description: `Call it off; it counts as activity of today. Example: ${short}`,
      validator: (command) => rejecting(() => this.requireOpen(command)),
    });
  }

  private requireOpen(command: Command): void {
    requireActorAndReason(command);
    if (!this.hasEnded() && this.stage !== 'archiving') return;
    throw new Failure('CommandRejected', `the branch is ${this.stage}`, { seen: this.stage });
  }

  private keepIt({ actor, reason, untilMs }: KeepBranchCommand): CommandReceipt {
    this.keep = { actor, reason, untilMs };
    this.order = null;
    const until = untilMs === null ? '' : ` until ${new Date(untilMs).toISOString()}`;
    return this.take(updateNames.keep, { actor, reason }, `it stays${until}`);
  }

  private archiveNow({ actor, reason }: Command): CommandReceipt {
    this.order = { actor, reason };
    return this.take(updateNames.archiveNow, { actor, reason }, 'it is archived now');
  }

  private cancel({ actor, reason }: Command): CommandReceipt {
    const untilMs = Date.now() + (this.policy?.after ?? 30 * 86_400_000);
    this.keep = { actor, reason, untilMs };
    this.order = null;
    const until = new Date(untilMs).toISOString();
    return this.take(updateNames.cancel, { actor, reason }, `called off; it stays until ${until}`);
  }

  private take(name: string, by: Command, message: string): CommandReceipt {
    this.records.add(this.subject, name, by);
    this.tell(`${by.actor}: ${name} (${by.reason})`);
    this.isWoken = true;
    return { accepted: true, message };
  }
}

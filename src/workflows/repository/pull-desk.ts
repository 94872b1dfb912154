/** Where a pull request under check takes events and commands: its memory, and what operators see of it. */
import {
  condition,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Command } from '../../domain/command.js';
import type { Phase } from '../../domain/phase.js';
import { hearOfPull } from '../../domain/pull-check/hear.js';
import type { PullReport } from '../../domain/pull-check/report.js';
import {
  describePullChecks,
  type PullChecksView,
  type PullStage,
} from '../../domain/pull-check/view.js';
import { repositoryPath } from '../../domain/repository/names.js';
import { updateNames } from '../../domain/wire-names.js';
import { CommandRecords } from '../record-command.js';
import { rejecting, requireActorAndReason } from '../refuse.js';
import { gitShaKey, needsAttentionKey, phaseKey, repositoryKey } from '../search-attributes.js';
import { type CheckPullInput, checkNowUpdate, readPullChecksQuery } from './check-pull-messages.js';
import { repositoryEventSignal } from './repository-signal.js';

const phaseOf: Readonly<Record<PullReport['verdict'], Phase>> = {
  passed: 'Promoted',
  warned: 'Promoted',
  failed: 'Rejected',
};

export class PullDesk {
  readonly records = new CommandRecords();
  readonly subject = workflowInfo().workflowId;
  readonly input: CheckPullInput;
  report: PullReport | null = null;
  /** What brought the present look about. */
  cause = 'it was begun';
  /** The newest that was heard of it: head and time of its change. */
  heard: { readonly atMs: number; readonly sha: string } | null = null;
  /** Heads of the merge queue that wait for a report. */
  groups: readonly string[] = [];
  hasHeard = false;
  isOver = false;
  /** Looks that are done. */
  passes = 0;
  private begun = 0;
  trouble: string | null = null;
  private stage: PullStage = 'checking';
  private reason = 'it has not been looked at yet';
  private isWoken = false;
  private ours: ReadonlySet<string> = new Set();
  private shown = '';

  constructor(input: CheckPullInput) {
    this.input = input;
    this.listen();
  }

  wake(): void {
    this.isWoken = true;
  }

  /** What comes in from here on wakes the next rest; call it before looking. */
  attend(): void {
    this.begun += 1;
    this.isWoken = false;
    this.isOver = false;
    this.enter('checking', this.cause);
  }

  /** False when nothing came within the time. */
  async rest(forMs: number): Promise<boolean> {
    return await condition(() => this.isWoken, forMs, { summary: 'idle' });
  }

  /** A newer head has been heard of than the one that was judged: the latest one wins. */
  isOutdated(): boolean {
    return this.isWoken && this.heard !== null && this.heard.sha !== this.report?.sha;
  }

  hasNews(): boolean {
    return this.isWoken;
  }

  enter(stage: PullStage, reason: string): void {
    this.stage = stage;
    this.reason = reason;
    this.show();
  }

  /** Labels that are about to be changed: what is heard of them is our own echo. */
  expectEcho({ labels }: PullReport): void {
    this.ours = new Set([...labels.add, ...labels.remove]);
  }

  view(): PullChecksView {
    const { report, stage, reason, passes, trouble } = this;
    const { repository, number, dryRun } = this.input;
    const commands = dryRun ? [] : [updateNames.checkNow];
    return {
      ...{ repository, number, stage, reason, report, passes, trouble },
      ...{ isDryRun: dryRun, commands },
    };
  }

  private show(): void {
    setCurrentDetails(describePullChecks(this.view()));
    const { report, stage, trouble } = this;
    const told = report === null || stage === 'left' ? 'Holding' : phaseOf[report.verdict];
    const phase: Phase = trouble !== null ? 'NeedsHelp' : stage === 'checking' ? 'Analysing' : told;
    const sha = report?.sha ?? null;
    const said = JSON.stringify([phase, trouble, sha]);
    if (said === this.shown) return;
    this.shown = said;
    upsertSearchAttributes([
      { key: repositoryKey, value: repositoryPath(this.input.repository) },
      { key: phaseKey, value: phase },
      { key: gitShaKey, value: sha },
      { key: needsAttentionKey, value: trouble === null ? null : trouble.slice(0, 200) },
    ]);
  }

  private listen(): void {
    setHandler(readPullChecksQuery, () => this.view(), { description: 'What is told of it' });
    setHandler(repositoryEventSignal, (event) => {
      this.hasHeard = true;
      const heard = hearOfPull(event, this.input.number, this.ours);
      if (heard === null) return;
      this.cause = heard.cause;
      this.isWoken = true;
      if (heard.kind === 'group') this.groups = [...new Set([...this.groups, heard.sha])];
      if (heard.kind !== 'changed' || heard.atMs === null || heard.sha === null) return;
      // Events come in any order: only what is newer tells where the head is.
      if (heard.atMs >= (this.heard?.atMs ?? 0)) {
        this.heard = { atMs: heard.atMs, sha: heard.sha };
      }
    });
    setHandler(checkNowUpdate, (command) => this.checkNow(command), {
      description: 'Look at it now. Example: {"actor": "ann", "reason": "the rules have changed"}',
      validator: (command) => rejecting(() => requireActorAndReason(command)),
    });
  }

  private async checkNow({ actor, reason }: Command): Promise<PullChecksView> {
    this.hasHeard = true;
    this.records.add(this.subject, updateNames.checkNow, { actor, reason });
    this.cause = `${actor}: ${reason}`;
    this.isWoken = true;
    // A look that runs already may have read what was before.
    const wanted = this.begun + 1;
    await condition(() => this.passes >= wanted && !this.isOutdated());
    return this.view();
  }
}

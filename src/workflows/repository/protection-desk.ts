/** Where the protection of a repository takes commands and events: its memory, and what operators see of it. */
import {
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Command } from '../../domain/command.js';
import { Failure } from '../../domain/failures.js';
import { describePlan, type ProtectionPlan } from '../../domain/protection/plan.js';
import {
  describeProtection,
  type ProtectionBackup,
  type ProtectionView,
} from '../../domain/protection/view.js';
import { repositoryPath } from '../../domain/repository/names.js';
import { updateNames } from '../../domain/wire-names.js';
import { CommandRecords } from '../record-command.js';
import { rejecting, requireActorAndReason } from '../refuse.js';
import { deadlineKey, needsAttentionKey, phaseKey, repositoryKey } from '../search-attributes.js';
import {
  applyProtectionUpdate,
  planProtectionUpdate,
  type ProtectBranchesInput,
  type ProtectionActs,
  readProtectionQuery,
  restoreProtectionUpdate,
} from './protection-messages.js';
import { repositoryEventSignal } from './repository-signal.js';

const keptBackups = 50;

export class ProtectionDesk {
  readonly records = new CommandRecords();
  readonly subject = workflowInfo().workflowId;
  plan: ProtectionPlan | null = null;
  lookedAtMs: number | null = null;
  nextLookAtMs: number | null = null;
  issue: number | null;
  held: readonly string[];
  backups: readonly ProtectionBackup[];
  trouble: string | null = null;
  isWoken = false;
  private shown = '';
  private readonly input: ProtectBranchesInput;

  constructor(input: ProtectBranchesInput) {
    this.input = input;
    this.issue = input.carried?.issue ?? null;
    this.held = input.carried?.held ?? [];
    this.backups = input.carried?.backups ?? [];
  }

  isDryRun(): boolean {
    return this.input.dryRun;
  }

  /** No branch is written down, and nothing is shown that would have to be taken back. */
  hasNothingToKeep(): boolean {
    return this.plan?.branches.length === 0 && this.issue === null && this.trouble === null;
  }

  carried(): NonNullable<ProtectBranchesInput['carried']> {
    return { held: this.held, issue: this.issue, backups: this.backups };
  }

  keepBackup(branch: string, id: string, { actor, reason }: Command): ProtectionBackup {
    const backup = { id, branch, atMs: Date.now(), by: { actor, reason } };
    this.backups = [...this.backups, backup].slice(-keptBackups);
    return backup;
  }

  view(): ProtectionView {
    const { lookedAtMs, nextLookAtMs, issue, held, backups, trouble, plan } = this;
    return {
      repository: this.input.repository,
      lines: plan === null ? [] : describePlan(plan),
      hasDrift: plan !== null && !plan.isEmpty,
      ...{ lookedAtMs, nextLookAtMs, issue, held, backups, trouble },
      isDryRun: this.input.dryRun,
      commands: [
        updateNames.planProtection,
        updateNames.applyProtection,
        updateNames.restoreProtection,
      ],
    };
  }

  show(): void {
    const view = this.view();
    setCurrentDetails(describeProtection(view));
    const differing = this.plan?.branches.filter(({ kind }) => kind !== 'none') ?? [];
    const attention =
      this.trouble ??
      (differing.length === 0
        ? null
        : `branch protection is not as written: ${differing.map(({ branch }) => branch).join(', ')}`);
    const said = JSON.stringify([attention, this.nextLookAtMs]);
    if (said === this.shown) return;
    this.shown = said;
    upsertSearchAttributes([
      { key: repositoryKey, value: repositoryPath(view.repository) },
      { key: phaseKey, value: this.trouble === null ? 'Holding' : 'NeedsHelp' },
      { key: needsAttentionKey, value: attention && attention.slice(0, 200) },
      { key: deadlineKey, value: this.nextLookAtMs === null ? null : new Date(this.nextLookAtMs) },
    ]);
  }

  listen(work: ProtectionActs): void {
    setHandler(readProtectionQuery, () => this.view(), {
      description: 'What is protected, and what is not as written',
    });
    setHandler(repositoryEventSignal, (event) => {
      const isPolicy = event.kind === 'push' && event.isDefaultBranch;
      if (event.kind === 'protection' || isPolicy) this.isWoken = true;
    });
    setHandler(planProtectionUpdate, () => work.planNow(), {
      description: 'Compare now, write nothing. Example: {"actor": "ann", "reason": "to see"}',
      validator: (command) => rejecting(() => requireActorAndReason(command)),
    });
    setHandler(applyProtectionUpdate, (command) => work.apply(command), {
      description:
        'Make it as written, one branch or (null) all. Example: {"actor": "ann", "reason": "agreed", "branch": null}',
      validator: (command) => rejecting(() => requireBranch(command, command?.branch === null)),
    });
    setHandler(restoreProtectionUpdate, (command) => work.restore(command), {
      description:
        'Back to what was there before, by backup or (null) to the newest. Example: {"actor": "ann", "reason": "it blocks us", "branch": "main", "backup": null}',
      validator: (command) =>
        rejecting(() => {
          requireBranch(command, false);
          if (this.isDryRun()) throw new Failure('CommandRejected', 'this is a dry run');
        }),
    });
  }
}

function requireBranch(command: Command & { readonly branch?: unknown }, isAll: boolean): void {
  requireActorAndReason(command);
  const { branch } = command;
  if (isAll || (typeof branch === 'string' && branch !== '')) return;
  throw new Failure('InvalidInput', '"branch" is missing', { where: 'branch', limit: 'a branch' });
}

/** What is done about branch protection: compare, write, restore, report; one after the other, never two at once. */
import { ApplicationFailure, ActivityFailure, condition } from '@temporalio/workflow';
import type { Command } from '../../domain/command.js';
import { splitDrift } from '../../domain/protection/drift.js';
import { describePlan, planProtection, settingsOf } from '../../domain/protection/plan.js';
import type { ProtectedBranch } from '../../domain/protection/schema.js';
import type {
  ApplyProtectionCommand,
  ProtectionApplied,
  ProtectionBackup,
  ProtectionRestored,
  RestoreProtectionCommand,
} from '../../domain/protection/view.js';
import { atCodeHost } from '../activity-options.js';
import { innermostMessage } from '../innermost-error.js';
import { asApplicationFailure } from '../refuse.js';
import { Failure } from '../../domain/failures.js';
import type { ProtectionDesk } from './protection-desk.js';
import type {
  PlannedProtection,
  ProtectBranchesInput,
  ProtectionActs,
} from './protection-messages.js';

type Wanted = Readonly<Record<string, ProtectedBranch>>;

interface Look {
  readonly wanted: Wanted;
  /** Why nothing may be written by itself; null when it may. */
  readonly off: string | null;
}

export class ProtectionWork implements ProtectionActs {
  private isBusy = false;
  /** Whether an issue of a former run is known about. */
  private hasReported = false;
  private readonly desk: ProtectionDesk;
  private readonly input: ProtectBranchesInput;

  constructor(desk: ProtectionDesk, input: ProtectBranchesInput) {
    this.desk = desk;
    this.input = input;
  }

  async planNow(): Promise<PlannedProtection> {
    return this.alone(async () => {
      await this.look();
      const { plan, backups } = this.desk;
      if (plan === null) throw new TypeError('a look leaves a plan');
      return { plan, lines: describePlan(plan), backups };
    });
  }

  /** The regular look: drift is enforced where the policy says so and shown to people elsewhere. */
  async findDrift(): Promise<void> {
    await this.alone(async () => {
      const { desk } = this;
      try {
        const { wanted, off } = await this.look();
        desk.trouble = off;
        if (desk.plan === null || off !== null || desk.isDryRun()) return;
        const { enforced } = splitDrift(desk.plan, desk.held);
        const by = {
          actor: 'sluice',
          reason: 'it was changed elsewhere, and the policy enforces it',
        };
        const refused: string[] = [];
        for (const { branch } of enforced) {
          await this.write(branch, wanted, by).catch((error: unknown) => {
            refused.push(`${branch}: ${innermostMessage(error)}`);
          });
        }
        if (enforced.length > 0) await this.look();
        if (refused.length > 0) desk.trouble = refused.join('; ');
        await this.report('looked at');
      } catch (error) {
        // Nothing is known: nothing is done, and nothing that was shown is taken back.
        desk.trouble = `it cannot be looked at: ${innermostMessage(error)}`;
      }
    });
  }

  async apply(command: ApplyProtectionCommand): Promise<ProtectionApplied> {
    return this.alone(async () => {
      const { desk } = this;
      const { wanted } = await this.look();
      const { plan } = desk;
      if (plan === null) throw new TypeError('a look leaves a plan');
      const { branch } = command;
      if (branch !== null && wanted[branch] === undefined) {
        throw asApplicationFailure(
          new Failure('NotFound', `${branch} is not named under repository.protection`, {
            where: 'branch',
            seen: branch,
            limit: Object.keys(wanted).join(', ') || 'none',
          }),
        );
      }
      const due = plan.branches.filter(
        (each) => each.kind !== 'none' && (branch === null || each.branch === branch),
      );
      const only = { branches: due, isEmpty: due.length === 0 };
      const lines = describePlan(branch === null ? plan : only);
      const applied = { plan: only, lines, written: [] as string[] };
      const backups: ProtectionBackup[] = [];
      const refused: { branch: string; reason: string }[] = [];
      if (desk.isDryRun()) return { ...applied, backups, refused };
      desk.records.add(desk.subject, 'applyProtection', command);
      for (const each of due) {
        try {
          const backup = await this.write(each.branch, wanted, command);
          applied.written.push(each.branch);
          if (backup) backups.push(backup);
        } catch (error) {
          refused.push({ branch: each.branch, reason: innermostMessage(error) });
        }
      }
      desk.held = desk.held.filter((name) => branch !== null && name !== branch);
      await this.settle(`applied by ${command.actor}`);
      return { ...applied, backups, refused };
    });
  }

  async restore(command: RestoreProtectionCommand): Promise<ProtectionRestored> {
    return this.alone(async () => {
      const { desk } = this;
      const { branch, backup, actor, reason } = command;
      desk.records.add(desk.subject, 'restoreProtection', command);
      const done = await atCodeHost.restoreProtection
        .executeWithOptions({ summary: `${branch} back to what it was` }, [
          { ...this.call({ actor, reason }), branch, backup },
        ])
        .catch((error: unknown) => {
          throw refusalOf(error);
        });
      desk.held = [...new Set([...desk.held, branch])];
      const kept = done.backup === null ? null : desk.keepBackup(branch, done.backup, command);
      await this.settle(`restored by ${actor}`);
      return { branch, changed: done.changed, from: done.from, backup: kept && kept.id };
    });
  }

  /** After something was written: what is there now, and what is still to be shown. */
  private async settle(why: string): Promise<void> {
    try {
      await this.look();
      await this.report(why);
    } catch (error) {
      this.desk.trouble = `it cannot be looked at: ${innermostMessage(error)}`;
    }
    this.desk.show();
  }

  private async look(): Promise<Look> {
    const { desk } = this;
    const { repository } = this.input;
    const reading = await atCodeHost.readRepositoryPolicy.executeWithOptions(
      { summary: 'what is written?' },
      [{ repository, maxAgeMs: 0 }],
    );
    if (reading.policy === null) {
      throw asApplicationFailure(
        new Failure('InvalidInput', 'sluice.yaml of the repository has faults', {
          where: reading.faults[0]?.file ?? 'sluice.yaml',
        }),
      );
    }
    const wanted: Wanted = reading.policy.protection;
    const real = await atCodeHost.readProtections.executeWithOptions(
      { summary: 'what is there?' },
      [{ repository, branches: Object.keys(wanted) }],
    );
    desk.plan = planProtection(wanted, real);
    desk.lookedAtMs = Date.now();
    desk.trouble = null;
    desk.show();
    return { wanted, off: reading.off.protection ?? null };
  }

  private async write(
    branch: string,
    wanted: Wanted,
    { actor, reason }: Command,
  ): Promise<ProtectionBackup | null> {
    const to = wanted[branch];
    if (to === undefined) return null;
    const { backup } = await atCodeHost.applyProtection.executeWithOptions(
      { summary: `${branch} as written` },
      [{ ...this.call({ actor, reason }), branch, wanted: settingsOf(to) }],
    );
    return backup === null ? null : this.desk.keepBackup(branch, backup, { actor, reason });
  }

  private async report(reason: string): Promise<void> {
    const { desk } = this;
    if (desk.plan === null || desk.isDryRun()) return;
    const { enforced, reported } = splitDrift(desk.plan, desk.held);
    // What should have been enforced and still differs could not be: that is for people, too.
    const all = [...enforced, ...reported];
    if (all.length === 0 && desk.issue === null && this.hasReported) return;
    const { issue } = await atCodeHost.reportDrift.executeWithOptions(
      { summary: 'show what differs' },
      [{ ...this.call({ actor: 'sluice', reason }), reported: all }],
    );
    desk.issue = issue;
    this.hasReported = true;
  }

  private call(by: Command) {
    return { repository: this.input.repository, subject: this.desk.subject, ...by };
  }

  private async alone<T>(act: () => Promise<T>): Promise<T> {
    await condition(() => !this.isBusy);
    this.isBusy = true;
    try {
      return await act();
    } finally {
      this.isBusy = false;
      this.desk.show();
    }
  }
}

/** What an activity refused, as the answer to the command that asked for it. */
function refusalOf(error: unknown): unknown {
  return error instanceof ActivityFailure && error.cause instanceof ApplicationFailure
    ? error.cause
    : error;
}

/** Steps of putting a branch back: what it would lose, the reset itself, and those who must know. */
import { pullComment, resetDone, resetIssue } from '../../domain/develop-reset/describe.js';
import {
  type AffectedPull,
  backupBranch,
  backupRef,
  planReset,
  type ResetPlan,
} from '../../domain/develop-reset/plan.js';
import type { ResetPolicy } from '../../domain/develop-reset/schema.js';
import { Failure } from '../../domain/failures.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import type { TicketCheck } from '../../ports/approval-ticket.js';
import { type ActivityPorts, codeHostOf } from '../ports.js';
import { recordAct } from '../record.js';
import { creationOf } from './creation.js';

interface ResetStep {
  readonly repository: RepositoryKey;
  readonly subject: string;
  readonly actor: string;
  readonly reason: string;
  readonly plan: ResetPlan;
  /** Unique for this reset. */
  readonly runId: string;
}

export type RefsReset =
  | { readonly kind: 'reset'; readonly backup: string }
  /** A lease was broken and nothing done. */
  | { readonly kind: 'moved'; readonly reason: string }
  /** By protection or for want of a permission: nothing done. */
  | { readonly kind: 'refused'; readonly reason: string };

export function createResetActivities(ports: ActivityPorts) {
  return {
    /** @throws NotFound without the branch or its target */
    async planReset(input: {
      readonly repository: RepositoryKey;
      readonly branch: string;
      /** Full name. */
      readonly toRef: string;
      readonly pulls: ResetPolicy['pulls'];
    }): Promise<ResetPlan> {
      const { repository, branch, toRef } = input;
      const { refs, pulls } = codeHostOf(ports);
      const [branchSha, toSha] = await Promise.all([
        requireRef(ports, repository, `refs/heads/${branch}`),
        requireRef(ports, repository, toRef),
      ]);
      const { commits, aheadBy } = await refs.compare(repository, toSha, branchSha);
      const into = await pulls.listPulls(repository, { state: 'open', base: branch });
      const head = `${repository.owner}:${branch}`;
      const from = await pulls.listPulls(repository, { state: 'open', head });
      const sight = { branch, branchSha, toRef, toSha, lost: commits, lostCount: aheadBy };
      return planReset({ ...sight, pulls: [...into, ...from] }, input);
    },

    /** Backup and reset in one call, with a lease on both tips. */
    async resetRefs(input: ResetStep): Promise<RefsReset> {
      const { repository, plan, runId } = input;
      const { branch, before, after, toRef } = plan;
      const { refs } = codeHostOf(ports);
      for (const backup of [backupRef(branch, runId), backupBranch(branch, runId)]) {
        // It comes with the reset or not at all, so being there says that the reset was done, whatever moved since.
        if ((await refs.readRef(repository, backup)) !== before) {
          try {
            await refs.updateRefs(repository, [
              { ref: backup, before: null, after: before, force: false },
              { ref: `refs/heads/${branch}`, before, after, force: true },
              { ref: toRef, before: after, after, force: false },
            ]);
          } catch (error) {
            if (!(error instanceof Failure)) throw error;
            // A host without refs of our own keeps it as a branch.
            if (error.code === 'InvalidInput' && backup.startsWith('refs/backup/')) continue;
            if (error.code === 'Conflict') return { kind: 'moved', reason: error.message };
            if (error.code === 'PolicyDenied' || error.code === 'Forbidden') {
              return { kind: 'refused', reason: error.message };
            }
            throw error;
          }
        }
        await record(ports, input, 'branchReset', {
          before: { ref: `refs/heads/${branch}`, sha: before },
          after: { ref: `refs/heads/${branch}`, sha: after, backup },
        });
        return { kind: 'reset', backup };
      }
      throw new Failure('InvalidInput', 'the host takes no backup in either form');
    },

    /** One issue for a reset, and a comment in it when it is planned anew. @returns the issue's number */
    async tellOfReset(
      input: ResetStep & { readonly notify: readonly string[]; readonly issue: number | null },
    ): Promise<number> {
      const { repository, plan, runId, notify, actor, reason } = input;
      const { items } = codeHostOf(ports);
      const backup = backupRef(plan.branch, runId);
      const { title, body } = resetIssue(plan, { notify, requestedBy: actor, reason, backup });
      if (input.issue !== null) {
        const text = `The branch has moved, so this is another plan.\n\n${body}`;
        const marker = `reset-plan/${runId}/${plan.before}/${plan.after}`;
        const { id } = await items.createComment(
          ...([repository, input.issue, text, creationOf(marker)] as const),
        );
        await record(ports, input, 'resetPlanTold', {
          before: null,
          after: { issue: input.issue, comment: id, from: plan.before, to: plan.after },
        });
        return input.issue;
      }
      const made = { title, body, labels: [], assignees: [] };
      const issue = await items.createIssue(repository, made, creationOf(`reset/${runId}`));
      const after = { issue: issue.number, title };
      await record(ports, input, 'issueCreated', { before: null, after });
      return issue.number;
    },

    /** Says what came of it and closes the issue. */
    async closeResetIssue(input: {
      readonly step: ResetStep;
      readonly issue: number;
      /** Null: it was not done, for this reason. */
      readonly backup: string | null;
      readonly outcome: string;
    }): Promise<void> {
      const { step, issue, backup, outcome } = input;
      const { repository, plan, runId } = step;
      const { items } = codeHostOf(ports);
      const text = backup === null ? `Not done: ${outcome}.` : resetDone(repository, plan, backup);
      await items.createComment(repository, issue, text, creationOf(`reset-end/${runId}`));
      await items.editItem(repository, issue, {
        state: 'closed',
        stateReason: backup === null ? 'not_planned' : 'completed',
      });
      await record(ports, step, 'issueClosed', { before: { issue }, after: { issue, outcome } });
    },

    /** Its base changed where the plan says so, and a word to its author. */
    async treatResetPull(input: {
      readonly step: ResetStep;
      readonly pull: AffectedPull;
      readonly backup: string;
    }): Promise<void> {
      const { step, pull, backup } = input;
      const { repository, plan, runId } = step;
      const { pulls, items } = codeHostOf(ports);
      const now = await pulls.readPull(repository, pull.number);
      if (now === null || now.state === 'closed') return;
      if (pull.act.kind === 'retarget' && now.base.ref === plan.branch) {
        try {
          await pulls.editPull(repository, pull.number, { base: pull.act.to });
        } catch (error) {
          // There is another one of this head into that base, or nothing between them: it stays as it is.
          if (!(error instanceof Failure) || error.code !== 'InvalidInput') throw error;
        }
      }
      const text = pullComment(plan, pull, backup);
      const marker = `reset-pull/${runId}/${pull.number}`;
      await items.createComment(repository, pull.number, text, creationOf(marker));
      await record(ports, step, 'pullTold', {
        before: { pull: pull.number, base: now.base.ref },
        after: { pull: pull.number, act: pull.act.kind },
      });
    },

    /** Whether the API issued the ticket for exactly this reset, plan and person. */
    async verifyResetApproval(input: {
      readonly resetId: string;
      readonly planKey: string;
      readonly actor: string;
      readonly ticket: string | null;
    }): Promise<TicketCheck> {
      const { resetId, planKey, actor, ticket } = input;
      if (ticket === null) return { valid: false, reason: 'it carries no ticket of the API' };
      return ports.tickets.verify(ticket, { releaseId: resetId, environment: planKey, actor });
    },

    /** All backups of a repository, or of one branch of it. */
    async listBackups(input: {
      readonly repository: RepositoryKey;
      readonly branch: string | null;
    }): Promise<readonly { readonly ref: string; readonly sha: string }[]> {
      const { refs } = codeHostOf(ports);
      const of = input.branch === null ? '' : `${input.branch}/`;
      const found = await Promise.all(
        [`refs/backup/${of}`, `refs/heads/backup/${of}`].map((prefix) =>
          refs.listRefs(input.repository, prefix),
        ),
      );
      return found.flat();
    },
  };
}

async function requireRef(
  ports: ActivityPorts,
  repository: RepositoryKey,
  ref: string,
): Promise<string> {
  const sha = await codeHostOf(ports).refs.readRef(repository, ref);
  if (sha !== null) return sha;
  throw new Failure('NotFound', `${repositoryPath(repository)} has no ${ref}`, {
    where: ref,
    next: `sluice reset list ${repositoryPath(repository)}`,
  });
}

async function record(
  ports: ActivityPorts,
  { subject, reason, actor, repository }: Omit<ResetStep, 'plan' | 'runId'>,
  kind: string,
  change: { readonly before: unknown; readonly after: unknown },
): Promise<void> {
  const cause = `${actor}: ${reason}`;
  const data = { repository: repositoryPath(repository), cause, ...change };
  await recordAct(ports, { subject, reason }, kind, data);
}

/** Stale branches: what is read of them, and the acts of telling, archiving and bringing back. */
import { activityInfo } from '@temporalio/activity';
import { archiveRef, type ArchiveForm } from '../../domain/branch/archive-name.js';
import {
  type Candidate,
  chooseCandidates,
  type KnownIssue,
} from '../../domain/branch/candidates.js';
import { exemptReason } from '../../domain/branch/exempt.js';
import type { BranchFacts } from '../../domain/branch/facts.js';
import type { StaleBranchPolicy } from '../../domain/branch/schema.js';
import { cleanupBody, cleanupMarker, cleanupTitle } from '../../domain/branch/words.js';
import { Failure } from '../../domain/failures.js';
import { withMarker } from '../../domain/repository/marker.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import type { Branch } from '../../domain/repository/shapes.js';
import type { Creation } from '../../ports/code-host/call.js';
import { type ActivityPorts, codeHostOf } from '../ports.js';
import { recordAct } from '../record.js';
import { newestAnswer, ownCleanupIssues } from './cleanup-issues.js';

/** Clocks differ: what may be ours is looked for from so long before we meant to write it. */
const skewMs = 10 * 60_000;

interface Intent {
  readonly repository: RepositoryKey;
  /** Workflow id, for the record. */
  readonly subject: string;
  /** Why it is done, for the record. */
  readonly reason: string;
  /** When it was decided, by the workflow's clock. */
  readonly intentAtMs: number;
}

export type ArchiveResult =
  | { readonly kind: 'archived'; readonly ref: string; readonly sha: string }
  /** It is not where it was judged: judge anew. */
  | { readonly kind: 'moved'; readonly reason: string }
  /** Protection or a permission stands against it. */
  | { readonly kind: 'refused'; readonly reason: string };

export function createBranchActivities(ports: ActivityPorts) {
  return {
    /** Reads only. Any part that cannot be read fails the whole: half of the facts would look like silence. */
    async readStaleBranch(input: {
      readonly repository: RepositoryKey;
      readonly branch: string;
      readonly policy: StaleBranchPolicy;
      /** Its cleanup issue; null: there is none. */
      readonly issue: number | null;
      /** Answers before it do not matter any more. */
      readonly sinceMs: number;
    }): Promise<BranchFacts> {
      const { repository, policy, issue, sinceMs } = input;
      const host = codeHostOf(ports);
      const { defaultBranch } = await host.refs.readRepository(repository);
      const branch = await host.refs.readBranch(repository, input.branch);
      const exempt = branch && exemptReason(policy, branch, defaultBranch);
      const nothing = { pushedAtMs: null, answer: null, hasKeepLabel: false, isIssueGone: false };
      if (branch === null || exempt !== null) return { branch, exempt, ...nothing };
      const pushedAtMs = await host.refs.readPushedAt(repository, input.branch);
      const item = issue === null ? null : await host.items.readItem(repository, issue);
      if (item === null) {
        return { branch, exempt, ...nothing, pushedAtMs, isIssueGone: issue !== null };
      }
      const keepLabel = policy.keepLabel.toLowerCase();
      return {
        ...{ branch, exempt, pushedAtMs },
        answer: await newestAnswer(host, repository, item.number, sinceMs),
        hasKeepLabel: item.labels.some((label) => label.toLowerCase() === keepLabel),
        isIssueGone: false,
      };
    },

    /** For a branch that no sweep has begun with. */
    async findCleanupIssue(input: {
      readonly repository: RepositoryKey;
      readonly branch: string;
      readonly label: string;
    }): Promise<KnownIssue | null> {
      const host = codeHostOf(ports);
      const issues = await ownCleanupIssues(host, input.repository, input.label);
      return issues.get(input.branch) ?? null;
    },

    /** What a sweep hands to workflows; one call for a hundred branches and one for a hundred cleanup issues. */
    async listStaleCandidates(input: {
      readonly repository: RepositoryKey;
      readonly policy: StaleBranchPolicy;
      readonly nowMs: number;
      readonly aheadMs: number;
      /** Left out: all of them. */
      readonly atMost?: number;
    }): Promise<{
      readonly branches: number;
      /** Of all candidates, those given and those not. */
      readonly due: number;
      readonly candidates: readonly Candidate[];
    }> {
      const { repository, policy, nowMs, aheadMs, atMost } = input;
      const host = codeHostOf(ports);
      const { defaultBranch } = await host.refs.readRepository(repository);
      const branches = await host.refs.listBranches(repository);
      const issues = await ownCleanupIssues(host, repository, policy.label);
      const choice = { policy, branches, defaultBranch, issues, nowMs, aheadMs };
      const all = chooseCandidates(choice);
      return {
        ...{ branches: branches.length, due: all.length },
        candidates: all.slice(0, atMost),
      };
    },

    /** One issue for a branch, for ever: a closed one is opened again. */
    async openCleanupIssue(
      input: Intent & {
        readonly branch: Branch;
        readonly policy: StaleBranchPolicy;
        readonly graceEndsAtMs: number;
        readonly issue: number | null;
      },
    ): Promise<{
      readonly number: number;
      /** By the host's clock; null when it was open before. */
      readonly openedAtMs: number | null;
    }> {
      const { repository, branch, policy, issue, intentAtMs } = input;
      const { items } = codeHostOf(ports);
      const title = cleanupTitle(branch.name);
      const marker = cleanupMarker(repository, branch.name);
      const body = cleanupBody(input);
      const known = issue === null ? null : await items.readItem(repository, issue);
      if (known === null) {
        const description = 'Cleanup of a branch that nobody has touched for long';
        await items.ensureLabel(repository, { name: policy.label, color: 'c2b280', description });
        const wanted = { title, body, labels: [policy.label], assignees: [] };
        const { number, createdAtMs } = await items.createIssue(
          ...([repository, wanted, creation(marker, intentAtMs)] as const),
        );
        await record(ports, input, 'cleanupIssueOpened', { before: null, after: { number } });
        return { number, openedAtMs: createdAtMs };
      }
      const { number } = known;
      const noteReopened = () =>
        record(ports, input, 'cleanupIssueReopened', {
          before: 'closed',
          after: { number, state: 'open' },
        });
      if (known.state === 'open') {
        const isOurs = known.updatedAtMs >= intentAtMs - skewMs && isRetry();
        if (isOurs) await noteReopened();
        return { number, openedAtMs: isOurs ? known.updatedAtMs : null };
      }
      const change = { state: 'open', stateReason: 'reopened', title } as const;
      const reopened = await items.editItem(repository, number, {
        ...change,
        body: withMarker(body, marker),
      });
      await noteReopened();
      return { number, openedAtMs: reopened.updatedAtMs };
    },

    /** @param input.key marks it, so that it is found when it is written again */
    async commentOnCleanupIssue(
      input: Intent & { readonly number: number; readonly key: string; readonly body: string },
    ): Promise<{ readonly atMs: number }> {
      const { repository, number, body, key, intentAtMs } = input;
      const made = creation(key, intentAtMs);
      const { items } = codeHostOf(ports);
      const { id, createdAtMs } = await items.createComment(repository, number, body, made);
      await record(ports, input, 'cleanupIssueCommented', { before: null, after: { number, id } });
      return { atMs: createdAtMs };
    },

    /** One that is closed or gone is left so. */
    async closeCleanupIssue(
      input: Intent & { readonly number: number; readonly outcome: 'completed' | 'not_planned' },
    ): Promise<void> {
      const { repository, number, outcome } = input;
      const { items } = codeHostOf(ports);
      const item = await items.readItem(repository, number);
      if (item === null || (item.state === 'closed' && !isRetry())) return;
      if (item.state === 'open') {
        await items.editItem(repository, number, { state: 'closed', stateReason: outcome });
      }
      await record(ports, input, 'cleanupIssueClosed', { before: 'open', after: { number } });
    },

    /** Tip to the archive and branch away in one call, only while the branch is at the tip that was judged. */
    async archiveBranch(
      input: Intent & {
        readonly branch: string;
        readonly sha: string;
        readonly form: ArchiveForm;
      },
    ): Promise<ArchiveResult> {
      const { refs } = codeHostOf(ports);
      const forms: readonly ArchiveForm[] = input.form === 'ref' ? ['ref', 'branch'] : ['branch'];
      for (const form of forms) {
        const ref = archiveRef(form, input.branch, input.sha, input.intentAtMs);
        const done = async () => {
          const before = { ref: `refs/heads/${input.branch}`, sha: input.sha };
          await record(ports, input, 'branchArchived', { before, after: { ref, sha: input.sha } });
          return { kind: 'archived', ref, sha: input.sha } as const;
        };
        // The archive and the branch change together: where the archive stands, an earlier attempt did both. Who has
        // made the branch again since then keeps it.
        if (isRetry() && (await refs.readRef(input.repository, ref)) === input.sha) return done();
        try {
          await refs.updateRefs(input.repository, [
            { ref, before: null, after: input.sha, force: false },
            { ref: `refs/heads/${input.branch}`, before: input.sha, after: null, force: true },
          ]);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          if (error.code === 'InvalidInput' && form === 'ref') continue;
          if (error.code === 'Conflict') return { kind: 'moved', reason: error.message };
          if (error.code === 'PolicyDenied' || error.code === 'Forbidden')
            return { kind: 'refused', reason: error.message };
          throw error;
        }
        return done();
      }
      throw new Failure('InvalidInput', 'the host takes no archive in either form');
    },
  };
}

function isRetry(): boolean {
  return activityInfo().attempt > 1;
}

function creation(marker: string, intentAtMs: number): Creation {
  return { marker, retriedSinceMs: isRetry() ? intentAtMs - skewMs : null };
}

async function record(
  ports: ActivityPorts,
  { subject, reason, repository }: Intent,
  kind: string,
  change: { readonly before: unknown; readonly after: unknown },
): Promise<void> {
  const data = { repository: repositoryPath(repository), cause: reason, ...change };
  await recordAct(ports, { subject, reason }, kind, data);
}

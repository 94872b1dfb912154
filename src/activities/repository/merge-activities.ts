/** Steps of merging: look at all that wait, merge one, see that the merge is right, clean up after it. */
import { activityInfo } from '@temporalio/activity';
import { judgeTrial } from '../../domain/merge/decide.js';
import { explainMerge, isSettling, nextForMerge } from '../../domain/merge/explain.js';
import type { MergePolicy } from '../../domain/merge/schema.js';
import type { MergeSurvey, SurveyedPull } from '../../domain/merge/view.js';
import { Failure } from '../../domain/failures.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import type { Pull, PullSummary } from '../../domain/repository/shapes.js';
import { type ActivityPorts, codeHostOf } from '../ports.js';
import { recordAct } from '../record.js';
import { judgePull } from './judge-pull.js';

/** Where one merge happens, and for what. */
export interface MergeStep {
  readonly repository: RepositoryKey;
  readonly base: string;
  readonly subject: string;
  readonly reason: string;
}

export type MergeAttempt =
  | { readonly kind: 'merged'; readonly sha: string; readonly headRef: string | null }
  /** It, or the world around it, is no longer what was judged: look again. */
  | { readonly kind: 'changed'; readonly reason: string }
  /** Never by repetition: somebody must change a setting or a permission. */
  | { readonly kind: 'refused'; readonly reason: string };

/** More wait for their turn; those of lower number are looked at. */
const mostSurveyed = 100;

export function createMergeActivities(ports: ActivityPorts) {
  return {
    /** Every open pull request into the base that somebody said may be merged, and how it stands. */
    async surveyMerges(input: {
      readonly repository: RepositoryKey;
      readonly base: string;
      readonly policy: MergePolicy;
      /** Commit of a trial whose checks are asked about. */
      readonly trialSha: string | null;
    }): Promise<MergeSurvey> {
      const { repository, base, policy, trialSha } = input;
      const host = codeHostOf(ports);
      const { refs, pulls, checks } = host;
      const open = await pulls.listPulls(repository, { state: 'open', base });
      const asked = open
        .filter((pull) => hasLabels(pull, policy.requires.labels))
        .toSorted((a, b) => a.number - b.number)
        .slice(0, mostSurveyed);
      const baseSha = await refs.readRef(repository, `refs/heads/${base}`);
      if (baseSha === null) {
        throw new Failure('NotFound', `${repositoryPath(repository)} has no branch ${base}`, {
          where: base,
        });
      }
      if (asked.length === 0 && trialSha === null) return { baseSha, pulls: [], verdict: null };
      const rules = await pulls.readRules(repository, base);
      const surveyed: SurveyedPull[] = [];
      for (const { number } of asked) {
        const judged = await judgePull(host, repository, { number, base }, rules, policy);
        if (judged === null) continue;
        const { pull, decision } = judged;
        if (decision.kind === 'over') continue;
        surveyed.push({
          ...{ number, title: pull.title.slice(0, 200), author: pull.author.login },
          ...{ headSha: pull.head.sha, priority: priorityOf(pull, policy), kind: decision.kind },
          ...{ why: explainMerge(decision), next: nextForMerge(decision) },
          isSettling: isSettling(decision),
        });
      }
      if (trialSha === null) return { baseSha, pulls: surveyed, verdict: null };
      const results = await checks.listResults(repository, trialSha);
      const verdict = judgeTrial(rules, { sha: trialSha, results }, policy);
      return { baseSha, pulls: surveyed, verdict };
    },

    /** Judges it once more and merges exactly that head. Merged already, it says so. */
    async mergeOne(
      input: MergeStep & {
        readonly number: number;
        readonly headSha: string;
        /** It was tried on this base, so it is merged into no other; null: into any. */
        readonly baseSha: string | null;
        readonly policy: MergePolicy;
      },
    ): Promise<MergeAttempt> {
      const { repository, base, number, headSha, baseSha, policy } = input;
      const host = codeHostOf(ports);
      const rules = await host.pulls.readRules(repository, base);
      const judged = await judgePull(host, repository, { number, base }, rules, policy);
      if (judged === null) return { kind: 'changed', reason: `#${number} is gone` };
      const { pull, decision } = judged;
      const headRef = ownHead(repository, pull);
      if (pull.head.sha !== headSha) return { kind: 'changed', reason: 'its head is another' };
      if (pull.isMerged && pull.mergeSha !== null) {
        const sha = pull.mergeSha;
        await recordMerge(ports, input, sha);
        return { kind: 'merged', sha, headRef };
      }
      if (decision.kind !== 'ready') return { kind: 'changed', reason: explainMerge(decision) };
      const tip = await host.refs.readRef(repository, `refs/heads/${base}`);
      if (baseSha !== null && tip !== baseSha) {
        return { kind: 'changed', reason: `${base} has moved since it was tried` };
      }
      const outcome = await host.pulls.mergePull(repository, number, {
        headSha,
        method: policy.method,
        title: `${pull.title} (#${number})`,
        message: withoutComments(pull.body),
      });
      switch (outcome.kind) {
        case 'merged':
          await recordMerge(ports, input, outcome.sha);
          return { kind: 'merged', sha: outcome.sha, headRef };
        case 'moved':
        case 'notMergeable':
          return { kind: 'changed', reason: outcome.reason };
        case 'refused':
          return { kind: 'refused', reason: outcome.reason };
      }
    },

    /** @returns why it was left; null when it is gone */
    async deleteMergedBranch(
      input: MergeStep & { readonly headRef: string; readonly headSha: string },
    ): Promise<string | null> {
      const { repository, headRef, headSha, base } = input;
      const { refs, pulls } = codeHostOf(ports);
      const branch = await refs.readBranch(repository, headRef);
      const ref = `refs/heads/${headRef}`;
      const noteDeleted = () =>
        recordStep(ports, input, 'mergedBranchDeleted', {
          before: { ref, sha: headSha },
          after: null,
        });
      if (branch === null) {
        if (activityInfo().attempt > 1) await noteDeleted();
        return null;
      }
      const { defaultBranch } = await refs.readRepository(repository);
      if (headRef === defaultBranch || headRef === base) return 'it is a branch to merge into';
      if (branch.isProtected) return 'it is protected';
      const into = await pulls.listPulls(repository, { state: 'open', base: headRef });
      if (into.length > 0) return `#${into[0]?.number} goes into it`;
      const head = `${repository.owner}:${headRef}`;
      const from = await pulls.listPulls(repository, { state: 'open', head });
      if (from.length > 0) return `#${from[0]?.number} comes from it too`;
      try {
        await refs.updateRefs(repository, [{ ref, before: headSha, after: null, force: true }]);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (error.code === 'Conflict') return 'somebody pushed to it after the merge';
        if (error.code === 'PolicyDenied' || error.code === 'Forbidden') return error.message;
        throw error;
      }
      await noteDeleted();
      return null;
    },

    /** Brings the base into a head that must hold it. @returns why not; null when it was done */
    async updatePullBranch(
      input: MergeStep & { readonly number: number; readonly headSha: string },
    ): Promise<string | null> {
      const { repository, number, headSha } = input;
      const { pulls } = codeHostOf(ports);
      const pull = await pulls.readPull(repository, number);
      const noteUpdated = () =>
        recordStep(ports, input, 'pullUpdated', {
          before: { pull: number, sha: headSha },
          after: { pull: number },
        });
      if (pull === null) return null;
      if (pull.head.sha !== headSha) {
        // An attempt whose answer was lost has made another head.
        if (activityInfo().attempt > 1) await noteUpdated();
        return null;
      }
      try {
        await pulls.updateBranch(repository, number, headSha);
      } catch (error) {
        if (!(error instanceof Failure) || error.code === 'RateLimited') throw error;
        if (error.code === 'Unavailable') throw error;
        return error.message;
      }
      await noteUpdated();
      return null;
    },
  };
}

/** As one who records: who, why, what was before and what is after. */
export async function recordStep(
  ports: ActivityPorts,
  { repository, subject, reason }: MergeStep,
  kind: string,
  change: { readonly before: unknown; readonly after: unknown },
): Promise<void> {
  const data = { repository: repositoryPath(repository), cause: reason, ...change };
  await recordAct(ports, { subject, reason }, kind, data);
}

async function recordMerge(
  ports: ActivityPorts,
  input: MergeStep & { readonly number: number; readonly headSha: string },
  sha: string,
): Promise<void> {
  const before = { pull: input.number, head: input.headSha, base: input.base };
  await recordStep(ports, input, 'pullMerged', { before, after: { pull: input.number, sha } });
}

function hasLabels({ labels }: PullSummary, required: readonly string[]): boolean {
  const has = new Set(labels.map((label) => label.toLowerCase()));
  return required.every((label) => has.has(label.toLowerCase()));
}

function priorityOf({ labels }: Pull, { queue }: MergePolicy): number {
  const has = new Set(labels.map((label) => label.toLowerCase()));
  const priorities = queue?.priorities ?? [];
  const at = priorities.findIndex((label) => has.has(label.toLowerCase()));
  return at === -1 ? priorities.length : at;
}

/** Name of the branch where it is of this repository; forks' are theirs. */
function ownHead(repository: RepositoryKey, { head }: Pull): string | null {
  const path = head.repository === null ? null : repositoryPath(head.repository).toLowerCase();
  return path === repositoryPath(repository).toLowerCase() ? head.ref : null;
}

/** What templates tell their authors is not for the history. */
function withoutComments(body: string): string {
  return body.replace(/<!--[\s\S]*?-->/g, '').trim();
}

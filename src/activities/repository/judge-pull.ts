/** Everything that a decision about one pull request needs, read at the code host now. */
import { sleep } from '@temporalio/activity';
import { decideMerge, type MergeDecision } from '../../domain/merge/decide.js';
import type { MergePolicy } from '../../domain/merge/schema.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { BranchRules, Pull } from '../../domain/repository/shapes.js';
import type { CodeHost } from '../../ports/code-host/code-host.js';

const settlingMs = 200;

export interface JudgedPull {
  readonly pull: Pull;
  readonly decision: MergeDecision;
}

/** Null without such a pull request, or when it goes elsewhere by now. */
export async function judgePull(
  { pulls, checks }: CodeHost,
  repository: RepositoryKey,
  { number, base }: { readonly number: number; readonly base: string },
  rules: BranchRules,
  policy: MergePolicy,
): Promise<JudgedPull | null> {
  const pull = await readSettled(pulls, repository, number);
  if (pull === null || pull.base.ref !== base) return null;
  const { sha } = pull.head;
  const [results, reviews] = await Promise.all([
    checks.listResults(repository, sha),
    pulls.listReviews(repository, number),
  ]);
  return { pull, decision: decideMerge(pull, rules, { sha, results }, reviews, policy) };
}

/** The first look makes the host work out whether it conflicts, which takes it a moment. */
async function readSettled(
  pulls: CodeHost['pulls'],
  repository: RepositoryKey,
  number: number,
): Promise<Pull | null> {
  const pull = await pulls.readPull(repository, number);
  if (pull === null || pull.state === 'closed' || pull.isMergeable !== null) return pull;
  await sleep(settlingMs);
  return await pulls.readPull(repository, number);
}

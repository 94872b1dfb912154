/** What one commit has that another has not. */
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { Commit } from '../../domain/repository/shapes.js';
import type { GithubClient } from './client.js';
import { toCommit } from './item-shape.js';
import { place } from './items.js';
import { readPages } from './pages.js';

/** @param most commits that are read, oldest first; the counts are of all */
export async function compareRefs(
  client: GithubClient,
  repository: RepositoryKey,
  base: string,
  head: string,
  most: number,
): Promise<{ aheadBy: number; behindBy: number; mergeBase: string; commits: readonly Commit[] }> {
  const octokit = client.as(repository, 'readCode');
  const parameters = { ...place(repository), basehead: `${base}...${head}` };
  const commits: Commit[] = [];
  let counts = { aheadBy: 0, behindBy: 0, mergeBase: '' };
  const { compareCommitsWithBasehead } = octokit.rest.repos;
  for await (const page of readPages(octokit, compareCommitsWithBasehead, parameters)) {
    counts = {
      ...{ aheadBy: page.ahead_by, behindBy: page.behind_by },
      mergeBase: page.merge_base_commit.sha,
    };
    commits.push(...page.commits.map(toCommit));
    if (commits.length >= most) break;
  }
  return { ...counts, commits: commits.slice(0, most) };
}

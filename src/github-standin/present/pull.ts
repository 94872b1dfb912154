/** Pull requests and reviews as REST shows them. */
import { timeText, timeTextOrNull } from '../clock.js';
import { nodeId } from '../node-id.js';
import type { Item, PullPart, Repository, Review } from '../state.js';
import type { World } from '../world.js';
import { showAccount, showAccountOrNull } from './account.js';
import { association, showItemParts } from './item.js';
import { apiUrl, htmlUrl, showRepository } from './repository.js';

export interface PullNumbers {
  readonly isMergeable: boolean | null;
  readonly mergeState: string;
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
}

/** In lists. */
export function showPullSimple(world: World, repository: Repository, item: Item, pull: PullPart) {
  const url = `${apiUrl(world, repository)}/pulls/${item.number}`;
  const html = `${htmlUrl(world, repository)}/pull/${item.number}`;
  const issue = `${apiUrl(world, repository)}/issues/${item.number}`;
  const statuses = `${apiUrl(world, repository)}/statuses/${pull.headSha}`;
  const side = (ref: string, sha: string) => ({
    label: `${repository.owner.login}:${ref}`,
    ref,
    sha,
    user: showAccount(world, repository.owner),
    repo: showRepository(world, repository),
  });
  return {
    ...showItemParts(world, repository, item),
    url,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    merged_at: timeTextOrNull(pull.mergedAtMs),
    merge_commit_sha: pull.mergeSha ?? pull.test?.sha ?? null,
    requested_reviewers: pull.requestedReviewers.map((one) => showAccount(world, one)),
    requested_teams: [],
    draft: pull.isDraft,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${apiUrl(world, repository)}/pulls/comments{/number}`,
    statuses_url: statuses,
    head: side(pull.headRef, pull.headSha),
    base: side(pull.baseRef, pull.baseSha),
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: issue },
      comments: { href: `${issue}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${apiUrl(world, repository)}/pulls/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: statuses },
    },
    auto_merge:
      pull.autoMerge === null
        ? null
        : {
            enabled_by: showAccount(world, pull.autoMerge.by),
            merge_method: pull.autoMerge.method,
            commit_title: pull.autoMerge.title ?? '',
            commit_message: pull.autoMerge.message ?? '',
          },
  };
}

/** On its own address. */
export function showPull(
  world: World,
  repository: Repository,
  item: Item,
  pull: PullPart,
  numbers: PullNumbers,
) {
  return {
    ...showPullSimple(world, repository, item, pull),
    merged: pull.mergedAtMs !== null,
    mergeable: numbers.isMergeable,
    rebaseable: numbers.isMergeable,
    mergeable_state: numbers.mergeState,
    merged_by: showAccountOrNull(world, pull.mergedBy),
    comments: item.comments.length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: numbers.commits,
    additions: numbers.additions,
    deletions: numbers.deletions,
    changed_files: numbers.changedFiles,
  };
}

export function showReview(world: World, repository: Repository, item: Item, review: Review) {
  const pull = `${apiUrl(world, repository)}/pulls/${item.number}`;
  const html = `${htmlUrl(world, repository)}/pull/${item.number}#pullrequestreview-${review.id}`;
  return {
    id: review.id,
    node_id: nodeId('PRR', repository.id, item.number, review.id),
    user: showAccount(world, review.author),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: pull,
    author_association: association(repository, review.author),
    _links: { html: { href: html }, pull_request: { href: pull } },
    submitted_at: timeText(review.atMs),
    commit_id: review.sha,
  };
}

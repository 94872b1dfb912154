/** Pull requests: list, read, create, change, review, merge. */
import { findItem, record, tellItem, touch } from '../acts/items.js';
import {
  createPull,
  editPull,
  type MergeMethod,
  mergePull,
  numbersOf,
  pullOf,
  updateBranch,
} from '../acts/pulls.js';
import { refProblem } from '../acts/refs.js';
import { tell } from '../acts/hooks.js';
import { Problem } from '../problem.js';
import { showAccount } from '../present/account.js';
import { showCommit, showFile } from '../present/commit.js';
import { showPull, showPullSimple, showReview } from '../present/pull.js';
import type { Item, Review } from '../state.js';
import {
  type Call,
  created,
  flag,
  needed,
  noContent,
  numberParam,
  ok,
  type Operation,
  operation,
  paged,
  text,
  texts,
} from './call.js';
import { seconds, visibleItems } from './issues.js';

const repo = '/repos/{owner}/{repo}';
const one = `${repo}/pulls/{pull_number}`;
/** GitHub tells of no more files than this. */
const filesAtMost = 3000;

function pullItem(call: Call): Item {
  const item = findItem(call.repository(), numberParam(call, 'pull_number'));
  pullOf(item);
  return item;
}

async function shown(call: Call, item: Item, asks: boolean) {
  const numbers = await numbersOf(call.scene(), item, asks);
  return showPull(call.world, call.repository(), item, pullOf(item), numbers);
}

function listed(call: Call): Item[] {
  const { query } = call;
  const repository = call.repository();
  const state = query['state'] ?? 'open';
  const found = visibleItems(call, repository).filter((item) => {
    if (item.pull === null || (state !== 'all' && item.state !== state)) return false;
    if (query['base'] !== undefined && item.pull.baseRef !== query['base']) return false;
    const label = `${repository.owner.login}:${item.pull.headRef}`;
    // A head without an owner is not understood and filters nothing.
    return !query['head']?.includes(':') || query['head'] === label;
  });
  const isUpdated = query['sort'] === 'updated';
  const key = (item: Item) => seconds(isUpdated ? item.updatedAtMs : item.createdAtMs);
  const sign =
    (query['direction'] ?? (query['sort'] === undefined ? 'desc' : 'asc')) === 'asc' ? 1 : -1;
  return found.sort((a, b) => sign * (key(a) - key(b) || a.number - b.number));
}

async function commitsOf(call: Call, item: Item) {
  const { git } = call.repository();
  const pull = pullOf(item);
  const shas = [...(await git.range(pull.baseSha, pull.headSha))].reverse().slice(0, 250);
  return paged(call, shas, async (sha) => {
    const commit = await git.commit(sha);
    return commit === null ? null : showCommit(call.world, call.repository(), commit);
  });
}

async function filesOf(call: Call, item: Item) {
  const { git } = call.repository();
  const pull = pullOf(item);
  const base = (await git.mergeBase(pull.baseSha, pull.headSha)) ?? pull.baseSha;
  const files = (await git.changes(base, pull.headSha)).slice(0, filesAtMost);
  return paged(call, files, (file) =>
    showFile(call.world, call.repository(), pull.headSha, file, ''),
  );
}

function addReview(call: Call): Review {
  const item = pullItem(call);
  const pull = pullOf(item);
  const states = {
    APPROVE: 'APPROVED',
    REQUEST_CHANGES: 'CHANGES_REQUESTED',
    COMMENT: 'COMMENTED',
  } as const;
  const event = text(call, 'event') as keyof typeof states | undefined;
  const { account } = call.actor;
  if (event === 'APPROVE' && account.id === item.author.id) {
    throw new Problem(422, 'Unprocessable Entity', {
      errors: ['Review Can not approve your own pull request'],
    });
  }
  const review: Review = {
    id: call.world.nextId(),
    author: account,
    sha: text(call, 'commit_id') ?? pull.headSha,
    state: event === undefined ? 'PENDING' : states[event],
    body: text(call, 'body') ?? '',
    atMs: call.world.clock.now(),
  };
  pull.reviews.push(review);
  touch(call.scene(), item);
  tell(call.world, call.repository(), call.actor, 'pull_request_review', 'submitted', {
    review: {
      ...showReview(call.world, call.repository(), item, review),
      state: review.state.toLowerCase(),
    },
    pull_request: showPullSimple(call.world, call.repository(), item, pull),
  });
  return review;
}

export const pullOperations: readonly Operation[] = [
  operation('pulls/list', `GET ${repo}/pulls`, 'pull_requests:read', (call) =>
    paged(call, listed(call), (item) =>
      showPullSimple(call.world, call.repository(), item, pullOf(item)),
    ),
  ),
  operation('pulls/create', `POST ${repo}/pulls`, 'pull_requests:write', async (call) => {
    const item = await createPull(call.scene(), {
      title: needed(call, 'title'),
      body: text(call, 'body') ?? null,
      head: needed(call, 'head'),
      base: needed(call, 'base'),
      isDraft: flag(call, 'draft') ?? false,
    });
    return created(await shown(call, item, false));
  }),
  operation('pulls/get', `GET ${one}`, 'pull_requests:read', async (call) => {
    const item = pullItem(call);
    const hiddenUntil = item.createdAtMs + call.world.faults.lag.readMs;
    if (call.world.clock.now() < hiddenUntil) throw new Problem(404, 'Not Found');
    return ok(await shown(call, item, true));
  }),
  operation('pulls/update', `PATCH ${one}`, 'pull_requests:write', async (call) => {
    const item = pullItem(call);
    const title = text(call, 'title');
    const state = text(call, 'state');
    const base = text(call, 'base');
    editPull(call.scene(), item, {
      ...(title === undefined ? {} : { title }),
      ...(call.body['body'] === undefined ? {} : { body: text(call, 'body') ?? null }),
      ...(state === 'open' || state === 'closed' ? { state } : {}),
      ...(base === undefined ? {} : { base }),
    });
    return ok(await shown(call, item, false));
  }),
  operation('pulls/list-files', `GET ${one}/files`, 'pull_requests:read', (call) =>
    filesOf(call, pullItem(call)),
  ),
  operation('pulls/list-commits', `GET ${one}/commits`, 'pull_requests:read', (call) =>
    commitsOf(call, pullItem(call)),
  ),
  operation('pulls/list-reviews', `GET ${one}/reviews`, 'pull_requests:read', (call) => {
    const item = pullItem(call);
    return paged(call, pullOf(item).reviews, (review) =>
      showReview(call.world, call.repository(), item, review),
    );
  }),
  operation('pulls/create-review', `POST ${one}/reviews`, 'pull_requests:write', (call) =>
    ok(showReview(call.world, call.repository(), pullItem(call), addReview(call))),
  ),
  operation(
    'pulls/list-requested-reviewers',
    `GET ${one}/requested_reviewers`,
    'pull_requests:read',
    (call) =>
      ok({
        users: pullOf(pullItem(call)).requestedReviewers.map((who) => showAccount(call.world, who)),
        teams: [],
      }),
  ),
  operation(
    'pulls/request-reviewers',
    `POST ${one}/requested_reviewers`,
    'pull_requests:write',
    (call) => {
      const item = pullItem(call);
      const pull = pullOf(item);
      for (const login of texts(call, 'reviewers') ?? []) {
        const who = call.world.account(login);
        if (pull.requestedReviewers.includes(who)) continue;
        pull.requestedReviewers.push(who);
        record(call.scene(), item, 'review_requested', {
          requested_reviewer: showAccount(call.world, who),
          review_requester: showAccount(call.world, call.actor.account),
        });
        tellItem(call.scene(), item, 'review_requested', {
          requested_reviewer: showAccount(call.world, who),
        });
      }
      return created(showPullSimple(call.world, call.repository(), item, pull));
    },
  ),
  operation('pulls/check-if-merged', `GET ${one}/merge`, 'pull_requests:read', (call) => {
    if (pullOf(pullItem(call)).mergedAtMs === null) throw new Problem(404, 'Not Found');
    return noContent;
  }),
  operation('pulls/merge', `PUT ${one}/merge`, 'contents:write', async (call) => {
    const sha = text(call, 'sha');
    const title = text(call, 'commit_title');
    const message = text(call, 'commit_message');
    const merged = await mergePull(call.scene(), pullItem(call), {
      method: (text(call, 'merge_method') ?? 'merge') as MergeMethod,
      ...(sha === undefined ? {} : { sha }),
      ...(title === undefined ? {} : { title }),
      ...(message === undefined ? {} : { message }),
    });
    return ok({ sha: merged, merged: true, message: 'Pull Request successfully merged' });
  }),
  operation(
    'pulls/update-branch',
    `PUT ${one}/update-branch`,
    'pull_requests:write',
    async (call) => {
      try {
        await updateBranch(call.scene(), pullItem(call), text(call, 'expected_head_sha'));
      } catch (error) {
        throw refProblem(error);
      }
      const url = `${call.world.url}/repos/${call.params['owner']}/${call.params['repo']}/pulls/${call.params['pull_number']}`;
      return { status: 202, body: { message: 'Updating pull request branch.', url } };
    },
  ),
];

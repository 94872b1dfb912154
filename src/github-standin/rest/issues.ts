/** Issues: list, read, create, change, comment, label. */
import {
  addComment,
  addLabels,
  createIssue,
  editComment,
  editItem,
  findComment,
  findItem,
  isAssignable,
  type ItemChange,
  record,
  removeLabel,
  setAssignees,
  setLabels,
  tellComment,
  tellItem,
} from '../acts/items.js';
import { Problem } from '../problem.js';
import { showComment, showEvent, showIssue, showLabels } from '../present/item.js';
import type { Item, Repository } from '../state.js';
import {
  type Call,
  created,
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
import { timelineOf } from './timeline.js';

const repo = '/repos/{owner}/{repo}';

const itemOf = (call: Call): Item => findItem(call.repository(), numberParam(call, 'issue_number'));

/** Whole seconds, as the times themselves are told. */
export const seconds = (atMs: number) => Math.floor(atMs / 1000);

/** Items as a list sees them: the newest may be missing for a while. */
export function visibleItems({ world }: Call, repository: Repository): Item[] {
  const until = world.clock.now() - world.faults.lag.listMs;
  return [...repository.items.values()].filter(({ createdAtMs }) => createdAtMs <= until);
}

function listed(call: Call): Item[] {
  const { query } = call;
  const state = query['state'] ?? 'open';
  const labels = (query['labels'] ?? '').split(',').filter((label) => label !== '');
  const since = query['since'] === undefined ? null : Date.parse(query['since']);
  if (since !== null && Number.isNaN(since)) throw new Problem(422, 'Invalid since');
  const { milestone, assignee, creator } = query;
  const found = visibleItems(call, call.repository()).filter((item) => {
    if (state !== 'all' && item.state !== state) return false;
    if (since !== null && seconds(item.updatedAtMs) < seconds(since)) return false;
    if (creator !== undefined && item.author.login !== creator) return false;
    if (milestone === 'none' && item.milestone !== null) return false;
    if (milestone !== undefined && /^\d+$/.test(milestone) && item.milestone !== Number(milestone))
      return false;
    if (assignee === 'none' && item.assignees.length > 0) return false;
    const isNamed = assignee !== undefined && assignee !== 'none' && assignee !== '*';
    if (isNamed && !item.assignees.some(({ login }) => login === assignee)) return false;
    const has = new Set(item.labels.map((name) => name.toLowerCase()));
    return labels.every((label) => has.has(label.toLowerCase()));
  });
  const key = (item: Item) => {
    if (query['sort'] === 'updated') return item.updatedAtMs;
    return query['sort'] === 'comments' ? item.comments.length : item.createdAtMs;
  };
  const sign = query['direction'] === 'asc' ? 1 : -1;
  return found.sort((a, b) => sign * (seconds(key(a)) - seconds(key(b)) || a.number - b.number));
}

function changeOf(call: Call): ItemChange {
  const { body } = call;
  const state = text(call, 'state');
  const title = text(call, 'title');
  const labels = texts(call, 'labels');
  const assignees = texts(call, 'assignees');
  const milestone = body['milestone'] as number | null | undefined;
  const reason = text(call, 'state_reason') as Item['stateReason'] | undefined;
  return {
    ...(title === undefined ? {} : { title }),
    ...(body['body'] === undefined ? {} : { body: text(call, 'body') ?? null }),
    ...(state === undefined ? {} : { state: state === 'closed' ? 'closed' : 'open' }),
    ...(reason === undefined ? {} : { stateReason: reason }),
    ...(milestone === undefined ? {} : { milestone }),
    ...(labels === undefined ? {} : { labels }),
    ...(assignees === undefined ? {} : { assignees }),
  };
}

const shown = (call: Call, item: Item) => showIssue(call.world, call.repository(), item);
const labelsOf = (call: Call, item: Item) =>
  ok(showLabels(call.world, call.repository(), item.labels));

const comment = (call: Call) => findComment(call.repository(), numberParam(call, 'comment_id'));

function since(call: Call): number {
  const at = call.query['since'];
  return at === undefined ? Number.NEGATIVE_INFINITY : seconds(Date.parse(at));
}

export const issueOperations: readonly Operation[] = [
  operation('issues/list-for-repo', `GET ${repo}/issues`, 'issues:read', (call) =>
    paged(call, listed(call), (item) => shown(call, item)),
  ),
  operation('issues/create', `POST ${repo}/issues`, 'issues:write', (call) => {
    const milestone = call.body['milestone'] as number | null | undefined;
    const one = text(call, 'assignee');
    return created(
      shown(
        call,
        createIssue(call.scene(), {
          title: needed(call, 'title'),
          body: text(call, 'body') ?? null,
          labels: texts(call, 'labels') ?? [],
          assignees: texts(call, 'assignees') ?? (one === undefined ? [] : [one]),
          ...(milestone === undefined ? {} : { milestone }),
        }),
      ),
    );
  }),
  operation(
    'issues/list-comments-for-repo',
    `GET ${repo}/issues/comments`,
    'issues:read',
    (call) => {
      const repository = call.repository();
      const rows = [...repository.items.values()]
        .flatMap((item) => item.comments.map((one) => ({ item, one })))
        .filter(({ one }) => seconds(one.updatedAtMs) >= since(call));
      const sign = call.query['direction'] === 'desc' ? -1 : 1;
      const isUpdated = call.query['sort'] === 'updated';
      rows.sort(
        (a, b) =>
          sign * ((isUpdated ? a.one.updatedAtMs - b.one.updatedAtMs : 0) || a.one.id - b.one.id),
      );
      return paged(call, rows, ({ item, one }) => showComment(call.world, repository, item, one));
    },
  ),
  operation(
    'issues/get-comment',
    `GET ${repo}/issues/comments/{comment_id}`,
    'issues:read',
    (call) => {
      const [item, one] = comment(call);
      return ok(showComment(call.world, call.repository(), item, one));
    },
  ),
  operation(
    'issues/update-comment',
    `PATCH ${repo}/issues/comments/{comment_id}`,
    'issues:write',
    (call) => {
      const [item, one] = comment(call);
      editComment(call.scene(), item, one, needed(call, 'body'));
      return ok(showComment(call.world, call.repository(), item, one));
    },
  ),
  operation(
    'issues/delete-comment',
    `DELETE ${repo}/issues/comments/{comment_id}`,
    'issues:write',
    (call) => {
      const [item, one] = comment(call);
      item.comments = item.comments.filter((other) => other !== one);
      tellComment(call.scene(), item, one, 'deleted');
      return noContent;
    },
  ),
  operation('issues/get', `GET ${repo}/issues/{issue_number}`, 'issues:read', (call) => {
    const item = itemOf(call);
    const hiddenUntil = item.createdAtMs + call.world.faults.lag.readMs;
    if (call.world.clock.now() < hiddenUntil) throw new Problem(404, 'Not Found');
    return ok(shown(call, item));
  }),
  operation('issues/update', `PATCH ${repo}/issues/{issue_number}`, 'issues:write', (call) => {
    const item = itemOf(call);
    editItem(call.scene(), item, changeOf(call));
    return ok(shown(call, item));
  }),
  operation(
    'issues/list-comments',
    `GET ${repo}/issues/{issue_number}/comments`,
    'issues:read',
    (call) => {
      const item = itemOf(call);
      const rows = item.comments.filter(({ updatedAtMs }) => seconds(updatedAtMs) >= since(call));
      return paged(call, rows, (one) => showComment(call.world, call.repository(), item, one));
    },
  ),
  operation(
    'issues/create-comment',
    `POST ${repo}/issues/{issue_number}/comments`,
    'issues:write',
    (call) => {
      const item = itemOf(call);
      const one = addComment(call.scene(), item, needed(call, 'body'));
      return created(showComment(call.world, call.repository(), item, one));
    },
  ),
  operation(
    'issues/list-events',
    `GET ${repo}/issues/{issue_number}/events`,
    'issues:read',
    (call) =>
      paged(call, itemOf(call).events, (one) => showEvent(call.world, call.repository(), one)),
  ),
  operation(
    'issues/list-events-for-timeline',
    `GET ${repo}/issues/{issue_number}/timeline`,
    'issues:read',
    async (call) => paged(call, await timelineOf(call, itemOf(call)), (one) => one),
  ),
  operation(
    'issues/list-labels-on-issue',
    `GET ${repo}/issues/{issue_number}/labels`,
    'issues:read',
    (call) =>
      paged(call, showLabels(call.world, call.repository(), itemOf(call).labels), (one) => one),
  ),
  operation(
    'issues/add-labels',
    `POST ${repo}/issues/{issue_number}/labels`,
    'issues:write',
    (call) => {
      addLabels(call.scene(), itemOf(call), texts(call, 'labels') ?? []);
      return labelsOf(call, itemOf(call));
    },
  ),
  operation(
    'issues/set-labels',
    `PUT ${repo}/issues/{issue_number}/labels`,
    'issues:write',
    (call) => {
      setLabels(call.scene(), itemOf(call), texts(call, 'labels') ?? []);
      return labelsOf(call, itemOf(call));
    },
  ),
  operation(
    'issues/remove-all-labels',
    `DELETE ${repo}/issues/{issue_number}/labels`,
    'issues:write',
    (call) => {
      setLabels(call.scene(), itemOf(call), []);
      return noContent;
    },
  ),
  operation(
    'issues/remove-label',
    `DELETE ${repo}/issues/{issue_number}/labels/{+name}`,
    'issues:write',
    (call) => {
      removeLabel(call.scene(), itemOf(call), call.params['name'] ?? '');
      return labelsOf(call, itemOf(call));
    },
  ),
  operation(
    'issues/add-assignees',
    `POST ${repo}/issues/{issue_number}/assignees`,
    'issues:write',
    (call) => {
      const item = itemOf(call);
      const logins = item.assignees.map(({ login }) => login);
      // Whoever cannot be assigned is passed over without a word.
      const wanted = texts(call, 'assignees') ?? [];
      const added = wanted.filter((login) => isAssignable(call.repository(), login));
      setAssignees(call.scene(), item, [...logins, ...added]);
      return created(shown(call, item));
    },
  ),
  operation(
    'issues/remove-assignees',
    `DELETE ${repo}/issues/{issue_number}/assignees`,
    'issues:write',
    (call) => {
      const item = itemOf(call);
      const removed = new Set(texts(call, 'assignees') ?? []);
      const logins = item.assignees.map(({ login }) => login);
      setAssignees(
        call.scene(),
        item,
        logins.filter((login) => !removed.has(login)),
      );
      return ok(shown(call, item));
    },
  ),
  operation('issues/lock', `PUT ${repo}/issues/{issue_number}/lock`, 'issues:write', (call) => {
    const item = itemOf(call);
    item.isLocked = true;
    item.lockReason = text(call, 'lock_reason') ?? null;
    record(call.scene(), item, 'locked', { lock_reason: item.lockReason });
    tellItem(call.scene(), item, 'locked');
    return noContent;
  }),
  operation(
    'issues/unlock',
    `DELETE ${repo}/issues/{issue_number}/lock`,
    'issues:write',
    (call) => {
      const item = itemOf(call);
      item.isLocked = false;
      item.lockReason = null;
      record(call.scene(), item, 'unlocked', { lock_reason: null });
      tellItem(call.scene(), item, 'unlocked');
      return noContent;
    },
  ),
];

/** Issues, comments, labels, milestones, events as REST shows them. */
import { timeText, timeTextOrNull } from '../clock.js';
import { nodeId } from '../node-id.js';
import type {
  Account,
  Comment,
  Item,
  Label,
  Milestone,
  Repository,
  TimelineEvent,
} from '../state.js';
import type { World } from '../world.js';
import { showAccount, showAccountOrNull, showAppOrNull } from './account.js';
import { apiUrl, htmlUrl } from './repository.js';

export function association(repository: Repository, account: Account): string {
  if (account.login === repository.owner.login) return 'OWNER';
  return repository.collaborators.has(account.login.toLowerCase()) ? 'COLLABORATOR' : 'NONE';
}

function showReactions(url: string) {
  return {
    url: `${url}/reactions`,
    total_count: 0,
    '+1': 0,
    '-1': 0,
    laugh: 0,
    hooray: 0,
    confused: 0,
    heart: 0,
    rocket: 0,
    eyes: 0,
  };
}

export function showLabel(world: World, repository: Repository, label: Label) {
  return {
    id: label.id,
    node_id: nodeId('LA', repository.id, label.id),
    url: `${apiUrl(world, repository)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: false,
    description: label.description,
  };
}

export function showLabels(world: World, repository: Repository, names: readonly string[]) {
  return names.flatMap((name) => {
    const label = repository.labels.get(name.toLowerCase());
    return label === undefined ? [] : [showLabel(world, repository, label)];
  });
}

export function showMilestone(world: World, repository: Repository, one: Milestone) {
  const url = `${apiUrl(world, repository)}/milestones/${one.number}`;
  const inside = [...repository.items.values()].filter((item) => item.milestone === one.number);
  const open = inside.filter(({ state }) => state === 'open').length;
  return {
    url,
    html_url: `${htmlUrl(world, repository)}/milestone/${one.number}`,
    labels_url: `${url}/labels`,
    id: one.id,
    node_id: nodeId('MI', repository.id, one.number),
    number: one.number,
    title: one.title,
    description: one.description,
    creator: showAccount(world, one.creator),
    open_issues: open,
    closed_issues: inside.length - open,
    state: one.state,
    created_at: timeText(one.createdAtMs),
    updated_at: timeText(one.updatedAtMs),
    due_on: timeTextOrNull(one.dueAtMs),
    closed_at: timeTextOrNull(one.closedAtMs),
  };
}

function showMilestoneOf(world: World, repository: Repository, item: Item) {
  const found = item.milestone === null ? undefined : repository.milestones.get(item.milestone);
  return found === undefined ? null : showMilestone(world, repository, found);
}

export function itemNodeId(repository: Repository, item: Item): string {
  return nodeId(item.pull === null ? 'I' : 'PR', repository.id, item.number);
}

/** What issues and pull requests show alike. */
export function showItemParts(world: World, repository: Repository, item: Item) {
  const api = apiUrl(world, repository);
  const html = htmlUrl(world, repository);
  return {
    id: item.id,
    node_id: itemNodeId(repository, item),
    html_url: `${html}/${item.pull === null ? 'issues' : 'pull'}/${item.number}`,
    comments_url: `${api}/issues/${item.number}/comments`,
    number: item.number,
    title: item.title,
    user: showAccount(world, item.author),
    labels: showLabels(world, repository, item.labels),
    state: item.state,
    locked: item.isLocked,
    assignee: showAccountOrNull(world, item.assignees[0] ?? null),
    assignees: item.assignees.map((one) => showAccount(world, one)),
    milestone: showMilestoneOf(world, repository, item),
    created_at: timeText(item.createdAtMs),
    updated_at: timeText(item.updatedAtMs),
    closed_at: timeTextOrNull(item.closedAtMs),
    author_association: association(repository, item.author),
    active_lock_reason: item.lockReason,
    body: item.body,
  };
}

export function showIssue(world: World, repository: Repository, item: Item) {
  const url = `${apiUrl(world, repository)}/issues/${item.number}`;
  const html = htmlUrl(world, repository);
  const { pull } = item;
  return {
    ...showItemParts(world, repository, item),
    url,
    repository_url: apiUrl(world, repository),
    labels_url: `${url}/labels{/name}`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    comments: item.comments.length,
    performed_via_github_app: showAppOrNull(world, item.app),
    reactions: showReactions(url),
    state_reason: item.stateReason,
    closed_by: showAccountOrNull(world, item.closedBy),
    ...(pull === null
      ? {}
      : {
          draft: pull.isDraft,
          pull_request: {
            url: `${apiUrl(world, repository)}/pulls/${item.number}`,
            html_url: `${html}/pull/${item.number}`,
            diff_url: `${html}/pull/${item.number}.diff`,
            patch_url: `${html}/pull/${item.number}.patch`,
            merged_at: timeTextOrNull(pull.mergedAtMs),
          },
        }),
  };
}

export function showComment(world: World, repository: Repository, item: Item, one: Comment) {
  const api = apiUrl(world, repository);
  const url = `${api}/issues/comments/${one.id}`;
  const kind = item.pull === null ? 'issues' : 'pull';
  return {
    url,
    html_url: `${htmlUrl(world, repository)}/${kind}/${item.number}#issuecomment-${one.id}`,
    issue_url: `${api}/issues/${item.number}`,
    id: one.id,
    node_id: nodeId('IC', repository.id, item.number, one.id),
    user: showAccount(world, one.author),
    created_at: timeText(one.createdAtMs),
    updated_at: timeText(one.updatedAtMs),
    author_association: association(repository, one.author),
    body: one.body,
    reactions: showReactions(url),
    performed_via_github_app: showAppOrNull(world, one.app),
  };
}

/** An entry of `/events`: what happened to the item, without its comments and commits. */
export function showEvent(world: World, repository: Repository, one: TimelineEvent) {
  return {
    id: one.id,
    node_id: nodeId('EV', repository.id, one.item, one.id),
    url: `${apiUrl(world, repository)}/issues/events/${one.id}`,
    actor: showAccount(world, one.actor),
    event: one.event,
    commit_id: one.commitSha,
    commit_url:
      one.commitSha === null ? null : `${apiUrl(world, repository)}/commits/${one.commitSha}`,
    created_at: timeText(one.atMs),
    performed_via_github_app: showAppOrNull(world, one.app),
    ...one.more,
  };
}

/** Repositories as REST shows them: in lists, whole, and inside webhooks. */
import { timeText } from '../clock.js';
import { nodeId } from '../node-id.js';
import type { Repository } from '../state.js';
import type { World } from '../world.js';
import { showAccount } from './account.js';

/** Where its operations are. */
export function apiUrl(world: World, repository: Repository): string {
  return `${world.url}/repos/${repository.owner.login}/${repository.name}`;
}

/** Where a person looks at it. */
export function htmlUrl(world: World, repository: Repository): string {
  return `${world.url}/${repository.owner.login}/${repository.name}`;
}

const templates: Readonly<Record<string, string>> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};

export function showMinimalRepository(world: World, repository: Repository) {
  const url = apiUrl(world, repository);
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: `${repository.owner.login}/${repository.name}`,
    private: repository.isPrivate,
    owner: showAccount(world, repository.owner),
    html_url: htmlUrl(world, repository),
    description: repository.description,
    fork: false,
    url,
    ...(Object.fromEntries(
      Object.entries(templates).map(([key, path]) => [key, url + path]),
    ) as Record<string, string>),
  };
}

export function showRepository(world: World, repository: Repository) {
  const openIssues = [...repository.items.values()].filter(({ state }) => state === 'open').length;
  const html = htmlUrl(world, repository);
  return {
    ...showMinimalRepository(world, repository),
    created_at: timeText(repository.createdAtMs),
    updated_at: timeText(repository.updatedAtMs),
    pushed_at: timeText(repository.pushedAtMs),
    git_url: `git:${html.slice(html.indexOf('//'))}.git`,
    ssh_url: `git@github.com:${repository.owner.login}/${repository.name}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    homepage: null,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: repository.hasIssues,
    has_projects: true,
    has_downloads: true,
    has_wiki: true,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: repository.isArchived,
    disabled: false,
    open_issues_count: openIssues,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.isPrivate ? 'private' : 'public',
    forks: 0,
    open_issues: openIssues,
    watchers: 0,
    default_branch: repository.defaultBranch,
  };
}

export function showFullRepository(world: World, repository: Repository) {
  const { mergeMethods } = repository;
  return {
    ...showRepository(world, repository),
    temp_clone_token: null,
    network_count: 0,
    subscribers_count: 0,
    allow_squash_merge: mergeMethods.squash,
    allow_merge_commit: mergeMethods.merge,
    allow_rebase_merge: mergeMethods.rebase,
    allow_auto_merge: repository.allowsAutoMerge,
    delete_branch_on_merge: repository.deletesBranchOnMerge,
    allow_update_branch: false,
    permissions: { admin: true, maintain: true, push: true, triage: true, pull: true },
  };
}

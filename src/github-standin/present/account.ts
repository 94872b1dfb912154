/** Accounts and apps as REST shows them. */
import { timeText } from '../clock.js';
import { nodeId } from '../node-id.js';
import type { Account, App, Installation } from '../state.js';
import type { World } from '../world.js';

export function showAccount(world: World, account: Account) {
  const url = `${world.url}/users/${encodeURIComponent(account.login)}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId('U', account.id),
    avatar_url: `${world.url}/avatars/${account.id}`,
    gravatar_id: '',
    url,
    html_url: `${world.url}/${encodeURIComponent(account.login)}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.type,
    user_view_type: 'public',
    site_admin: false,
  };
}

export function showAccountOrNull(world: World, account: Account | null) {
  return account === null ? null : showAccount(world, account);
}

/** A user's own page of itself. */
export function showFullAccount(world: World, account: Account, atMs: number) {
  return {
    ...showAccount(world, account),
    name: account.name,
    company: null,
    blog: '',
    location: null,
    email: account.email,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: timeText(atMs),
    updated_at: timeText(atMs),
  };
}

const everyEvent = [
  'check_run',
  'create',
  'delete',
  'deployment',
  'deployment_status',
  'issue_comment',
  'issues',
  'label',
  'milestone',
  'pull_request',
  'pull_request_review',
  'push',
  'repository',
  'status',
];

const eventsOf = ({ hook }: App) =>
  hook?.events.includes('*') ? everyEvent : (hook?.events ?? []);

export function showApp(world: World, app: App) {
  return {
    id: app.id,
    client_id: app.clientId,
    slug: app.slug,
    node_id: nodeId('A', app.id),
    owner: showAccount(world, app.owner),
    name: app.name,
    description: '',
    external_url: `${world.url}/apps/${app.slug}`,
    html_url: `${world.url}/apps/${app.slug}`,
    created_at: timeText(app.createdAtMs),
    updated_at: timeText(app.createdAtMs),
    permissions: app.permissions,
    events: eventsOf(app),
  };
}

export function showAppOrNull(world: World, app: App | null) {
  return app === null ? null : showApp(world, app);
}

export function showInstallation(world: World, one: Installation) {
  return {
    id: one.id,
    account: showAccount(world, one.account),
    repository_selection: 'all',
    access_tokens_url: `${world.url}/app/installations/${one.id}/access_tokens`,
    repositories_url: `${world.url}/installation/repositories`,
    html_url: `${world.url}/settings/installations/${one.id}`,
    app_id: one.app.id,
    client_id: one.app.clientId,
    app_slug: one.app.slug,
    target_id: one.account.id,
    target_type: one.account.type,
    permissions: one.permissions,
    events: eventsOf(one.app),
    created_at: timeText(one.createdAtMs),
    updated_at: timeText(one.createdAtMs),
    single_file_name: null,
    suspended_by: null,
    suspended_at: null,
  };
}

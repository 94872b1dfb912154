/** GitHub as the code host: all ports over one client. */
import type { CodeHost } from '../../ports/code-host/code-host.js';
import { createGithubChecks } from './checks.js';
import { createGithubClient, type GithubClientOptions } from './client.js';
import { createGithubContents } from './contents.js';
import { createGithubDeliveries } from './deliveries.js';
import { createGithubDeployments } from './deployments.js';
import { createGithubItems } from './items.js';
import { createGithubProtection } from './protection.js';
import { createGithubPulls } from './pulls.js';
import { createGithubRefs } from './refs.js';
import { createGithubSyncedIssues } from './synced-issues.js';

export type GithubOptions = GithubClientOptions;

export function createGithubCodeHost(options: GithubOptions): CodeHost {
  const client = createGithubClient(options);
  let login: Promise<string> | null = null;

  async function readLogin(): Promise<string> {
    const { apps, users } = client.self.rest;
    if (client.credentials.kind === 'token') return (await users.getAuthenticated()).data.login;
    return `${(await apps.getAuthenticated()).data?.slug ?? ''}[bot]`;
  }

  function ownLogin(): Promise<string> {
    login ??= readLogin();
    login.catch(() => {
      login = null;
    });
    return login;
  }

  return {
    refs: createGithubRefs(client),
    items: createGithubItems(client, ownLogin),
    syncedIssues: createGithubSyncedIssues(client, ownLogin),
    pulls: createGithubPulls(client),
    checks: createGithubChecks(client),
    deployments: createGithubDeployments(client),
    contents: createGithubContents(client),
    protection: createGithubProtection(client),
    deliveries: createGithubDeliveries(client),
    ownLogin,
  };
}

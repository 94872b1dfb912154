/** Whether the App was granted what its calls need, and what a person's token can do. */
import type { RestEndpointMethodTypes as Rest } from '@octokit/rest';
import type { Finding } from '../../domain/repository/finding.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { GithubClient } from './client.js';
import { allPermissions } from './grants.js';
import { readAll } from './pages.js';

type InstallationAnswer = Rest['apps']['listInstallations']['response']['data'][number];

export async function inspectInstallation(
  client: GithubClient,
  repositories: readonly RepositoryKey[],
): Promise<readonly Finding[]> {
  const { listInstallations } = client.self.rest.apps;
  const installations = await readAll(client.self, listInstallations, {}, (page) => page);
  const owners = [...new Set(repositories.map(({ owner }) => owner))];
  const ownerOf = ({ account }: InstallationAnswer) =>
    account !== null && 'login' in account ? account.login : '';
  const missing = owners
    .filter((owner) => !installations.some((one) => isSameName(ownerOf(one), owner)))
    .map(
      (owner): Finding => ({
        ...{ subject: `installation in ${owner}`, state: 'fault', seen: 'it is not installed' },
        next: `install the App for ${owner}: the App’s page, Install App`,
      }),
    );
  const wanted = installations.filter(
    (one) => owners.length === 0 || owners.some((owner) => isSameName(ownerOf(one), owner)),
  );
  if (installations.length === 0 && missing.length === 0) {
    const seen = 'the App is installed nowhere';
    return [{ subject: 'installation', state: 'fault', seen, next: 'the App’s page, Install App' }];
  }
  return [...missing, ...wanted.flatMap((one) => inspectOne(one, ownerOf(one)))];
}

function inspectOne(installation: InstallationAnswer, owner: string): readonly Finding[] {
  const { html_url: page, suspended_at: suspendedAt, permissions } = installation;
  if (suspendedAt !== null && suspendedAt !== undefined) {
    const subject = `installation in ${owner}`;
    const seen = `it is suspended since ${suspendedAt}`;
    return [{ subject, state: 'fault', seen, next: `unsuspend it: ${page}` }];
  }
  const has: Readonly<Record<string, string | undefined>> = permissions;
  return [...allPermissions()].map(([name, { access, isNeeded, why }]): Finding => {
    const subject = `permission ${name}: ${access} in ${owner}`;
    const given = has[name];
    if (given === access || given === 'write' || given === 'admin') {
      return { subject, state: 'ok', seen: given };
    }
    return {
      ...{ subject, state: isNeeded ? 'fault' : 'warning' },
      seen: `${given ?? 'none'}; without it nobody ${why.join(', ')}`,
      next: `set ${name} to ${access} in the App’s Permissions & events, then accept it: ${page}`,
    };
  });
}

/** A classic token tells its scopes; a fine-grained one tells nothing, and is seen by what it may read. */
export async function inspectScopes(client: GithubClient): Promise<readonly Finding[]> {
  const { headers } = await client.self.rest.users.getAuthenticated();
  const said = headers['x-oauth-scopes'];
  const trial: Finding = {
    ...{ subject: 'form', state: 'warning' },
    seen: 'a personal access token: no check runs, no log of deliveries, and the rights of a person',
    next: 'set up a GitHub App: docs/github.md',
  };
  if (said === undefined || said === '') return [trial];
  const scopes = said.split(',').map((scope) => scope.trim());
  const needed: readonly (readonly [string, Finding['state'], string])[] = [
    ['repo', 'fault', 'reads and writes private repositories'],
    ['workflow', 'warning', 'moves branches whose commits change workflows'],
  ];
  return [
    trial,
    ...needed.map(([scope, state, why]): Finding => {
      const subject = `scope ${scope}`;
      if (scopes.includes(scope)) return { subject, state: 'ok', seen: 'granted' };
      const seen = `none; without it nobody ${why}`;
      return {
        subject,
        state,
        seen,
        next: `give the token the scope ${scope}: https://github.com/settings/tokens`,
      };
    }),
  ];
}

function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

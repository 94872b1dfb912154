/** Apps, their installations and tokens; limits, and what the API says of itself. */
import { installationToken } from '../auth.js';
import { timeText } from '../clock.js';
import type { Meter } from '../limits.js';
import { notFound } from '../problem.js';
import { showApp, showInstallation } from '../present/account.js';
import { showRepository } from '../present/repository.js';
import type { App, Installation } from '../state.js';
import { type Call, created, numberParam, ok, type Operation, operation, paged } from './call.js';

const ofApp = (id: string, route: string, handle: Operation['handle']): Operation => ({
  ...operation(id, route, null, handle),
  isOfApp: true,
});

function appOf(call: Call): App {
  if (call.actor.app === null) throw notFound();
  return call.actor.app;
}

const installations = (call: Call): Installation[] =>
  [...call.world.installations.values()].filter(({ app }) => app.id === appOf(call).id);

function one(found: Installation | undefined): Installation {
  if (found === undefined) throw notFound();
  return found;
}

const byOwner = (call: Call, login: string) =>
  one(
    installations(call).find(({ account }) => account.login.toLowerCase() === login.toLowerCase()),
  );

export function appOperations(meter: Meter): readonly Operation[] {
  return [
    ofApp('apps/get-authenticated', 'GET /app', (call) =>
      ok({ ...showApp(call.world, appOf(call)), installations_count: installations(call).length }),
    ),
    ofApp('apps/list-installations', 'GET /app/installations', (call) =>
      paged(call, installations(call), (each) => showInstallation(call.world, each)),
    ),
    ofApp('apps/get-installation', 'GET /app/installations/{installation_id}', (call) => {
      const id = numberParam(call, 'installation_id');
      return ok(
        showInstallation(call.world, one(installations(call).find((each) => each.id === id))),
      );
    }),
    ofApp(
      'apps/create-installation-access-token',
      'POST /app/installations/{installation_id}/access_tokens',
      (call) => {
        const id = numberParam(call, 'installation_id');
        const installation = one(installations(call).find((each) => each.id === id));
        const wanted = (call.body['permissions'] ?? null) as Installation['permissions'] | null;
        const { token, expiresAtMs, permissions } = installationToken(
          call.world,
          installation,
          wanted,
        );
        const names = call.body['repositories'] as string[] | undefined;
        return created({
          token,
          expires_at: timeText(expiresAtMs),
          permissions,
          repository_selection: names === undefined ? 'all' : 'selected',
          ...(names === undefined
            ? {}
            : {
                repositories: names.map((name) =>
                  showRepository(
                    call.world,
                    call.world.repository(installation.account.login, name),
                  ),
                ),
              }),
        });
      },
    ),
    ofApp('apps/get-repo-installation', 'GET /repos/{owner}/{repo}/installation', (call) =>
      ok(showInstallation(call.world, byOwner(call, call.repository().owner.login))),
    ),
    ofApp('apps/get-org-installation', 'GET /orgs/{org}/installation', (call) =>
      ok(showInstallation(call.world, byOwner(call, call.params['org'] ?? ''))),
    ),
    ofApp('apps/get-user-installation', 'GET /users/{username}/installation', (call) =>
      ok(showInstallation(call.world, byOwner(call, call.params['username'] ?? ''))),
    ),
    operation(
      'apps/list-repos-accessible-to-installation',
      'GET /installation/repositories',
      null,
      (call) => {
        const owners = new Set(installations(call).map(({ account }) => account.id));
        const rows = [...call.world.repositories.values()].filter(({ owner }) =>
          owners.has(owner.id),
        );
        return paged(
          call,
          rows,
          (each) => showRepository(call.world, each),
          (repositories, total_count) => ({ total_count, repositories }),
        );
      },
    ),
    operation('rate-limit/get', 'GET /rate_limit', null, (call) => {
      const show = (resource: string) => {
        const { limit, used, resetS } = meter.look(call.actor.token, resource);
        return { limit, used, remaining: Math.max(0, limit - used), reset: resetS, resource };
      };
      const core = show('core');
      const resources = { core, search: show('search'), graphql: show('graphql') };
      return ok({ resources, rate: core });
    }),
    operation('meta/get', 'GET /meta', null, () =>
      ok({
        verifiable_password_authentication: false,
        hooks: ['127.0.0.0/8'],
        api: ['127.0.0.0/8'],
      }),
    ),
  ];
}

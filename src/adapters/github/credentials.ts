/** Who we are at GitHub: a token for each group of calls, as narrow as the group, or one that a person gave. */
import { createSign } from 'node:crypto';
import { createAppAuth } from '@octokit/auth-app';
import type { Octokit } from '@octokit/rest';
import { Failure } from '../../domain/failures.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import { type Grant, type GrantRule, grants } from './grants.js';

export type GithubIdentity =
  | {
      readonly kind: 'app';
      /** App or client id. */
      readonly id: number | string;
      /** PEM, read anew for every use. */
      readonly readPrivateKey: () => Promise<string>;
    }
  | {
      readonly kind: 'token';
      /** Read anew for every use. */
      readonly readToken: () => Promise<string>;
    };

/** For whom a call is made: a group of calls in a repository, or the App itself. */
export type Scope = { readonly repository: RepositoryKey; readonly grant: Grant } | 'self';

export interface Credentials {
  readonly kind: GithubIdentity['kind'];
  /** Value of the header `Authorization`. @throws Forbidden where the App is not installed, or lacks a permission */
  authorize(scope: Scope): Promise<string>;
  /** After it was refused: the next one is new. */
  forget(scope: Scope): void;
  /** The App's own id; null for a token. */
  readonly appId: number | string | null;
}

interface Installation {
  readonly id: number;
  readonly permissions: Readonly<Record<string, string>>;
}

/** GitHub takes ten minutes at most, and no token of the future. */
const jwtMs = { before: 30_000, after: 9 * 60_000 };

/**
 * @param send without authorization of its own, failures already those of this project
 * @param nowThere by GitHub's clock as far as it is known, epoch milliseconds
 */
export function createCredentials(
  identity: GithubIdentity,
  send: Octokit,
  nowThere: () => number,
): Credentials {
  if (identity.kind === 'token') {
    return {
      kind: 'token',
      appId: null,
      authorize: async () => `token ${await identity.readToken()}`,
      forget() {},
    };
  }
  const { id, readPrivateKey } = identity;
  const installations = new Map<string, Promise<Installation>>();
  const refreshed = new Set<string>();
  const log = { warn() {} } as unknown as Console;
  const auth = createAppAuth({ appId: id, createJwt, request: send.request, log });

  async function createJwt() {
    const privateKey = await readPrivateKey();
    const iat = Math.floor((nowThere() - jwtMs.before) / 1000);
    const exp = Math.floor((nowThere() + jwtMs.after) / 1000);
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const text = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ iat, exp, iss: id })}`;
    try {
      const signature = createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url');
      return { jwt: `${text}.${signature}`, expiresAt: new Date(exp * 1000).toISOString() };
    } catch {
      // What the library says could quote the key.
      throw new Failure('Unavailable', 'the private key of the GitHub App cannot sign', {
        where: 'github.app.privateKey',
        ...{ retryAfterMs: 60_000, next: 'write the PEM that GitHub gave for this App there' },
      });
    }
  }

  async function asApp(): Promise<string> {
    const { jwt } = await createJwt();
    return `bearer ${jwt}`;
  }

  /** The first answer tells GitHub's clock, and with it a token that it takes. */
  async function again<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      const isRefused = error instanceof Failure && error.details.seen === 401;
      if (!isRefused) throw error;
      return ask();
    }
  }

  function installationOf(repository: RepositoryKey): Promise<Installation> {
    const owner = repository.owner.toLowerCase();
    const known = installations.get(owner);
    if (known !== undefined) return known;
    const found = findInstallation(repository);
    installations.set(owner, found);
    found.catch(() => installations.delete(owner));
    return found;
  }

  async function findInstallation(repository: RepositoryKey): Promise<Installation> {
    try {
      const { data } = await again(async () =>
        send.rest.apps.getRepoInstallation({
          ...{ owner: repository.owner, repo: repository.name },
          headers: { authorization: await asApp() },
        }),
      );
      return { id: data.id, permissions: data.permissions };
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'NotFound') throw error;
      const path = repositoryPath(repository);
      throw new Failure('Forbidden', `the GitHub App is not installed on ${path}`, {
        ...{ where: path, next: 'install it there: the App’s page, Install App' },
      });
    }
  }

  return {
    kind: 'app',
    appId: id,
    async authorize(scope) {
      if (scope === 'self') return asApp();
      const installation = await installationOf(scope.repository);
      const { needs, uses = {} }: GrantRule = grants[scope.grant];
      const optional = Object.entries(uses).filter(
        ([name]) => installation.permissions[name] !== undefined,
      );
      const isRefused = refreshed.delete(`${installation.id} ${scope.grant}`);
      try {
        const { token } = await again(() =>
          auth({
            ...{ type: 'installation', installationId: installation.id },
            permissions: { ...needs, ...Object.fromEntries(optional) },
            ...(isRefused && { refresh: true }),
          }),
        );
        return `token ${token}`;
      } catch (error) {
        // It may have been taken away and given anew.
        installations.delete(scope.repository.owner.toLowerCase());
        throw withoutGrant(error, scope, needs);
      }
    },
    forget(scope) {
      if (scope === 'self') return;
      const owner = scope.repository.owner.toLowerCase();
      installations
        .get(owner)
        ?.then(({ id: installation }) => refreshed.add(`${installation} ${scope.grant}`))
        .catch(() => {});
    },
  };
}

function withoutGrant(
  error: unknown,
  { repository, grant }: Exclude<Scope, 'self'>,
  needs: GrantRule['needs'],
): unknown {
  if (!(error instanceof Failure)) {
    return new Failure('Unavailable', 'no token could be made for the GitHub App', {
      where: repositoryPath(repository),
    });
  }
  if (error.code !== 'InvalidInput' && error.code !== 'Forbidden') return error;
  const wanted = Object.entries(needs).map(([name, access]) => `${name}: ${access}`);
  return new Failure(
    'Forbidden',
    `the GitHub App may not do this in ${repositoryPath(repository)}: ${error.message}`,
    {
      ...{ where: repositoryPath(repository), limit: `needs ${wanted.join(', ')}` },
      next: `grant it to the App and accept it for ${repository.owner} (${grants[grant].why}); then: sluice doctor github`,
    },
  );
}

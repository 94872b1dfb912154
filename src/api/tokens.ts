/** Knows the bearer of a request by its token; the file is read again when it changes. */
import { timingSafeEqual } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { Request } from 'express';
import { hashToken, readTokenFile, type StoredToken } from '../config/token-file.js';
import { type TokenScope } from '../domain/access/scope.js';
import { Failure } from '../domain/failures.js';
import { environmentOfPath } from '../domain/names.js';
import type { ShortTokens } from '../ports/short-tokens.js';

/** Who asks, and what that token may do. */
export interface Bearer {
  readonly tokenId: string;
  readonly owner: string;
  readonly scopes: readonly TokenScope[];
  /** Null: everywhere. */
  readonly environments: readonly string[] | null;
  /** Null: all of them, and what belongs to none, such as repositories. */
  readonly services: readonly string[] | null;
}

export interface TokenBook {
  /** The bearer of the secret; Unauthenticated when it is unknown or expired. */
  identify(secret: string): Promise<Bearer>;
}

/** Knows the bearers of short tokens, too. */
export function withShortTokens(
  book: TokenBook,
  shortTokens: Pick<ShortTokens, 'read'>,
): TokenBook {
  return {
    identify: async (secret) => (await shortTokens.read(secret)) ?? (await book.identify(secret)),
  };
}

const recheckMs = 500;

/** `onBadFile` hears of a changed file that is not valid; the tokens read before stay in force. */
export async function openTokenBook(options: {
  readonly path: string;
  readonly clock: () => number;
  readonly onBadFile: (error: unknown) => void;
}): Promise<TokenBook> {
  let tokens = await readTokenFile(options.path);
  let stamp = await stampOf(options.path);
  let checkedAtMs = options.clock();

  async function refresh(): Promise<void> {
    if (options.clock() - checkedAtMs < recheckMs) return;
    checkedAtMs = options.clock();
    try {
      const now = await stampOf(options.path);
      if (now === stamp) return;
      stamp = now;
      tokens = await readTokenFile(options.path);
    } catch (error) {
      options.onBadFile(error);
    }
  }

  return {
    async identify(secret) {
      await refresh();
      return identifyIn(tokens, secret, options.clock());
    },
  };
}

async function stampOf(path: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path);
  return `${ino}:${mtimeMs}:${size}`;
}

/** What stands in `Authorization: Bearer <secret>`; undefined where nothing of that form does. */
export function bearerSecret(request: Request): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '')?.[1];
}

/** Compares with every token in constant time, so that timing tells nothing about which one is near. */
export function identifyIn(tokens: readonly StoredToken[], secret: string, nowMs: number): Bearer {
  const given = Buffer.from(hashToken(secret), 'hex');
  let found: StoredToken | undefined;
  for (const token of tokens) {
    if (timingSafeEqual(Buffer.from(token.sha256, 'hex'), given)) found = token;
  }
  if (found === undefined) {
    throw new Failure('Unauthenticated', 'The token is not known here', {
      next: 'ask for a token: sluice token create --owner <name> --scopes read,release',
    });
  }
  if (Date.parse(found.expiresAt) <= nowMs) {
    throw new Failure('Unauthenticated', 'The token has expired', {
      seen: new Date(nowMs).toISOString(),
      limit: found.expiresAt,
      next: 'ask for a new token: sluice token create --owner <name> --scopes read,release',
    });
  }
  return {
    tokenId: found.id,
    owner: found.owner,
    scopes: found.scopes,
    environments: found.environments ?? null,
    services: found.services ?? null,
  };
}

/** Forbidden unless the token has the scope, and the environment where it is limited to some. */
export function requireScope(bearer: Bearer, scope: TokenScope): void {
  if (bearer.scopes.includes(scope) || bearer.scopes.includes('admin')) return;
  throw new Failure('Forbidden', `The token of ${bearer.owner} lacks the scope ${scope}`, {
    seen: bearer.scopes.join(' '),
    limit: scope,
    next: `sluice token create --owner "${bearer.owner}" --scopes ${[...bearer.scopes, scope].join(',')}`,
  });
}

export function requireEnvironment(bearer: Bearer, environment: string): void {
  if (bearer.environments === null || bearer.environments.includes(environmentOfPath(environment)))
    return;
  throw new Failure('Forbidden', `The token of ${bearer.owner} is not for ${environment}`, {
    seen: environment,
    limit: bearer.environments.join(' '),
    next: `use a token that is for ${environment}`,
  });
}

/** Forbidden unless the token is for the service; null is what belongs to no service. Says nothing of what there is. */
export function requireService(bearer: Bearer, service: string | null): void {
  const { services, owner } = bearer;
  if (services === null || (service !== null && services.includes(service))) return;
  throw new Failure('Forbidden', `The token of ${owner} is not for ${service ?? 'this'}`, {
    ...(service === null ? {} : { seen: service }),
    limit: services.join(' '),
    next: `use a token that is for ${service ?? 'all services'}: sluice token list`,
  });
}

/** Who a request is from: a person's token, an installation's token, or an app by its JWT. */
import { createHmac, createPublicKey, randomBytes, verify } from 'node:crypto';
import { forbidden, Problem } from './problem.js';
import type { Actor, App, Installation } from './state.js';
import type { World } from './world.js';

const hourMs = 3_600_000;

export function addToken(world: World, login: string, token: string): void {
  const account = world.account(login);
  world.tokens.set(token, {
    actor: { account, app: null, permissions: null, token },
    expiresAtMs: null,
  });
}

/** @throws Problem 401 */
export function actorOf(world: World, authorization: string | undefined): Actor {
  const [scheme = '', token = ''] = (authorization ?? '').split(' ');
  if (token === '' || !/^(token|bearer)$/i.test(scheme)) {
    throw new Problem(
      401,
      authorization === undefined ? 'Requires authentication' : 'Bad credentials',
    );
  }
  const known = world.tokens.get(token);
  if (known !== undefined) {
    const { actor, expiresAtMs } = known;
    if (expiresAtMs !== null && expiresAtMs <= world.clock.now()) {
      throw new Problem(401, 'Bad credentials');
    }
    return actor;
  }
  if (token.split('.').length === 3) {
    const app = appOf(world, token);
    return { account: app.bot, app, permissions: {}, token: `app ${app.id}` };
  }
  throw new Problem(401, 'Bad credentials');
}

/** Checks signature, issuer and times of an app's JWT. @throws Problem 401 */
function appOf(world: World, jwt: string): App {
  const [head = '', body = '', signature = ''] = jwt.split('.');
  const said = (text: string) => new Problem(401, text);
  let claims: { iss?: unknown; iat?: unknown; exp?: unknown };
  try {
    claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as typeof claims;
  } catch {
    throw said('A JSON web token could not be decoded');
  }
  const app = [...world.apps.values()].find(
    ({ id, clientId }) => String(id) === String(claims.iss) || clientId === claims.iss,
  );
  if (app === undefined) throw said("'Issuer' claim ('iss') must be an Integer");
  const key = createPublicKey(app.publicKey);
  const isSigned = verify(
    'RSA-SHA256',
    Buffer.from(`${head}.${body}`),
    key,
    Buffer.from(signature, 'base64url'),
  );
  if (!isSigned) throw said('A JSON web token could not be decoded');
  const iat = Number(claims.iat);
  const exp = Number(claims.exp);
  // While ours stands elsewhere, one may sign by the machine's time, or by ours as our answers tell it.
  const clocks = world.clock.isSet() ? [Date.now(), world.clock.now()] : [world.clock.now()];
  const [nowMs = 0] = clocks.sort((a, b) => Math.abs(a - iat * 1000) - Math.abs(b - iat * 1000));
  const nowS = nowMs / 1000;
  if (!(exp > nowS))
    throw said(
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  if (exp - nowS > 660) throw said("'Expiration time' claim ('exp') is too far in the future");
  if (iat > nowS + 60)
    throw said(
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  return app;
}

/** Good for an hour; may be narrowed to fewer permissions. */
export function installationToken(
  world: World,
  installation: Installation,
  wanted: Readonly<Record<string, 'read' | 'write' | 'admin'>> | null,
) {
  const granted = installation.permissions;
  for (const [name, level] of Object.entries(wanted ?? {})) {
    if (!covers(granted[name], level)) {
      throw new Problem(422, 'The permissions requested are not granted to this installation.');
    }
  }
  const permissions = wanted ?? granted;
  const token = `ghs_${randomBytes(18).toString('hex')}`;
  const expiresAtMs = world.clock.now() + hourMs;
  world.tokens.set(token, {
    actor: { account: installation.app.bot, app: installation.app, permissions, token },
    expiresAtMs,
  });
  return { token, expiresAtMs, permissions };
}

const ranks: Readonly<Record<string, number>> = { read: 1, write: 2, admin: 3 };
const covers = (has: string | undefined, needs: string) =>
  (ranks[has ?? ''] ?? 0) >= (ranks[needs] ?? 0);

/** @param needs `contents:write` @throws Problem 403 naming what would do */
export function demand(actor: Actor, needs: string | undefined): void {
  if (needs === undefined || actor.permissions === null) return;
  const [name = '', level = ''] = needs.split(':');
  if (name === 'metadata' && level === 'read') return;
  // What is asked of an issue may also be granted for pull requests, which are issues.
  const names = name === 'issues' ? ['issues', 'pull_requests'] : [name];
  if (names.some((one) => covers(actor.permissions?.[one], level))) return;
  throw forbidden('Resource not accessible by integration', {
    'x-accepted-github-permissions': names.map((one) => `${one}=${level}`).join('; '),
  });
}

/** Tells tokens apart without keeping them. */
export function fingerprint(token: string): string {
  return createHmac('sha256', 'standin').update(token).digest('hex').slice(0, 16);
}

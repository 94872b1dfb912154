/** Who may do what, for every operation that is described: each kind of token against each, and nothing is served beside. */
import assert from 'node:assert/strict';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { createApp } from '../../../src/api/app.js';
import { defaultLimits } from '../../../src/api/limits.js';
import { describeApi } from '../../../src/api/openapi.js';
import { identifyIn } from '../../../src/api/tokens.js';
import { hashToken, type StoredToken } from '../../../src/config/token-file.js';
import { type TokenScope, tokenScopes } from '../../../src/domain/access/scope.js';
import { type ApiUnderTest, digestA, serveApi } from '../../support/api-under-test.js';

const nothing = async () => {
  throw new WorkflowNotFoundError('', 'x', '');
};
const nobody = {
  withDeadline: (_deadline: number, ask: () => Promise<unknown>) => ask(),
  workflow: {
    getHandle: () => ({ query: nothing, describe: nothing, executeUpdate: nothing }),
    execute: nothing,
    start: nothing,
  },
  workflowService: { listWorkflowExecutions: async () => ({ executions: [] }) },
  options: { namespace: 'default' },
} as unknown as Client;

const often = { read: 1e6, write: 1e6, rescue: 1e6 };
const limits = { ...defaultLimits, perMinute: often, atOnce: often };

function token(id: string, scopes: readonly TokenScope[], more: Partial<StoredToken> = {}) {
  const sha256 = hashToken(`slc_${id}`);
  const expiresAt = '2999-01-01T00:00:00Z';
  return { id, owner: id, sha256, scopes: [...scopes], expiresAt, ...more };
}

const stored: readonly StoredToken[] = [
  ...tokenScopes.map((scope) => token(scope, [scope])),
  token('late', ['admin'], { expiresAt: '2001-01-01T00:00:00Z' }),
  token('cart', ['admin'], { services: ['cart'] }),
  token('staging', ['admin'], { environments: ['staging'] }),
];

interface Described {
  readonly path: string;
  readonly method: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

const described: readonly Described[] = Object.entries(
  (
    JSON.parse(JSON.stringify(describeApi())) as {
      paths: Record<string, Record<string, Described>>;
    }
  ).paths,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { security }]) => ({ path, method, security })),
);

const scopeOf = ({ security }: Described) =>
  security.flatMap((each) => each.bearer ?? []).find((scope) => scope !== undefined);
const guarded = described.filter((each) => scopeOf(each) !== undefined);
const values: Readonly<Record<string, string>> = {
  ...{ service: 'checkout', version: '1.0.0', environment: 'production', n: '1', number: '1' },
  ...{ owner: 'acme', name: 'shop', branch: 'develop', base: 'main', command: 'pause' },
};
const placeOf = ({ path }: Described) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? 'x');
/** Who is about one service says so in its path; else only these look for it themselves. */
const looksItself = [
  ...['GET /v1/releases', 'GET /v1/rollouts', 'GET /v1/targets', 'GET /v1/me', 'POST /v1/alerts'],
];
const saysInBody = ['POST /v1/releases', 'POST /v1/plan'];

describe('authorisation', function () {
  this.timeout(60_000);
  let api: ApiUnderTest;
  before(async () => {
    const tokens = { identify: async (secret: string) => identifyIn(stored, secret, Date.now()) };
    api = await serveApi(nobody, { tokens, limits });
  });
  after(() => api.stop());
  const ask = async (each: Described, id: string | null) => {
    const secret = id === null ? null : `slc_${id}`;
    return (await api.call(each.method.toUpperCase(), placeOf(each), { token: secret })).status;
  };

  it('is described of every operation: a scope, or what does instead of a token', () => {
    assert.ok(guarded.length > 70, `${guarded.length} operations`);
    const open = described.filter((each) => !guarded.includes(each)).map(({ path }) => path);
    assert.deepEqual(open.sort(), [
      ...['/healthz', '/readyz', '/v1/tokens/github-actions', '/v1/webhooks/github'],
    ]);
    for (const each of guarded) assert.ok(tokenScopes.includes(scopeOf(each) as TokenScope));
  });

  it('serves nothing that is not described', () => {
    const app = createApp({ ...({} as Parameters<typeof createApp>[0]), limits });
    // What takes every method is what refuses all that are left.
    const routes = app.router.stack.flatMap(({ route }) => {
      const methods = new Set(route?.stack.map(({ method }) => method) ?? []);
      if (route === undefined || methods.size > 20) return [];
      return [...methods].map((method) => `${method} ${String(route.path)}`);
    });
    const known = new Set(
      described.map(({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    const pages = [
      ...['get /docs', 'get /openapi.json'],
      ...['get /ui', 'get /ui/main.js', 'get /ui/style.css', 'get /ui/icon.svg'],
    ];
    // Temporal's protocol, described by Temporal.
    const codec = ['post /codec/decode', 'post /codec/encode'];
    assert.deepEqual(
      routes.filter((name) => !known.has(name) && ![...pages, ...codec].includes(name)),
      [],
    );
    assert.equal(routes.length, known.size + pages.length + codec.length);
  });

  for (const id of [null, 'unknown', 'late']) {
    it(`lets nobody in with ${id ?? 'no'} token`, async () => {
      const statuses = await Promise.all(guarded.map((each) => ask(each, id)));
      assert.deepEqual([...new Set(statuses)], [401]);
    });
  }

  for (const scope of tokenScopes) {
    it(`lets ${scope} do what asks for it, and nothing else`, async () => {
      await Promise.all(
        guarded.map(async (each) => {
          const status = await ask(each, scope);
          const may = scope === 'admin' || scopeOf(each) === scope;
          const name = `${each.method} ${each.path}: ${status}`;
          if (may) assert.ok(status !== 401 && status !== 403, name);
          else assert.equal(status, 403, name);
        }),
      );
    });
  }

  it('keeps a token for one service from every other, from repositories, and from what is new', async () => {
    await Promise.all(
      guarded.map(async (each) => {
        const name = `${each.method.toUpperCase()} ${each.path}`;
        if (looksItself.includes(name) || saysInBody.includes(name)) return;
        assert.equal(await ask(each, 'cart'), 403, name);
      }),
    );
    const body = { service: 'checkout', version: '1.0.0', digest: digestA };
    for (const path of ['/v1/releases', '/v1/plan']) {
      const { status } = await api.call('POST', path, { token: 'slc_cart', body });
      assert.equal(status, 403, path);
    }
  });

  it('keeps a token for one environment from commands in every other', async () => {
    const commands = guarded.filter(
      ({ method, path }) => method === 'post' && path.includes('{environment}'),
    );
    assert.ok(commands.length > 8);
    for (const each of commands) {
      const answer = await api.call('POST', placeOf(each), {
        token: 'slc_staging',
        body: { reason: 'x' },
      });
      assert.equal(answer.status, 403, each.path);
    }
  });
});

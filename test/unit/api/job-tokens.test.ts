/** Jobs of GitHub Actions: a good token becomes a short one of ours, and nothing else does. */
import assert from 'node:assert/strict';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { generateKeyPair } from 'jose';
import { z } from 'zod';
import { createJobIdentity } from '../../../src/adapters/jwt/job-identity.js';
import { createShortTokens } from '../../../src/adapters/tickets/short-tokens.js';
import type { ApiDeps } from '../../../src/api/deps.js';
import { jobTokenSchema } from '../../../src/api/schemas/job-token.js';
import type { Problem } from '../../../src/api/schemas/problem.js';
import { identifyIn, withShortTokens } from '../../../src/api/tokens.js';
import type { JobRule } from '../../../src/domain/access/job.js';
import { requireMayApprove } from '../../../src/domain/release/approval.js';
import type { EnvironmentPlan } from '../../../src/domain/release/release.js';
import { type ApiUnderTest, digestA, serveApi } from '../../support/api-under-test.js';
import { audience, type JobIssuer, startJobIssuer } from '../../support/job-issuer.js';

const rule: JobRule = {
  repositoryId: '74',
  ownerId: '9',
  refs: ['refs/heads/main', 'refs/tags/v*'],
  events: ['push', 'workflow_dispatch'],
  githubEnvironments: ['release'],
  workflows: ['acme/ci/.github/workflows/release.yml@refs/heads/main'],
  services: ['checkout'],
  environments: ['staging'],
  scopes: ['read', 'release'],
  validForMs: 900_000,
};

const nobody = {
  withDeadline: (_deadline: number, ask: () => Promise<unknown>) => ask(),
  workflow: {
    getHandle: () => {
      const miss = async () => {
        throw new WorkflowNotFoundError('', 'x', '');
      };
      return { query: miss, describe: miss };
    },
  },
  options: { namespace: 'default' },
} as unknown as Client;

const path = '/v1/tokens/github-actions';
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const nowS = () => Math.floor(Date.now() / 1000);

describe('tokens of jobs', () => {
  let issuer: JobIssuer;
  let api: ApiUnderTest;
  let nowMs = () => Date.now();
  const serveJobs = async (more: Partial<ApiDeps> = {}) => {
    const clock = () => nowMs();
    const tokens = createShortTokens({ key: Buffer.alloc(32, 7), clock });
    return serveApi(nobody, {
      clock,
      tokens: withShortTokens(
        { identify: async (secret) => identifyIn([], secret, clock()) },
        tokens,
      ),
      jobs: {
        access: async () => ({ issuer: issuer.url, audience, rules: [rule] }),
        identity: createJobIdentity({ clock, fetch }),
        tokens,
      },
      ...more,
    });
  };
  before(async () => {
    issuer = await startJobIssuer();
    api = await serveJobs();
  });
  after(async () => {
    await api.stop();
    await issuer.stop();
  });
  beforeEach(() => {
    nowMs = () => Date.now();
    issuer.answer('well');
  });
  const exchange = (token: string | null, at = api) => at.call('POST', path, { token });

  it('are exchanged for one that is bound to the rule, and that the API then knows', async () => {
    const { status, body, headers } = await exchange(await issuer.sign());
    assert.equal(status, 201);
    assert.equal(headers.get('cache-control'), 'no-store');
    const { token, expiresAt, ...grant } = z.strictObject(jobTokenSchema.shape).parse(body);
    assert.deepEqual(grant, {
      owner: 'ann via acme/checkout',
      scopes: ['read', 'release'],
      services: ['checkout'],
      environments: ['staging'],
    });
    assert.ok(Math.abs(Date.parse(expiresAt) - Date.now() - 900_000) < 5000);
    const asked = async (method: string, place: string, sent?: object) =>
      (await api.call(method, place, { token, ...(sent ? { body: sent } : {}) })).status;
    assert.equal(await asked('GET', '/v1/releases/checkout/1.0.0'), 404);
    assert.equal(await asked('GET', '/v1/releases/cart/1.0.0'), 403);
    assert.equal(await asked('GET', '/v1/repositories/acme/shop'), 403);
    assert.equal(await asked('POST', '/v1/targets/checkout/staging/lock', { reason: 'x' }), 403);
    const release = { service: 'checkout', version: '1.0.0', digest: digestA, from: 'production' };
    assert.equal(await asked('POST', '/v1/releases', release), 403);
    const late = Date.now() + 901_000;
    nowMs = () => late;
    assert.equal(await asked('GET', '/v1/releases/checkout/1.0.0'), 401);
  });

  it('are no second person: who set the job off does not approve what it asked for', () => {
    const plan = { environment: 'production', approvals: { approvers: [] } };
    const approve = (actor: string) =>
      requireMayApprove(plan as unknown as EnvironmentPlan, [], actor, 'ann via acme/checkout');
    assert.throws(() => approve('ann'), { code: 'PolicyDenied' });
    assert.doesNotThrow(() => approve('bob'));
  });

  it('are good with a tag, and after the repository was renamed: the id is what counts', async () => {
    const tag = await exchange(await issuer.sign({ ref: 'refs/tags/v1.4.0' }));
    assert.equal(tag.status, 201);
    const renamed = await exchange(await issuer.sign({ repository: 'acme/till', sub: 'x' }));
    assert.equal((renamed.body as { owner: string }).owner, 'ann via acme/till');
  });

  it('read the keys once for many, and again when they are new', async () => {
    const own = await serveJobs();
    const before = issuer.reads();
    const tokens = await Promise.all(Array.from({ length: 20 }, () => issuer.sign()));
    const answers = await Promise.all(tokens.map((token) => exchange(token, own)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201]);
    assert.equal(issuer.reads() - before, 1);
    await own.stop();
  });

  it('are not refused when nobody can say whether they are good', async () => {
    for (const how of ['fails', 'nonsense'] as const) {
      const own = await serveJobs();
      issuer.answer(how);
      const { status, body, headers } = await exchange(await issuer.sign(), own);
      assert.deepEqual([status, (body as Problem).code], [503, 'Unavailable'], how);
      assert.ok(headers.get('retry-after'));
      issuer.answer('well');
      assert.equal((await exchange(await issuer.sign(), own)).status, 201);
      await own.stop();
    }
  });

  const past = () => nowS() - 3600;
  type Made = () => Promise<string | null> | string | null;
  const refused: readonly [name: string, status: 401 | 403, made: Made][] = [
    ['none at all', 401, () => null],
    ['no JWT', 401, () => 'abc'],
    ['two dots', 401, () => '..'],
    ['empty object', 401, () => `${base64({})}.${base64({})}.x`],
    ['alg none', 401, () => `${base64({ alg: 'none' })}.${base64(issuer.claims())}.`],
    ['alg None', 401, () => `${base64({ alg: 'None' })}.${base64(issuer.claims())}.`],
    [
      'alg none with a signature',
      401,
      async () =>
        `${base64({ alg: 'none' })}.${(await issuer.sign()).split('.').slice(1).join('.')}`,
    ],
    ['no alg', 401, () => `${base64({ typ: 'JWT' })}.${base64(issuer.claims())}.x`],
    [
      'another key',
      401,
      async () => issuer.sign({}, { key: (await generateKeyPair('RS256')).privateKey }),
    ],
    [
      'HMAC in place of RSA',
      401,
      () => issuer.sign({}, { header: { alg: 'HS256' }, key: new Uint8Array(32) }),
    ],
    [
      'RS512',
      401,
      async () =>
        issuer.sign(
          {},
          { header: { alg: 'RS512' }, key: (await generateKeyPair('RS512')).privateKey },
        ),
    ],
    [
      'PS256',
      401,
      async () =>
        issuer.sign(
          {},
          { header: { alg: 'PS256' }, key: (await generateKeyPair('PS256')).privateKey },
        ),
    ],
    [
      'ES256',
      401,
      async () =>
        issuer.sign(
          {},
          { header: { alg: 'ES256' }, key: (await generateKeyPair('ES256')).privateKey },
        ),
    ],
    [
      'a key of its own in the header',
      401,
      async () => issuer.sign({}, { header: { jwk: {}, kid: 'x' } }),
    ],
    [
      'keys from elsewhere',
      401,
      () => issuer.sign({}, { header: { jku: 'https://evil.test', kid: 'x' } }),
    ],
    ['unknown key', 401, () => issuer.sign({}, { header: { kid: 'key-0' } })],
    [
      'an extension that must be understood',
      401,
      () => issuer.sign({}, { header: { crit: ['x'], x: 1 } }).catch(() => 'a.b.c'),
    ],
    [
      'changed payload',
      401,
      async () =>
        changed(await issuer.sign(), { repository_id: '74', ref: 'refs/heads/main', x: 1 }),
    ],
    [
      'signature cut off',
      401,
      async () => (await issuer.sign()).split('.').slice(0, 2).join('.').concat('.'),
    ],
    ['signature shortened', 401, async () => (await issuer.sign()).slice(0, -8)],
    ['four parts', 401, async () => `${await issuer.sign()}.x`],
    ['expired', 401, () => issuer.sign({ exp: past() })],
    ['expired a minute ago', 401, () => issuer.sign({ exp: nowS() - 60 })],
    ['no expiry', 401, () => issuer.sign({ exp: undefined })],
    ['expiry as text', 401, () => issuer.sign({ exp: '2999' })],
    ['not yet', 401, () => issuer.sign({ nbf: nowS() + 600 })],
    ['no beginning', 401, () => issuer.sign({ nbf: undefined })],
    ['made in the future', 401, () => issuer.sign({ iat: nowS() + 600 })],
    [
      'made long ago, good for ever',
      401,
      () => issuer.sign({ iat: past(), nbf: past(), exp: nowS() + 9999 }),
    ],
    ['no moment it was made', 401, () => issuer.sign({ iat: undefined })],
    ['another issuer', 401, () => issuer.sign({ iss: 'https://token.actions.example.test' })],
    ['issuer with a path more', 401, () => issuer.sign({ iss: `${issuer.url}/acme` })],
    ['no issuer', 401, () => issuer.sign({ iss: undefined })],
    ['another audience', 401, () => issuer.sign({ aud: 'sts.amazonaws.com' })],
    ['audience with a slash more', 401, () => issuer.sign({ aud: `${audience}/` })],
    ['a list with the audience', 401, () => issuer.sign({ aud: [audience, 'sts.amazonaws.com'] })],
    ['a list of the audience alone', 401, () => issuer.sign({ aud: [audience] })],
    ['no audience', 401, () => issuer.sign({ aud: undefined })],
    ['no id of its own', 401, () => issuer.sign({ jti: undefined })],
    ['no repository id, but the right sub', 401, () => issuer.sign({ repository_id: undefined })],
    ['repository id as a number', 401, () => issuer.sign({ repository_id: 74 })],
    ['repository id with a space', 401, () => issuer.sign({ repository_id: '74 ' })],
    ['actor with a line break', 401, () => issuer.sign({ actor: 'ann\nbob' })],
    [
      'another repository',
      403,
      () => issuer.sign({ repository: 'acme/cart', repository_id: '75' }),
    ],
    ['a new repository under the old name', 403, () => issuer.sign({ repository_id: '99' })],
    [
      'the right sub, another repository id',
      403,
      () => issuer.sign({ repository_id: '99', sub: 'repo:acme/checkout:environment:release' }),
    ],
    [
      'a fork',
      403,
      () =>
        issuer.sign({
          repository: 'eve/checkout',
          repository_id: '800',
          repository_owner_id: '66',
        }),
    ],
    [
      'transferred to another owner',
      403,
      () => issuer.sign({ repository: 'eve/checkout', repository_owner_id: '66' }),
    ],
    [
      'a pull request',
      403,
      () => issuer.sign({ event_name: 'pull_request', ref: 'refs/pull/1/merge' }),
    ],
    ['a pull request’s ref with a push', 403, () => issuer.sign({ ref: 'refs/pull/1/merge' })],
    ['pull_request_target', 403, () => issuer.sign({ event_name: 'pull_request_target' })],
    ['a comment on an issue', 403, () => issuer.sign({ event_name: 'issue_comment' })],
    ['another branch', 403, () => issuer.sign({ ref: 'refs/heads/feature' })],
    ['a branch that begins alike', 403, () => issuer.sign({ ref: 'refs/heads/main2' })],
    ['a branch below', 403, () => issuer.sign({ ref: 'refs/heads/main/x' })],
    ['a branch named like a tag', 403, () => issuer.sign({ ref: 'refs/heads/refs/tags/v1' })],
    ['a tag with a segment more', 403, () => issuer.sign({ ref: 'refs/tags/v1/x' })],
    ['another environment', 403, () => issuer.sign({ environment: 'Release' })],
    ['no environment', 403, () => issuer.sign({ environment: undefined })],
    [
      'another workflow',
      403,
      () => issuer.sign({ job_workflow_ref: 'acme/ci/.github/workflows/x.yml@refs/heads/main' }),
    ],
    [
      'the workflow of another branch',
      403,
      () => issuer.sign({ job_workflow_ref: 'acme/ci/.github/workflows/release.yml@refs/heads/x' }),
    ],
    ['no workflow', 403, () => issuer.sign({ job_workflow_ref: undefined })],
  ];
  for (const [name, status, made] of refused) {
    it(`refuses ${name}`, async () => {
      const token = await made();
      const { body, ...answer } = await exchange(token);
      const problem = body as Problem;
      assert.deepEqual(
        [answer.status, problem.code],
        [status, status === 401 ? 'Unauthenticated' : 'Forbidden'],
        problem.detail,
      );
      const said = JSON.stringify(body) + api.log.join('');
      if (token && token.length > 20) assert.ok(!said.includes(token.split('.')[1] ?? token));
    });
  }

  it('refuses the same token twice, and says nothing of rules to who has none', async () => {
    const token = await issuer.sign();
    assert.equal((await exchange(token)).status, 201);
    assert.equal((await exchange(token)).status, 401);
    const { body } = await exchange(await issuer.sign({ repository_id: '99' }));
    assert.doesNotMatch(JSON.stringify(body), /refs\/heads|release\.yml|checkout"/);
  });

  it('are refused as tokens of the API, and short tokens as tokens of jobs', async () => {
    const job = await issuer.sign();
    assert.equal((await api.call('GET', '/v1/targets', { token: job })).status, 401);
    const { token } = (await exchange(job)).body as { token: string };
    assert.equal((await exchange(token)).status, 401);
    const [head = '', payload = '', signature = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const more = base64({ ...claims, scopes: ['admin'] });
    for (const forged of [`${head}.${more}.${signature}`, `${token}x`, `${head}.${payload}.`]) {
      assert.equal((await api.call('GET', '/v1/targets', { token: forged })).status, 401);
    }
  });

  it('are not taken where no rule is written', async () => {
    const own = await serveApi(nobody);
    const { status, body } = await exchange(await issuer.sign(), own);
    assert.deepEqual([status, (body as Problem).where], [404, 'access.githubActions']);
    await own.stop();
  });
});

function changed(token: string, more: object): string {
  const [head, payload = '', signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  return `${head}.${base64({ ...claims, ...more })}.${signature}`;
}

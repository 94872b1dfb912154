/** The command line from arguments to exit code, against an API that answers as it is told. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure, type FailureCode } from '../../../src/domain/failures.js';
import { runSluice as run } from '../../support/cli-under-test.js';
import { aRelease, aRollout, aTarget } from '../../support/views.js';

const digest = `sha256:${'b'.repeat(64)}`;
const accepted = {
  releaseId: 'release:checkout:1.1.0',
  service: 'checkout',
  version: '1.1.0',
  digest,
  location: '/v1/releases/checkout/1.1.0',
  attached: false,
  links: { self: '/', why: '/', temporal: 'http://ui/x' },
};
const receipt = { accepted: true, message: 'done so' };

describe('command line', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cli-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('release computes the digest of the artifact and passes its flags on', async () => {
    const artifact = join(folder, 'artifact');
    await writeFile(artifact, 'abc');
    const flags = ['--from', 'production', '--strategy', '{rolling: {batches: 2}}'];
    const more = ['--reason', 'hotfix', '--idempotency-key', 'k1', '--allow-older'];
    const { out, code, asked } = await run(
      ['release', 'checkout@1.1.0', '--artifact', artifact, ...flags, ...more],
      { 'POST /v1/releases': () => accepted },
    );
    assert.equal(code, 0);
    assert.deepEqual(asked[0]?.body, {
      service: 'checkout',
      version: '1.1.0',
      digest: 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      from: 'production',
      strategy: { rolling: { batches: 2 } },
      reason: 'hotfix',
      allowOlder: true,
    });
    assert.equal(asked[0]?.headers.get('idempotency-key'), 'k1');
    assert.equal(asked[0]?.headers.get('authorization'), 'Bearer slc_x');
    assert.match(out, /on its way/);
    assert.match(out, /sluice watch checkout@1\.1\.0/);
  });

  it('watch exits 8 at its deadline and 2 when interrupted, and says that it goes on', async () => {
    const answers = {
      'GET /v1/releases/checkout/1.1.0': () => aRelease(),
      'GET /v1/rollouts/checkout/production/3': () => aRollout(),
    };
    const late = await run(['watch', 'checkout@1.1.0', '--timeout', '300ms'], answers);
    assert.equal(late.code, 8);
    assert.match(late.err, /goes on without/);
    assert.match(late.out, /production weight {2}25 %/);
    const interrupted = AbortSignal.timeout(100);
    const cut = await run(['watch', 'checkout@1.1.0'], answers, { interrupted });
    assert.equal(cut.code, 2);
  });

  it('watch waits through a short outage', async () => {
    let count = 0;
    const { code } = await run(['watch', 'checkout@1.1.0'], {
      'GET /v1/releases/checkout/1.1.0': () =>
        ++count < 3
          ? new Failure('Unavailable', 'no worker answered')
          : aRelease({ outcome: 'promoted' }),
    });
    assert.equal(code, 0);
  });

  const commands: readonly [argv: string, path: string, body: object][] = [
    [
      'approve checkout@1.1.0',
      '/v1/releases/checkout/1.1.0/approve',
      { environment: 'production' },
    ],
    [
      'reject checkout@1.1.0 --environment staging',
      '/v1/releases/checkout/1.1.0/reject',
      { environment: 'staging' },
    ],
    ['pause checkout/production', '/v1/rollouts/checkout/production/3/pause', {}],
    ['resume checkout/production#2', '/v1/rollouts/checkout/production/2/resume', {}],
    ['promote checkout/production', '/v1/rollouts/checkout/production/3/promote', {}],
    ['promote checkout/production --full', '/v1/rollouts/checkout/production/3/promoteFull', {}],
    ['abort checkout@1.1.0', '/v1/releases/checkout/1.1.0/abort', {}],
    ['abort checkout/production', '/v1/rollouts/checkout/production/3/abort', {}],
    ['retry checkout@1.1.0', '/v1/releases/checkout/1.1.0/retry', {}],
    ['retry checkout/production#2', '/v1/rollouts/checkout/production/2/retry', {}],
    ['rollback checkout/production', '/v1/targets/checkout/production/rollback', {}],
    [
      'rollback checkout/production/eu --version 1.0.0',
      '/v1/targets/checkout/production/rollback?region=eu',
      { version: '1.0.0' },
    ],
    [
      'lock checkout/production --expires-in 2h',
      '/v1/targets/checkout/production/lock',
      { expiresIn: '2h' },
    ],
    ['unlock checkout/production', '/v1/targets/checkout/production/unlock', {}],
  ];
  for (const [argv, path, body] of commands) {
    it(`${argv} posts ${path}`, async () => {
      const rollout = { rolloutId: 'rollout:a:b:4', location: '/x', position: 0 };
      const { asked, code, out } = await run([...argv.split(' '), '--reason', 'why not'], {
        'GET /v1/releases/checkout/1.1.0': () => aRelease(),
        'GET /v1/targets/checkout/production': () => aTarget(),
        [`POST ${path.split('?')[0]}`]: () => ({ ...receipt, ...rollout }),
      });
      assert.equal(code, 0, out);
      const post = asked.find(({ method }) => method === 'POST');
      assert.equal(post?.path, path);
      assert.deepEqual(post?.body, { reason: 'why not', ...body });
    });
  }

  it('a command without its reason is a usage error', async () => {
    const { code, err, asked } = await run(['pause', 'checkout/production']);
    assert.equal(code, 7);
    assert.match(err, /--reason/);
    assert.deepEqual(asked, []);
  });

  const problems: readonly [FailureCode, number][] = [
    ['Unauthenticated', 4],
    ['Forbidden', 4],
    ['InvalidInput', 7],
    ['NotFound', 1],
    ['CommandRejected', 1],
  ];
  for (const [code, want] of problems) {
    it(`${code} exits ${want} with cause, value, limit and next command`, async () => {
      const details = { seen: 31, limit: '5 %', next: 'sluice why x' };
      const answers = { 'GET /v1/targets': () => new Failure(code, 'it went wrong', details) };
      const people = await run(['get', 'targets'], answers);
      assert.equal(people.code, want);
      assert.equal(people.out, '');
      for (const part of [code, 'it went wrong', '31', '5 %', 'sluice why x']) {
        assert.ok(people.err.includes(part), part);
      }
      const machines = await run(['get', 'targets', '--json'], answers);
      assert.equal(machines.code, want);
      assert.equal(machines.err, '');
      assert.equal((JSON.parse(machines.out) as { code: string }).code, code);
    });
  }

  it('an API that is not there, or is something else, is told apart', async () => {
    const refused = await run(['get', 'targets'], {}, { fetch: () => Promise.reject(new Error()) });
    assert.match(refused.err, /does not answer at http:\/\/api\.test/);
    const html = async () => new Response('<html>', { status: 200 });
    const other = await run(['get', 'targets'], {}, { fetch: html });
    assert.match(other.err, /does not speak this API/);
    assert.deepEqual([refused.code, other.code], [1, 1]);
  });

  it('finds API and token of the stack that runs here, and sends that token nowhere else', async () => {
    const stack = { apiUrl: 'http://127.0.0.1:7400', tokenFile: join(folder, 'user.token') };
    await writeFile(join(folder, 'stack.json'), JSON.stringify(stack));
    await writeFile(stack.tokenFile, 'slc_stack\n');
    const answers = { 'GET /v1/releases': () => ({ items: [], nextCursor: null }) };
    const here = await run(['get', 'releases'], answers, { env: { SLUICE_DATA_DIR: folder } });
    assert.equal(here.asked[0]?.headers.get('authorization'), 'Bearer slc_stack');
    assert.equal(here.code, 0);
    const away = ['get', 'releases', '--api', 'http://elsewhere.test'];
    const other = await run(away, answers, { env: { SLUICE_DATA_DIR: folder } });
    assert.deepEqual([other.code, other.asked], [4, []]);
    const none = await run(['get', 'releases'], answers, { env: { SLUICE_DATA_DIR: '/nowhere' } });
    assert.equal(none.code, 7);
    assert.match(none.err, /sluice up/);
  });

  it('token create shows the secret once and stores its hash', async () => {
    const file = join(folder, 'tokens.json');
    const argv = ['token', 'create', '--owner', 'ci', '--scopes', 'read,release', '--file', file];
    const { out, code } = await run([...argv, '--json']);
    assert.equal(code, 0);
    const token = JSON.parse(out) as { secret: string; owner: string; scopes: string[] };
    assert.deepEqual([token.owner, token.scopes], ['ci', ['read', 'release']]);
    assert.ok(!(await readFile(file, 'utf8')).includes(token.secret));
    const listed = await run(['token', 'list', '--file', file, '--json']);
    assert.equal((JSON.parse(listed.out) as { tokens: unknown[] }).tokens.length, 1);
    assert.doesNotMatch(listed.out, /sha256|slc_/);
    assert.equal((await run([...argv.slice(0, 5), 'all', '--file', file])).code, 7);
    const bound = await run([...argv, '--services', 'checkout,cart', '--json']);
    const { id, services } = JSON.parse(bound.out) as { id: string; services: string[] };
    assert.deepEqual(services, ['checkout', 'cart']);
    assert.equal((await run([...argv, '--services', 'No Name'])).code, 7);
    const revoked = await run(['token', 'revoke', id, '--file', file]);
    assert.match(revoked.out, /of ci is revoked/);
    const left = await run(['token', 'list', '--file', file, '--json']);
    assert.equal((JSON.parse(left.out) as { tokens: unknown[] }).tokens.length, 1);
    assert.equal((await run(['token', 'revoke', id, '--file', file])).code, 1);
  });

  it('explains its exit codes and refuses what it does not know', async () => {
    const { out } = await run(['help', 'exit-codes']);
    assert.equal(out.trimEnd().split('\n').length, 9);
    assert.match(out, /3 {2}rolled back by its health/);
    assert.equal((await run(['--help'])).code, 0);
    for (const argv of [
      ['bogus'],
      ['get', '--bogus'],
      ['watch'],
      ['watch', 'a@1', '--timeout', 'x'],
    ]) {
      assert.equal((await run(argv)).code, 7, argv.join(' '));
    }
  });

  it('validate tells every fault with its place, without an API', async () => {
    const file = join(folder, 'sluice.yaml');
    await writeFile(file, 'apiVersion: sluice/v1\nproject: Shop!\nservices: {}\n');
    const { code, out, asked } = await run(['validate', file, '--json'], {}, { env: {} });
    assert.equal(code, 7);
    assert.deepEqual(asked, []);
    const problem = JSON.parse(out) as { errors: { where: string }[] };
    assert.ok(
      problem.errors.some(({ where }) => /sluice\.yaml:2:\d+$/.test(where)),
      out,
    );
  });

  it('validate says it to GitHub Actions beside the lines', async () => {
    const file = join(folder, 'sluice.yaml');
    await writeFile(file, 'apiVersion: sluice/v1\nproject: Shop!\nservices: {}\n');
    const given = { folder, env: { GITHUB_ACTIONS: 'true' } };
    const { code, out, err } = await run(['validate'], {}, given);
    assert.equal(code, 7);
    assert.match(out, /^::error file=sluice\.yaml,line=2,col=1::project: seen "Shop!"/m);
    assert.equal(out.trim().split('\n').length, err.split(/yaml:\d+:\d+: /).length - 1);
  });

  it('plan prints the text of the API, also for the service alone', async () => {
    const text = ['checkout 0.0.0', '1. production  canary on local', '    a: 1 → 2\u001b[2J'];
    const plan = { service: 'checkout', version: '0.0.0', digest, pipelineSha256: 'c', notes: [] };
    const duration = { atLeastMs: 0, waitsForPeople: 0 };
    const answers = { 'POST /v1/plan': () => ({ ...plan, stages: [], duration, text }) };
    const { out, code } = await run(['plan', 'checkout'], answers);
    assert.equal(code, 0);
    assert.equal(out, `${text.join('\n').replace('\u001b', '')}\n`);
    const [bold, plain] = ['\u001b[1m', '\u001b[0m'];
    const painted = await run(['plan', 'checkout'], answers, { isTerminal: true });
    assert.ok(painted.out.startsWith(`${bold}checkout 0.0.0${plain}\n${bold}1. production`));
    const machines = await run(['plan', 'checkout', '--json'], answers);
    assert.deepEqual((JSON.parse(machines.out) as { text: unknown }).text, text);
  });

  it('why shows verdict, numbers, record and next commands', async () => {
    const evidence = {
      check: 'errorRate',
      bad: 12,
      total: 40,
      limit: '5 %',
      seen: '30 %',
      eValue: 1234.567,
      eLimit: 100,
      sentence: 's',
    };
    const event = {
      id: '1',
      at: '2026-01-01T10:00:00Z',
      kind: 'trafficShifted',
      subject: 'x',
      actor: 'sluice',
      reason: 'back to stable',
      data: {},
    };
    const why = {
      subject: 'rollout:checkout:production:3',
      phase: 'RolledBack',
      outcome: 'rolledBack',
      environment: 'production',
      rolloutId: 'rollout:checkout:production:3',
      sentence: 'checkout/production#3 is RolledBack: errors 30 %',
      verdict: { ...aRollout().verdict, kind: 'fail', evidence: [evidence] },
      measured: {
        query: 'https://prometheus.test sum(x)',
        stableQuery: null,
        fromMs: 36_000_000,
        toMs: 36_090_000,
        ...{ weight: 25, looks: 19, missed: 1 },
        points: [0, 1, 3].map((errors, at) => ({
          ...{ atMs: at, stable: null },
          candidate: { requests: 10, errors },
        })),
      },
      samples: { reference: 'sha256:x', value: null, note: 'gone' },
      events: [event],
      next: ['sluice retry checkout/production#3 --reason "…"'],
      temporal: null,
    };
    const answers = {
      'GET /v1/targets/checkout/production': () => aTarget(),
      'GET /v1/rollouts/checkout/production/3/why': () => why,
    };
    const { out } = await run(['why', 'checkout/production'], answers);
    assert.match(out, /query {5}https:\/\/prometheus\.test sum\(x\)\n/);
    assert.match(
      out,
      /window {4}10:00:00 to 10:01:30 \(1m30s\) at 25 %, 19 looks kept, 1 missed\n/,
    );
    assert.match(out, /errors {4}▁▃█ {2}last look 3 of 10\n/);
    assert.match(out, /errorRate {2}seen 30 % {2}limit 5 % {2}12 of 40 {2}E 1230 of 100/);
    assert.match(out, /10:00:00 {2}trafficShifted {2}sluice {2}back to stable/);
    assert.match(out, /sluice retry checkout\/production#3/);
  });
});

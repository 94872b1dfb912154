/** What a code host may not do, how it is limited, and what it is spared: through the port, at the stand-in. */
import assert from 'node:assert/strict';
import { Failure } from '../../src/domain/failures.js';
import type { CodeHost } from '../../src/ports/code-host/code-host.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const failure = await work.then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(failure instanceof Failure, String(failure));
  return failure;
}

describe('limits of a code host', () => {
  let github: GithubUnderTest;
  before(async () => {
    github = await startGithub({ isJudged: true });
  });
  beforeEach(() => github.control.clearLog());
  afterEach(() => github.control.clearFaults());
  after(() => github.stop());

  const write = { state: 'closed' } as const;
  async function issue(): Promise<number> {
    return (await github.control.createIssue(github.repository, { title: 'T' })).number;
  }
  const calls = (operation: string) =>
    github.control.log.filter((entry) => entry.operation === operation);

  it('hands a secondary limit on with its time, and stays quiet until then', async () => {
    const { control, repository } = github;
    const codeHost = github.connect();
    const number = await issue();
    control.fault({ operation: 'issues/update', kind: 'secondaryLimit', retryAfterS: 30 });
    const failure = await failureOf(codeHost.items.editItem(repository, number, write));
    assert.equal(failure.code, 'RateLimited');
    assert.equal(failure.details.retryAfterMs, 31_000);
    const second = await failureOf(codeHost.items.editItem(repository, number, write));
    assert.equal(second.code, 'RateLimited');
    assert.ok((second.details.retryAfterMs ?? 0) > 29_000);
    assert.equal(calls('issues/update').length, 1);
    assert.equal(control.item(repository, number).state, 'open');
  });

  it('waits longer each time when nothing is said about it', async () => {
    const { control, repository } = github;
    let nowMs = Date.now();
    const codeHost = github.connect({ now: () => nowMs });
    const number = await issue();
    const fault = { kind: 'secondaryLimit', retryAfterS: null, times: 3 } as const;
    control.fault({ operation: 'issues/update', ...fault });
    const waits: (number | undefined)[] = [];
    for (let n = 0; n < 3; n += 1) {
      const failure = await failureOf(codeHost.items.editItem(repository, number, write));
      waits.push(failure.details.retryAfterMs);
      nowMs += failure.details.retryAfterMs ?? 0;
    }
    assert.deepEqual(waits, [60_000, 120_000, 240_000]);
  });

  it('hands the primary limit on with the time of its reset', async () => {
    const { control, repository } = github;
    for (const operation of ['repos/get', 'updateRefs']) {
      const codeHost = github.connect();
      control.fault({ operation, kind: 'primaryLimit' });
      const ref = { ref: 'refs/heads/x', before: null, after: '1'.repeat(40), force: false };
      const work =
        operation === 'repos/get'
          ? codeHost.refs.readRepository(repository)
          : codeHost.refs.updateRefs(repository, [ref]);
      const failure = await failureOf(work);
      assert.equal(failure.code, 'RateLimited', operation);
      const waitMs = failure.details.retryAfterMs ?? 0;
      assert.ok(waitMs > 3_000_000 && waitMs < 3_700_000, `${operation}: ${waitMs}`);
    }
  });

  it('pays nothing for what did not change, also after a restart', async () => {
    const { control, repository } = github;
    const person = control.createToken('ada');
    const read = (codeHost: CodeHost) => codeHost.refs.readRepository(repository);
    const first = await read(github.connect({ token: person }));
    control.clearLog();
    assert.deepEqual(await read(github.connect({ token: person })), first);
    assert.deepEqual(
      calls('repos/get').map(({ status }) => status),
      [304],
    );
    // Another token must not be shown what this one was shown.
    await read(github.connect({ token: control.createToken('ben') }));
    assert.deepEqual(
      calls('repos/get').map(({ status }) => status),
      [304, 200],
    );
  });

  it('has all pages also when none of them changed', async () => {
    const { control, repository } = github;
    const codeHost = github.connect({ token: control.createToken('ada') });
    const number = await issue();
    for (let n = 0; n < 120; n += 1) await control.comment(repository, number, `No ${n}`);
    assert.equal((await codeHost.items.listComments(repository, number)).length, 120);
    control.clearLog();
    assert.equal((await codeHost.items.listComments(repository, number)).length, 120);
    const statuses = calls('issues/list-comments').map(({ status }) => status);
    assert.deepEqual(statuses, [304, 304]);
  });

  it('goes on with a new token when the old one is over', async () => {
    const { control, repository } = github;
    const codeHost = github.connect();
    const number = await issue();
    await codeHost.items.editItem(repository, number, { title: 'One' });
    for (const [token, { actor }] of control.world.tokens) {
      if (actor.app !== null) control.world.tokens.delete(token);
    }
    control.clearLog();
    await codeHost.items.editItem(repository, number, { title: 'Two' });
    assert.deepEqual(
      calls('issues/update').map(({ status }) => status),
      [401, 200],
    );
  });

  it('gives each group of calls a token that may no more than it', async () => {
    const { control, repository } = github;
    await github.connect().refs.readRepository(repository);
    const made = [...control.world.tokens.values()].map(({ actor }) => actor.permissions);
    assert.ok(made.some((permissions) => JSON.stringify(permissions) === '{"contents":"read"}'));
  });

  it('names the permission that is missing', async () => {
    const { repository } = github;
    const bare = await startGithub({
      isJudged: true,
      permissions: { metadata: 'read', contents: 'read' },
    });
    try {
      await bare.codeHost.refs.readRepository(bare.repository);
      const failure = await failureOf(bare.codeHost.items.readItem(bare.repository, 1));
      assert.equal(failure.code, 'Forbidden');
      assert.equal(failure.details.limit, 'needs issues: read, pull_requests: read');
      const elsewhere = { owner: 'nobody', name: repository.name };
      const unknown = await failureOf(bare.codeHost.refs.readRepository(elsewhere));
      assert.deepEqual([unknown.code, unknown.details.where], ['Forbidden', 'nobody/shop']);
    } finally {
      await bare.stop();
    }
  });

  it('keeps credentials out of what it says', async () => {
    const { control, repository, app } = github;
    const secret = control.createToken('ada', 'ghp_very_secret');
    const person = github.connect({ token: secret });
    control.fault({ operation: '*', kind: 'hangUp', times: 4 });
    const failures = [
      await failureOf(
        github.connect({ token: 'ghp_wrong_secret' }).refs.readRepository(repository),
      ),
      await failureOf(person.refs.readRepository(repository)),
      await failureOf(person.items.editItem(repository, 1, write)),
      await failureOf(github.connect({ privateKey: 'no key' }).refs.readRepository(repository)),
    ];
    for (const failure of failures) {
      assert.equal(failure.code, 'Unavailable');
      const { stack, message, details, cause } = failure;
      const told = JSON.stringify([stack, message, details, cause]);
      for (const word of ['secret', 'no key', app.privateKey.slice(40, 60), 'authorization']) {
        assert.ok(!told.includes(word), told);
      }
    }
  });
});

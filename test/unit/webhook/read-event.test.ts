/** What webhooks say, in our words: every published example is read, and nothing at all makes the reader throw. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import type { RepositoryEvent } from '../../../src/domain/webhook/event.js';
import { readEvent, readEventNames } from '../../../src/domain/webhook/read-event.js';

interface Examples {
  readonly name: string;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}

const require = createRequire(import.meta.url);
const published = ['api.github.com', 'ghes-31', 'ghes-32', 'ghes-33', 'ghes-34', 'ghes-35'].flatMap(
  (edition) => require(`@octokit/webhooks-examples/${edition}/index.json`) as Examples[],
);
const all = published.flatMap(({ name, examples }) =>
  examples.map((payload) => ({ name, payload })),
);
const receivedAtMs = Date.parse('2026-11-01T00:00:00Z');
const read = (name: string, payload: unknown) =>
  readEvent({ name, delivery: 'd-1', receivedAtMs }, payload);

function readAs<Kind extends RepositoryEvent['kind']>(kind: Kind, name: string, payload: unknown) {
  const event = read(name, payload);
  assert.equal(event.kind, kind, JSON.stringify(event));
  return event as Extract<RepositoryEvent, { kind: Kind }>;
}

function example(name: string, match: (payload: Readonly<Record<string, unknown>>) => boolean) {
  const found = all.find((each) => each.name === name && match(each.payload));
  assert.ok(found, `an example of ${name}`);
  return found.payload;
}

describe('reading what webhooks say', () => {
  it(`reads or ignores every one of ${all.length} published examples`, () => {
    const ignored = new Map<string, number>();
    for (const { name, payload } of all) {
      const event = read(name, payload);
      if (event.kind !== 'ignored') continue;
      ignored.set(name, (ignored.get(name) ?? 0) + 1);
    }
    // A comment of a review that is taken back is no activity; a review of a deployment that is asked for is none yet.
    const lost = [...ignored].filter(([name]) => readEventNames.includes(name));
    assert.deepEqual(lost, [
      ['deployment_review', 1],
      ['pull_request_review_comment', 1],
    ]);
  });

  it('gives each event the place, the person, the time of its object and its delivery', () => {
    for (const { name, payload } of all) {
      const event = read(name, payload);
      if (event.kind === 'ignored' || event.kind === 'installation') continue;
      assert.match(`${event.repository.owner}/${event.repository.name}`, /^[\w.-]+\/[\w.-]+$/);
      assert.ok(event.atMs > 0 && event.atMs <= receivedAtMs, `${name} ${event.atMs}`);
      assert.equal(event.delivery, 'd-1');
      const { sender } = payload as { sender?: { login: string } };
      assert.equal(event.actor?.login, sender?.login);
    }
  });

  it('survives JSON as it is, as a signal must', () => {
    for (const { name, payload } of all) {
      const event = read(name, payload);
      assert.deepEqual(JSON.parse(JSON.stringify(event)), event);
    }
  });

  it('stays small, however much a payload holds', () => {
    const sizes = all.map(({ name, payload }) => JSON.stringify(read(name, payload)).length);
    assert.ok(Math.max(...sizes) < 4_000, `${Math.max(...sizes)}`);
  });

  it('never throws, whatever it is given', () => {
    const names = fc.oneof(fc.constantFrom(...readEventNames), fc.string());
    fc.assert(
      fc.property(names, fc.jsonValue({ maxDepth: 5 }), (name, payload) => {
        assert.ok(read(name, payload).kind);
      }),
    );
  });

  it('never throws for an example with any of its parts replaced', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...all),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        fc.jsonValue({ maxDepth: 2 }),
        ({ name, payload }, chances, intruder) => {
          const damaged: unknown = JSON.parse(JSON.stringify(payload), (_key, value: unknown) =>
            (chances.next().value ?? 1) < 0.02 ? intruder : value,
          );
          assert.ok(read(name, damaged).kind);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('takes names of the prototype for no events', () => {
    for (const name of ['constructor', '__proto__', 'toString', '']) {
      assert.equal(read(name, {}).kind, 'ignored');
    }
  });
});

describe('a push', () => {
  const payload = example('push', ({ ref }) => String(ref).startsWith('refs/heads/'));
  const zeros = '0'.repeat(40);
  const one = '1'.repeat(40);

  it('says what became of the branch', () => {
    const moved = (before: string, after: string) => {
      const {
        action,
        before: was,
        after: is,
      } = readAs('push', 'push', { ...payload, before, after });
      return [action, was, is];
    };
    assert.deepEqual(moved(zeros, one), ['created', null, one]);
    assert.deepEqual(moved(one, zeros), ['deleted', one, null]);
    assert.deepEqual(moved(zeros.replaceAll('0', '2'), one)[0], 'updated');
  });

  it('goes by the time of the push and not by the commit’s', () => {
    const { repository } = payload as { repository: { pushed_at: number } };
    assert.equal(readAs('push', 'push', payload).atMs, repository.pushed_at * 1000);
  });

  it('keeps a branch’s name whole, and tells a tag', () => {
    const of = (ref: string) => ({ ...payload, ref });
    assert.equal(readAs('push', 'push', of('refs/heads/fix/a#b')).branch, 'fix/a#b');
    assert.equal(readAs('tag', 'push', of('refs/tags/v1.2.0')).tag, 'v1.2.0');
    assert.equal(read('push', of('refs/notes/x')).kind, 'ignored');
  });
});

describe('a pull request', () => {
  const opened = example('pull_request', ({ action }) => action === 'opened');

  it('names its head, its base and what was done', () => {
    const event = readAs('pull', 'pull_request', opened);
    assert.equal(event.action, 'opened');
    assert.equal(event.state, 'open');
    assert.equal(event.mergeSha, null, 'the trial merge is none');
    assert.match(event.head.sha, /^[0-9a-f]{40}$/);
  });

  it('knows every action of our list, and calls others so', () => {
    const action = (said: string) =>
      readAs('pull', 'pull_request', { ...opened, action: said }).action;
    assert.equal(action('ready_for_review'), 'readyForReview');
    assert.equal(action('converted_to_draft'), 'convertedToDraft');
    assert.equal(action('auto_merge_enabled'), 'autoMergeEnabled');
    assert.equal(action('something_new'), 'other');
  });
});

describe('checks', () => {
  const completed = example('check_run', ({ action }) => action === 'completed') as {
    check_run: Readonly<Record<string, unknown>>;
  };
  const withRun = (change: object) =>
    readAs('check', 'check_run', {
      ...completed,
      check_run: { ...completed.check_run, ...change },
    });

  it('have no conclusion before they are over, and none that is unknown passes', () => {
    assert.equal(withRun({ status: 'in_progress', conclusion: null }).conclusion, null);
    assert.equal(withRun({ status: 'completed', conclusion: 'timed_out' }).conclusion, 'timed_out');
    assert.equal(withRun({ status: 'completed', conclusion: 'splendid' }).conclusion, 'failure');
  });

  it('reads a status as a check of its context', () => {
    const event = readAs(
      'check',
      'status',
      example('status', () => true),
    );
    assert.deepEqual(
      [event.source, event.name, event.conclusion],
      ['status', 'default', 'success'],
    );
    assert.ok(event.branches.length > 0);
  });
});

describe('a comment', () => {
  const said = (body: string, issueBody = '') =>
    readAs('comment', 'issue_comment', {
      action: 'created',
      issue: { number: 7, body: issueBody },
      comment: { id: 1, body, updated_at: '2026-01-01T00:00:00Z' },
      repository: { full_name: 'acme/shop' },
    });

  it('keeps its markers where it is cut', () => {
    const marker = '<!-- sluice:stale/7 -->';
    const { body } = said(`${'x'.repeat(9_000)}\n\n${marker}`);
    assert.ok(body.endsWith(`x\n${marker}`) && body.length < 2_100);
    assert.equal(said(`short ${marker}`).body, `short ${marker}`);
  });

  it('tells the markers of what it was written under', () => {
    const marker = '<!-- sluice:branch acme/shop fix%2Fa -->';
    assert.deepEqual(said('keep it', `text\n${marker}\n`).itemMarkers, [marker]);
    assert.deepEqual(said('keep it').itemMarkers, []);
  });
});

describe('deployment protection', () => {
  const repository = { full_name: 'acme/shop' };

  it('takes the run’s number from the address to answer at', () => {
    const event = readAs('deploymentProtection', 'deployment_protection_rule', {
      action: 'requested',
      environment: 'production',
      deployment_callback_url:
        'https://api.github.com/repos/acme/shop/actions/runs/4711/deployment_protection_rule',
      repository,
    });
    assert.deepEqual(
      [event.runId, event.environment, event.atMs],
      [4711, 'production', receivedAtMs],
    );
  });
});

describe('a dispatch', () => {
  it('hands on short plain values only', () => {
    const { payload } = readAs('dispatch', 'repository_dispatch', {
      action: 'release',
      branch: 'main',
      client_payload: {
        version: '1.2.0',
        n: 3,
        yes: true,
        deep: { a: 1 },
        long: 'x'.repeat(5_000),
      },
      repository: { full_name: 'acme/shop' },
    });
    assert.deepEqual(payload, { version: '1.2.0', n: '3', yes: 'true' });
  });
});

describe('a renamed or moved repository', () => {
  it('names what it was called', () => {
    const renamed = readAs('repository', 'repository', {
      action: 'renamed',
      changes: { repository: { name: { from: 'old' } } },
      repository: { full_name: 'acme/shop', default_branch: 'main' },
    });
    assert.deepEqual(renamed.previous, { owner: 'acme', name: 'old' });
    const moved = readAs('repository', 'repository', {
      action: 'transferred',
      changes: { owner: { from: { user: { login: 'ann' } } } },
      repository: { full_name: 'acme/shop' },
    });
    assert.deepEqual(moved.previous, { owner: 'ann', name: 'shop' });
  });
});

describe('an installation', () => {
  it('lists what came and what left', () => {
    const event = read('installation_repositories', {
      action: 'added',
      repositories_added: [{ full_name: 'acme/shop' }, { full_name: 'not a name' }],
      repositories_removed: [],
    });
    assert.equal(event.kind, 'installation');
    assert.deepEqual(event.kind === 'installation' && [event.action, event.repositories], [
      'added',
      [{ owner: 'acme', name: 'shop' }],
    ]);
  });
});

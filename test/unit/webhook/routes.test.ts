/** Who hears of which event, and what an event brings to life. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { RepositoryEvent } from '../../../src/domain/webhook/event.js';
import { readEvent, readEventNames } from '../../../src/domain/webhook/read-event.js';
import { routesOf } from '../../../src/domain/webhook/routes.js';

const repository = { owner: 'Acme', name: 'shop' };
const told = { repository, actor: null, atMs: 1, delivery: 'd-1' };
const sha = 'a'.repeat(40);
const push = { kind: 'push', action: 'updated', before: sha, after: sha, isForced: false } as const;
const pull = {
  ...({
    kind: 'pull',
    action: 'opened',
    number: 7,
    title: 'x',
    author: null,
    state: 'open',
  } as const),
  ...{ isMerged: false, isDraft: false, mergeSha: null, labels: [], label: null },
  ...{ previousBase: null, base: { ref: 'main', sha } },
  head: { ref: 'feature/issue-12-login', sha, repository },
};
const ids = (event: RepositoryEvent) => routesOf(event).map(({ workflowId }) => workflowId);
const begun = (event: RepositoryEvent) =>
  routesOf(event).flatMap(({ workflowId, start }) => (start === null ? [] : [workflowId]));

describe('routes of events', () => {
  it('tell a push to the branch, to its issue and to the queue into it', () => {
    const event = { ...told, ...push, branch: 'feature/issue-12-login', isDefaultBranch: false };
    const heard = ids(event);
    assert.ok(heard.includes('branch:acme/shop:feature%2Fissue-12-login'));
    assert.ok(heard.includes('issue:acme/shop:12'));
    assert.deepEqual(begun(event), []);
  });

  it('begin the checks of a pull request while it is open', () => {
    assert.deepEqual(begun({ ...told, ...pull }), ['pull:acme/shop:7']);
    const labelled = { ...told, ...pull, labels: ['automerge'] };
    assert.deepEqual(begun(labelled), ['pull:acme/shop:7', 'merge-queue:acme/shop:main']);
    const closed = { ...told, ...pull, action: 'closed', state: 'closed' } as const;
    assert.deepEqual(begun(closed), []);
    assert.ok(ids(closed).includes('pull:acme/shop:7'));
  });

  it('take a fork’s branch for none of ours', () => {
    const fork = { ...pull, head: { ...pull.head, repository: { owner: 'eve', name: 'shop' } } };
    const heard = ids({ ...told, ...fork });
    assert.ok(!heard.some((id) => id.startsWith('issue:') || id.includes('feature')));
    const gone = { ...pull, head: { ...pull.head, repository: null } };
    assert.ok(!ids({ ...told, ...gone }).some((id) => id.startsWith('issue:')));
  });

  it('tell a comment on a cleanup issue to its branch', () => {
    const event = {
      ...told,
      ...({ kind: 'comment', action: 'created', number: 5, isPull: false } as const),
      ...{ commentId: 1, author: null, body: 'keep it' },
      itemMarkers: ['<!-- sluice:branch:acme/shop:fix%2Fa -->'],
    };
    assert.ok(ids(event).includes('branch:acme/shop:fix%2Fa'));
    const foreign = { ...event, itemMarkers: ['<!-- sluice:branch:other/shop:fix%2Fa -->'] };
    assert.ok(!ids(foreign).some((id) => id.startsWith('branch:')));
  });

  it('name each workflow once, for every published example', () => {
    const require = createRequire(import.meta.url);
    const published = require('@octokit/webhooks-examples') as {
      name: string;
      examples: unknown[];
    }[];
    let heard = 0;
    for (const { name, examples } of published) {
      if (!readEventNames.includes(name)) continue;
      for (const payload of examples) {
        const event = readEvent({ name, delivery: 'd-1', receivedAtMs: 1 }, payload);
        if (event.kind === 'ignored' || event.kind === 'installation') continue;
        const all = ids(event);
        assert.equal(new Set(all).size, all.length);
        heard += all.length;
      }
    }
    assert.ok(heard > 100);
  });
});

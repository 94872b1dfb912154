/** Which requests may not begin any more when their turn comes. */
import assert from 'node:assert/strict';
import { dropOutdated } from '../../../src/domain/target/outdated.js';
import type { QueuedRollout } from '../../../src/domain/target/state.js';
import { queued, revision, running, targetWith } from './sample-target.js';

const rows: readonly (readonly [string, QueuedRollout, string | null])[] = [
  ['a newer version', queued(5, '1.3.0'), null],
  ['an older version', queued(5, '1.1.0'), 'superseded'],
  ['an older version that may come', queued(5, '1.1.0', 'rollout', { allowOlder: true }), null],
  ['the artifact that is stable', queued(5, '1.2.0'), 'promoted'],
  ['a switch back to what is stable', queued(5, '1.2.0', 'switchBack'), 'promoted'],
  ['a switch back to another', queued(5, '1.1.0', 'switchBack'), null],
  [
    'the stable version from another build',
    queued(5, '1.2.0', 'rollout', { candidate: revision('1.2.0', 2), allowOlder: true }),
    'superseded',
  ],
];

describe('dropOutdated', () => {
  for (const [name, waiting, outcome] of rows) {
    it(`${name}: ${outcome ?? 'stays'}`, () => {
      const other = queued(6, '2.0.0');
      const state = running('1.2.0', { queue: [waiting, other] });
      const { state: after, dropped } = dropOutdated(state);
      assert.equal(dropped[0]?.outcome ?? null, outcome);
      assert.deepEqual(after.queue, outcome === null ? [waiting, other] : [other]);
      assert.ok(dropped.every(({ reason, queued }) => reason.includes('1.2.0') && queued.n === 5));
    });
  }

  it('drops nothing where nothing is stable', () => {
    const state = targetWith({ queue: [queued(1, '1.0.0')] });
    assert.deepEqual(dropOutdated(state), { state, dropped: [] });
  });
});

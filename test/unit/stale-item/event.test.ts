/** Which events of a repository wake the watch over a marked item. */
import assert from 'node:assert/strict';
import { readStaleEvent } from '../../../src/domain/stale-item/event.js';
import type { RepositoryEvent } from '../../../src/domain/webhook/event.js';
import { ann, bot, day, own } from './sample-item.js';

const item = { number: 7, label: 'Stale', ownLogin: own.login };
const told = {
  repository: { owner: 'acme', name: 'shop' },
  atMs: day(61),
  delivery: 'd',
  number: 7,
};

function event(more: Record<string, unknown>): RepositoryEvent {
  return { ...told, actor: ann, label: null, body: '', ...more } as unknown as RepositoryEvent;
}

const rows: readonly (readonly [string, Record<string, unknown>, string | null])[] = [
  ['a comment', { kind: 'comment', action: 'created' }, 'activity'],
  ['an edited comment', { kind: 'comment', action: 'edited' }, 'activity'],
  ['a deleted comment', { kind: 'comment', action: 'deleted' }, null],
  ['a bot’s comment', { kind: 'comment', action: 'created', actor: bot }, null],
  [
    'our comment',
    { kind: 'comment', action: 'created', actor: own, body: '<!-- sluice:x -->' },
    null,
  ],
  ['a comment on another', { kind: 'comment', action: 'created', number: 8 }, null],
  ['a review', { kind: 'review', action: 'submitted' }, 'activity'],
  ['a bot’s review', { kind: 'review', action: 'submitted', actor: bot }, null],
  ['a push', { kind: 'pull', action: 'synchronize' }, 'activity'],
  ['a bot’s push', { kind: 'pull', action: 'synchronize', actor: bot }, null],
  ['an edited text', { kind: 'issue', action: 'edited' }, 'activity'],
  ['closed by somebody', { kind: 'issue', action: 'closed' }, 'ended'],
  ['closed by a bot', { kind: 'pull', action: 'closed', actor: bot }, 'ended'],
  ['transferred', { kind: 'issue', action: 'transferred' }, 'ended'],
  ['reopened', { kind: 'issue', action: 'reopened' }, 'activity'],
  ['the mark put on', { kind: 'issue', action: 'labeled', label: 'stale' }, null],
  ['our mark', { kind: 'issue', action: 'labeled', label: 'Stale', actor: own }, null],
  ['the mark taken off', { kind: 'issue', action: 'unlabeled', label: 'STALE' }, 'unlabelled'],
  [
    'the mark taken off by a bot',
    { kind: 'issue', action: 'unlabeled', label: 'Stale', actor: bot },
    'unlabelled',
  ],
  [
    'the mark taken off by us',
    { kind: 'issue', action: 'unlabeled', label: 'Stale', actor: own },
    null,
  ],
  ['a label', { kind: 'issue', action: 'labeled', label: 'bug' }, 'activity'],
  ['a bot’s label', { kind: 'issue', action: 'labeled', label: 'pinned', actor: bot }, 'changed'],
  ['a bot’s milestone', { kind: 'issue', action: 'milestoned', actor: bot }, 'changed'],
  ['a bot’s edit', { kind: 'issue', action: 'edited', actor: bot }, null],
  ['nobody knows who', { kind: 'issue', action: 'edited', actor: null }, 'changed'],
  ['a push to a branch', { kind: 'push', action: 'updated', number: undefined }, null],
  ['a milestone of the same number', { kind: 'milestone', action: 'closed' }, null],
  ['a check', { kind: 'check', action: 'completed', number: undefined }, null],
];

describe('readStaleEvent', () => {
  for (const [name, more, want] of rows) {
    it(`${name} → ${want ?? 'nothing'}`, () => {
      assert.equal(readStaleEvent(event(more), item)?.kind ?? null, want);
    });
  }

  it('says who did what and when', () => {
    assert.deepEqual(readStaleEvent(event({ kind: 'pull', action: 'synchronize' }), item), {
      kind: 'activity',
      activity: { kind: 'push', by: 'ann', atMs: day(61) },
    });
  });

  it('tells a token’s owner from us by the marker', () => {
    const mine = { ...item, ownLogin: 'ann' };
    const comment = { kind: 'comment', action: 'created' };
    assert.equal(readStaleEvent(event(comment), mine)?.kind, 'activity');
    assert.equal(readStaleEvent(event({ ...comment, body: 'x <!-- sluice:y -->' }), mine), null);
  });
});

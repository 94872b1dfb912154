/** Every rule of stale items as a row: what is written, what is seen, what is to be done. */
import assert from 'node:assert/strict';
import { decideStaleItem, type StaleDecision } from '../../../src/domain/stale-item/decide.js';
import { explainStaleItem } from '../../../src/domain/stale-item/explain.js';
import type { ItemFacts } from '../../../src/domain/stale-item/facts.js';
import { policyOf } from '../../../src/domain/stale-item/policy.js';
import { anItem, day, dayMs, markedItem, policiesOf } from './sample-item.js';

interface Row {
  readonly name: string;
  readonly written?: unknown;
  readonly item: ItemFacts;
  readonly on: number;
  readonly want: StaleDecision['kind'];
  readonly reason?: RegExp;
  readonly dueOn?: number;
}

const pull = { isPull: true } as const;
const active = { activity: { kind: 'comment', by: 'ann', atMs: day(63) } };

const rows: readonly Row[] = [
  // after, closeAfter
  { name: '59 days', item: anItem(), on: 59, want: 'leave', dueOn: 60 },
  { name: '60 days', item: anItem(), on: 60, want: 'mark', dueOn: 60 },
  {
    name: 'changed on day 30',
    item: anItem({ updatedAtMs: day(30) }),
    on: 89,
    want: 'leave',
    dueOn: 90,
  },
  { name: 'closed', item: anItem({ state: 'closed' }), on: 400, want: 'leave', reason: /closed/ },
  {
    name: 'after never',
    written: { after: 'never' },
    item: anItem(),
    on: 4000,
    want: 'leave',
    reason: /ever marked/,
  },
  {
    name: 'after for issues',
    written: { issues: { after: '10d' } },
    item: anItem(),
    on: 10,
    want: 'mark',
    dueOn: 10,
  },
  {
    name: 'after for issues is not for pulls',
    written: { issues: { after: '10d' } },
    item: anItem(pull),
    on: 10,
    want: 'leave',
    dueOn: 60,
  },
  {
    name: 'after for pulls',
    written: { pulls: { after: '20d' } },
    item: anItem(pull),
    on: 20,
    want: 'mark',
  },
  {
    name: 'never for pulls only',
    written: { pulls: { after: 'never' } },
    item: anItem(pull),
    on: 900,
    want: 'leave',
  },
  { name: 'marked 6 days', item: markedItem({}), on: 66, want: 'leave', dueOn: 67 },
  { name: 'marked 7 days', item: markedItem({}), on: 67, want: 'close', dueOn: 67 },
  {
    name: 'closeAfter never',
    written: { closeAfter: 'never' },
    item: markedItem({}),
    on: 900,
    want: 'leave',
    reason: /ever closed/,
  },
  {
    name: 'closeAfter for pulls',
    written: { pulls: { closeAfter: '1d' } },
    item: markedItem({}, pull),
    on: 61,
    want: 'close',
  },
  {
    name: 'marked, history not read',
    item: markedItem({}, { history: null }),
    on: 900,
    want: 'unknown',
  },
  // label
  {
    name: 'another label is no mark',
    written: { label: 'dormant' },
    item: markedItem({}),
    on: 120,
    want: 'mark',
  },
  {
    name: 'label in other letters',
    written: { label: 'stále' },
    item: markedItem({}),
    on: 67,
    want: 'close',
  },
  {
    name: 'label for pulls',
    written: { pulls: { label: 'quiet' } },
    item: markedItem({}, { ...pull, labels: ['quiet'] }),
    on: 67,
    want: 'close',
  },
  // removeWhenUpdated
  {
    name: 'activity after the mark',
    item: markedItem(active),
    on: 64,
    want: 'unmark',
    reason: /comment by ann/,
  },
  { name: 'activity, long overdue', item: markedItem(active), on: 900, want: 'unmark' },
  {
    name: 'removeWhenUpdated false',
    written: { removeWhenUpdated: false },
    item: markedItem(active),
    on: 69,
    want: 'leave',
    dueOn: 70,
  },
  {
    name: 'removeWhenUpdated false, quiet again',
    written: { removeWhenUpdated: false },
    item: markedItem(active),
    on: 70,
    want: 'close',
  },
  {
    name: 'removeWhenUpdated false for pulls',
    written: { pulls: { removeWhenUpdated: false } },
    item: markedItem(active, pull),
    on: 64,
    want: 'leave',
  },
  // ignoreUpdates
  {
    name: 'ignoreUpdates',
    written: { ignoreUpdates: true },
    item: anItem({ updatedAtMs: day(59) }),
    on: 60,
    want: 'mark',
    reason: /created/,
  },
  {
    name: 'ignoreUpdates for issues only',
    written: { issues: { ignoreUpdates: true } },
    item: anItem({ ...pull, updatedAtMs: day(59) }),
    on: 60,
    want: 'leave',
  },
  {
    name: 'ignoreUpdates, unmarked on day 61',
    written: { ignoreUpdates: true },
    item: anItem({ history: { mark: null, activity: null, unmarkedAtMs: day(61) } }),
    on: 62,
    want: 'leave',
    dueOn: 121,
  },
];

describe('decideStaleItem', () => {
  for (const { name, written, item, on, want, reason, dueOn } of rows) {
    it(`${name} → ${want}`, () => {
      const policy = policyOf(policiesOf(written), item.isPull);
      const decision = decideStaleItem(item, policy, day(on));
      assert.equal(decision.kind, want, decision.reason);
      if (reason) assert.match(decision.reason, reason);
      if (dueOn !== undefined && 'dueAtMs' in decision) assert.equal(decision.dueAtMs, day(dueOn));
      const told = explainStaleItem(item, policy, day(on));
      assert.deepEqual(told.decision, decision);
      assert.match(told.summary, new RegExp(decision.reason.replace(/[()[\]]/g, '\\$&')));
    });
  }

  it('decides to the millisecond', () => {
    const { issues } = policiesOf();
    assert.equal(decideStaleItem(anItem(), issues, day(60) - 1).kind, 'leave');
    assert.equal(decideStaleItem(markedItem({}), issues, day(60) + 7 * dayMs - 1).kind, 'leave');
  });

  it('explains by the rules that are written, each with what it saw', () => {
    const policy = policiesOf({ exempt: { labels: ['pinned'], assignees: 'all' } }).issues;
    const { reasons, summary } = explainStaleItem(anItem({ labels: ['bug'] }), policy, day(61));
    assert.deepEqual(reasons, [
      { rule: 'exempt.labels', seen: 'bug', means: 'does not stand in the way' },
      { rule: 'exempt.assignees', seen: 'none', means: 'does not stand in the way' },
      { rule: 'after', seen: 'last changed 2026-01-01 00:00 UTC', means: 'due 60d after' },
    ]);
    assert.equal(summary, 'to be marked since 2026-03-02 00:00 UTC: last changed on 2026-01-01');
  });
});

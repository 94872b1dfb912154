/** Who is left alone: every rule that exempts, as a row. */
import assert from 'node:assert/strict';
import { decideStaleItem, type StaleDecision } from '../../../src/domain/stale-item/decide.js';
import { explainStaleItem } from '../../../src/domain/stale-item/explain.js';
import type { ItemFacts } from '../../../src/domain/stale-item/facts.js';
import { policyOf } from '../../../src/domain/stale-item/policy.js';
import { anItem, day, markedItem, policiesOf } from './sample-item.js';

interface Row {
  readonly name: string;
  readonly written?: unknown;
  readonly item: ItemFacts;
  readonly on: number;
  readonly want: StaleDecision['kind'];
  readonly reason?: RegExp;
}

const pull = { isPull: true } as const;

const rows: readonly Row[] = [
  // exempt
  {
    name: 'exempt label',
    written: { exempt: { labels: ['pinned'] } },
    item: anItem({ labels: ['Pinned'] }),
    on: 900,
    want: 'exempt',
    reason: /label pinned/,
  },
  {
    name: 'other label',
    written: { exempt: { labels: ['pinned'] } },
    item: anItem({ labels: ['pin'] }),
    on: 60,
    want: 'mark',
  },
  {
    name: 'exempt label for issues',
    written: { issues: { exempt: { labels: ['p'] } } },
    item: anItem({ ...pull, labels: ['p'] }),
    on: 60,
    want: 'mark',
  },
  {
    name: 'exempt label on a marked one',
    written: { exempt: { labels: ['pinned'] } },
    item: markedItem({}, { labels: ['Stale', 'pinned'] }),
    on: 67,
    want: 'unmark',
    reason: /pinned/,
  },
  {
    name: 'exempt milestone',
    written: { exempt: { milestones: ['v2'] } },
    item: anItem({ milestone: 'V2' }),
    on: 900,
    want: 'exempt',
  },
  {
    name: 'other milestone',
    written: { exempt: { milestones: ['v2'] } },
    item: anItem({ milestone: 'v1' }),
    on: 60,
    want: 'mark',
  },
  {
    name: 'all milestones',
    written: { exempt: { milestones: 'all' } },
    item: anItem({ milestone: 'v1' }),
    on: 60,
    want: 'exempt',
  },
  {
    name: 'all milestones, none',
    written: { exempt: { milestones: 'all' } },
    item: anItem(),
    on: 60,
    want: 'mark',
  },
  {
    name: 'exempt assignee',
    written: { exempt: { assignees: ['Ann'] } },
    item: anItem({ assignees: ['bob', 'ann'] }),
    on: 60,
    want: 'exempt',
    reason: /ann is assigned/,
  },
  {
    name: 'other assignee',
    written: { exempt: { assignees: ['ann'] } },
    item: anItem({ assignees: ['bob'] }),
    on: 60,
    want: 'mark',
  },
  {
    name: 'all assignees',
    written: { exempt: { assignees: 'all' } },
    item: anItem({ assignees: ['bob'] }),
    on: 60,
    want: 'exempt',
  },
  {
    name: 'all assignees, nobody',
    written: { exempt: { assignees: 'all' } },
    item: anItem(),
    on: 60,
    want: 'mark',
  },
  { name: 'draft', item: anItem({ ...pull, isDraft: true }), on: 60, want: 'mark' },
  {
    name: 'exempt drafts',
    written: { exempt: { drafts: true } },
    item: anItem({ ...pull, isDraft: true }),
    on: 60,
    want: 'exempt',
  },
  {
    name: 'exempt drafts, ready',
    written: { exempt: { drafts: true } },
    item: anItem(pull),
    on: 60,
    want: 'mark',
  },
  { name: 'locked', item: anItem({ isLocked: true }), on: 900, want: 'exempt', reason: /locked/ },
  { name: 'locked and marked', item: markedItem({}, { isLocked: true }), on: 900, want: 'exempt' },
  // only
  {
    name: 'only labels, all there',
    written: { only: { labels: ['a', 'b'] } },
    item: anItem({ labels: ['b', 'A'] }),
    on: 60,
    want: 'mark',
  },
  {
    name: 'only labels, one missing',
    written: { only: { labels: ['a', 'b'] } },
    item: anItem({ labels: ['a'] }),
    on: 60,
    want: 'exempt',
    reason: /lacks the label b/,
  },
  {
    name: 'only labels for pulls',
    written: { pulls: { only: { labels: ['a'] } } },
    item: anItem(),
    on: 60,
    want: 'mark',
  },
  {
    name: 'any label, one there',
    written: { only: { anyLabels: ['a', 'b'] } },
    item: anItem({ labels: ['b'] }),
    on: 60,
    want: 'mark',
  },
  {
    name: 'any label, none there',
    written: { only: { anyLabels: ['a', 'b'] } },
    item: anItem({ labels: ['c'] }),
    on: 60,
    want: 'exempt',
  },
  {
    name: 'only types',
    written: { only: { types: ['Question'] } },
    item: anItem({ type: 'question' }),
    on: 60,
    want: 'mark',
  },
  {
    name: 'only types, another',
    written: { only: { types: ['Question'] } },
    item: anItem({ type: 'Bug' }),
    on: 60,
    want: 'exempt',
  },
  {
    name: 'only types, none',
    written: { only: { types: ['Question'] } },
    item: anItem(),
    on: 60,
    want: 'exempt',
  },
  {
    name: 'only types say nothing of pulls',
    written: { only: { types: ['Question'] } },
    item: anItem(pull),
    on: 60,
    want: 'mark',
  },
  {
    name: 'only assigned, nobody',
    written: { only: { assigned: true } },
    item: anItem(),
    on: 60,
    want: 'exempt',
  },
  {
    name: 'only assigned',
    written: { only: { assigned: true } },
    item: anItem({ assignees: ['ann'] }),
    on: 60,
    want: 'mark',
  },
  // startDate
  {
    name: 'before the start date',
    written: { startDate: '2026-01-02' },
    item: anItem(),
    on: 900,
    want: 'exempt',
    reason: /start date/,
  },
  {
    name: 'on the start date',
    written: { startDate: '2026-01-01' },
    item: anItem(),
    on: 60,
    want: 'mark',
  },
  {
    name: 'start date with a time',
    written: { startDate: '2026-01-01T01:00:00+01:00' },
    item: anItem(),
    on: 60,
    want: 'mark',
  },
];

describe('exemptions from being stale', () => {
  for (const { name, written, item, on, want, reason } of rows) {
    it(`${name} → ${want}`, () => {
      const policy = policyOf(policiesOf(written), item.isPull);
      const decision = decideStaleItem(item, policy, day(on));
      assert.equal(decision.kind, want, decision.reason);
      if (reason) assert.match(decision.reason, reason);
      const told = explainStaleItem(item, policy, day(on));
      assert.deepEqual(told.decision, decision);
      assert.ok(told.summary.includes(decision.reason));
    });
  }
});

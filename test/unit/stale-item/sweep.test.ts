/** In which order and how fast a sweep works, and what it leaves for later. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createStaleWalk } from '../../../src/domain/stale-item/listing.js';
import {
  slotItems,
  slotsEndMs,
  writesToClose,
  writesToMark,
} from '../../../src/domain/stale-item/schedule.js';
import { adoptable, planPass } from '../../../src/domain/stale-item/sweep.js';
import type { ItemFacts } from '../../../src/domain/stale-item/facts.js';
import type { StaleItemPolicies } from '../../../src/domain/stale-item/policy.js';
import { anItem, bornMs, day, dayMs, policiesOf } from './sample-item.js';

function walked(
  policies: StaleItemPolicies,
  items: readonly ItemFacts[],
  nowMs: number,
  limit = 100,
) {
  const walk = createStaleWalk(policies, nowMs, limit);
  for (const item of items) if (!walk.take(item)) break;
  return walk.end();
}

describe('a walk along the list', () => {
  it('stops at the first young one and tells when that is due', () => {
    const items = [0, 10, 50, 55].map((at, i) => anItem({ number: i, updatedAtMs: day(at) }));
    const { due, nextDueAtMs, looked, isCut } = walked(policiesOf(), items, day(75));
    assert.deepEqual(
      due.map(({ number }) => number),
      [0, 1],
    );
    assert.deepEqual(
      { nextDueAtMs, looked, isCut },
      { nextDueAtMs: day(110), looked: 2, isCut: false },
    );
  });

  it('goes on to the younger kind where kinds differ, and finds the next due among all', () => {
    const policies = policiesOf({ pulls: { after: '20d' } });
    const items = [
      anItem({ number: 1, updatedAtMs: day(30) }),
      anItem({ number: 2, updatedAtMs: day(31), isPull: true }),
      anItem({ number: 3, updatedAtMs: day(60), isPull: true }),
    ];
    const { due, nextDueAtMs } = walked(policies, items, day(60));
    assert.deepEqual(
      due.map(({ number }) => number),
      [2],
    );
    assert.equal(nextDueAtMs, day(80));
  });

  it('passes over what is marked or exempt and counts why', () => {
    const policies = policiesOf({ exempt: { labels: ['pinned'] } });
    const items = [
      anItem({ number: 1, labels: ['pinned'] }),
      anItem({ number: 2, labels: ['stale'] }),
      anItem({ number: 3, labels: ['pinned'] }),
      anItem({ number: 4 }),
    ];
    const { due, exempt } = walked(policies, items, day(60));
    assert.deepEqual(
      due.map(({ number }) => number),
      [4],
    );
    assert.deepEqual(exempt, { 'it has the label pinned': 2 });
  });

  it('looks at nothing where nothing is ever marked', () => {
    const walk = createStaleWalk(policiesOf({ after: 'never' }), day(900), 10);
    assert.equal(walk.isWorthwhile, false);
    assert.equal(walk.take(anItem()), false);
    assert.equal(walk.end().looked, 0);
  });

  it('never leaves out one that is due, whatever the rules and the ages', () => {
    const times = fc.integer({ min: 0, max: 200 });
    const items = fc.array(fc.record({ born: times, quiet: times, isPull: fc.boolean() }), {
      maxLength: 60,
    });
    const rules = fc.record({
      after: fc.constantFrom('never', '5d', '60d'),
      pulls: fc.record({ after: fc.constantFrom('never', '20d', '90d') }),
      ignoreUpdates: fc.boolean(),
    });
    fc.assert(
      fc.property(items, rules, (drawn, written) => {
        const policies = policiesOf(written);
        const all = drawn.map(({ born, quiet, isPull }, number) =>
          anItem({
            number,
            isPull,
            createdAtMs: day(born),
            updatedAtMs: day(Math.max(born, quiet)),
          }),
        );
        const key = policies.issues.ignoreUpdates ? 'createdAtMs' : 'updatedAtMs';
        const sorted = all.toSorted((a, b) => a[key] - b[key]);
        const nowMs = day(120);
        const found = walked(policies, sorted, nowMs).due.map(({ number }) => number);
        const wanted = sorted.filter((item) => {
          const { afterMs } = item.isPull ? policies.pulls : policies.issues;
          return afterMs !== null && item[key] + afterMs <= nowMs;
        });
        assert.deepEqual(
          found,
          wanted.map(({ number }) => number),
        );
      }),
    );
  });
});

describe('turns', () => {
  it('go to the longest due first, in even steps by what each writes', () => {
    const due = [5, 3, 9].map((number) => ({
      ...{ number, isPull: number === 9, updatedAtMs: 0, reason: '' },
      dueAtMs: number === 9 ? 1 : number,
    }));
    const pace = { fromMs: 1000, writesPerHour: 360 };
    const writes = ({ isPull }: { readonly isPull: boolean }) => (isPull ? 3 : 2);
    const slotted = slotItems(due, writes, pace);
    assert.deepEqual(
      slotted.map(({ number, slotAtMs }) => [number, slotAtMs]),
      [
        [9, 1000],
        [3, 31_000],
        [5, 51_000],
      ],
    );
    assert.equal(slotsEndMs(slotted, writes, pace), 71_000);
  });

  it('count every write of an item', () => {
    const policy = policiesOf({
      closeLabel: 'closed',
      deleteBranch: true,
      relabel: { removeWhenMarked: ['a', 'b'] },
    }).pulls;
    assert.equal(writesToMark(policy), 4);
    assert.equal(writesToClose(policy), 4);
    const silent = policiesOf({ message: 'none', closeMessage: 'none' }).issues;
    assert.deepEqual([writesToMark(silent), writesToClose(silent)], [1, 1]);
  });

  it('keep to 80 writes a minute and 500 an hour in any window, for whatever is due', () => {
    const rates = fc.integer({ min: 10, max: 500 });
    fc.assert(
      fc.property(
        rates,
        fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 300 }),
        (rate, sizes) => {
          const due = sizes.map((_, number) => ({
            number,
            isPull: false,
            dueAtMs: number,
            updatedAtMs: 0,
            reason: '',
          }));
          const pace = { fromMs: 0, writesPerHour: rate };
          const slotted = slotItems(due, ({ number }) => sizes[number] ?? 1, pace);
          const at = slotted.map(({ slotAtMs, number }) => ({
            slotAtMs,
            writes: sizes[number] ?? 1,
          }));
          for (const [windowMs, most] of [
            [60_000, 80],
            [3_600_000, 500 + 6],
          ] as const) {
            for (const { slotAtMs: fromMs } of at) {
              const within = at.filter(
                ({ slotAtMs }) => slotAtMs >= fromMs && slotAtMs < fromMs + windowMs,
              );
              const writes = within.reduce((sum, each) => sum + each.writes, 0);
              assert.ok(writes <= most, `${writes} in ${windowMs} ms`);
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('let 5,000 items be marked within a day, and closed within a day', () => {
    const policies = policiesOf();
    const due = Array.from({ length: 5000 }, (_, number) => ({
      ...{ number, isPull: false, dueAtMs: number, updatedAtMs: 0, reason: '' },
    }));
    const pace = { fromMs: 0, writesPerHour: policies.writesPerHour };
    const end = (writes: number) =>
      slotsEndMs(
        slotItems(due, () => writes, pace),
        () => writes,
        pace,
      );
    assert.ok(end(writesToMark(policies.issues)) < dayMs);
    assert.ok(end(writesToClose(policies.issues)) < dayMs);
  });
});

describe('a pass', () => {
  const marked = (number: number, updated: number) => ({
    number,
    isPull: false,
    updatedAtMs: day(updated),
  });

  it('adopts what carries the mark and is watched by nobody, and what should long be closed', () => {
    const policies = policiesOf();
    const rows = [marked(1, 60), marked(2, 60), marked(3, 51)];
    const asked = { watched: [1, 3], nowMs: day(60), limit: 10 };
    const { items, isCut } = adoptable(rows, policies, asked);
    assert.deepEqual(
      items.map(({ number }) => number),
      [3, 2],
    );
    assert.equal(isCut, false);
    assert.equal(adoptable(rows, policies, { ...asked, limit: 1 }).isCut, true);
  });

  it('never adopts twice what is never closed', () => {
    const policies = policiesOf({ closeAfter: 'never' });
    const asked = { watched: [1], nowMs: day(900), limit: 10 };
    assert.deepEqual(adoptable([marked(1, 0)], policies, asked).items, []);
  });

  it('gives both their turns in one line', () => {
    const policies = policiesOf();
    const listing = walked(policies, [anItem({ number: 8, updatedAtMs: bornMs })], day(70));
    const strays = adoptable([marked(2, 60)], policies, { watched: [], nowMs: day(70), limit: 10 });
    const { items, endMs } = planPass(listing, strays, policies, day(70));
    assert.deepEqual(
      items.map(({ number, decision, marking }) => [number, decision.kind, marking !== null]),
      [
        [8, 'mark', true],
        [2, 'leave', false],
      ],
    );
    assert.equal(endMs, day(70) + 32_000);
  });
});

/** A year over many items with random doings of people and bots, hour by hour on the pure rules alone. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Comment, Item, ItemEvent } from '../../../src/domain/repository/shapes.js';
import { decideStaleItem } from '../../../src/domain/stale-item/decide.js';
import { factsOf } from '../../../src/domain/stale-item/facts.js';
import { readHistory } from '../../../src/domain/stale-item/history.js';
import { createStaleWalk } from '../../../src/domain/stale-item/listing.js';
import {
  aComment,
  anEvent,
  ann,
  anItem,
  bornMs,
  bot,
  dayMs,
  own,
  policiesOf,
} from './sample-item.js';

const hourMs = 3_600_000;
const policies = policiesOf({ exempt: { labels: ['pinned'] } });
const { issues: policy } = policies;

const doings = [
  'comment',
  'review',
  'push',
  'edit',
  'pin',
  'unpin',
  'botComment',
  'botPin',
  'botUnpin',
] as const;
type Doing = (typeof doings)[number];

interface Act {
  readonly hour: number;
  readonly item: number;
  readonly doing: Doing;
}

/** An item as its host keeps it, and what really happened to it. */
interface Kept {
  readonly number: number;
  labels: string[];
  state: 'open' | 'closed';
  updatedAtMs: number;
  readonly events: ItemEvent[];
  readonly comments: Comment[];
  lastPersonAtMs: number;
  markedAtMs: number | null;
}

function create(number: number): Kept {
  return {
    ...{ number, labels: [], state: 'open', updatedAtMs: bornMs, events: [], comments: [] },
    ...{ lastPersonAtMs: bornMs, markedAtMs: null },
  };
}

function relabel(
  item: Kept,
  add: boolean,
  label: string,
  by: ItemEvent['actor'],
  nowMs: number,
): void {
  if (item.labels.includes(label) === add) return;
  item.labels = add ? [...item.labels, label] : item.labels.filter((each) => each !== label);
  item.events.push(anEvent(add ? 'labeled' : 'unlabeled', nowMs, by, label));
  item.updatedAtMs = nowMs;
}

/** @returns whether a person did it */
function happen(item: Kept, doing: Doing, nowMs: number): boolean {
  const before = item.updatedAtMs;
  switch (doing) {
    case 'comment':
      item.comments.push(aComment(nowMs));
      break;
    case 'review':
      item.events.push(anEvent('reviewed', nowMs, ann));
      break;
    case 'push':
      item.events.push(anEvent('committed', nowMs, null));
      break;
    case 'edit':
      break;
    case 'botComment':
      item.comments.push(aComment(nowMs, bot));
      break;
    case 'pin':
    case 'unpin':
      relabel(item, doing === 'pin', 'pinned', ann, nowMs);
      return item.updatedAtMs !== before;
    case 'botPin':
    case 'botUnpin':
      relabel(item, doing === 'botPin', 'pinned', bot, nowMs);
      return false;
  }
  item.updatedAtMs = nowMs;
  return doing !== 'botComment';
}

function seen(item: Kept) {
  const { labels, state, updatedAtMs, number, events, comments } = item;
  const shown = {
    ...anItem({ number, labels, state, updatedAtMs }),
    milestone: null,
  } as unknown as Item;
  if (!labels.includes('Stale')) return factsOf(shown);
  const sources = { item: shown, events, comments, label: 'Stale', ownLogin: own.login };
  return factsOf(shown, readHistory(sources));
}

interface Account {
  marks: number;
  unmarks: number;
  closes: number;
}

/** What a watch does: whenever it hears of something, and when the grace is over. */
function tend(item: Kept, nowMs: number, account: Account): void {
  const decision = decideStaleItem(seen(item), policy, nowMs);
  if (decision.kind === 'unmark') {
    relabel(item, false, 'Stale', own, nowMs);
    item.markedAtMs = null;
    account.unmarks += 1;
  }
  if (decision.kind !== 'close') return;
  const { markedAtMs } = item;
  assert.ok(markedAtMs !== null && nowMs >= markedAtMs + 7 * dayMs, 'closed before its time');
  assert.ok(item.lastPersonAtMs < markedAtMs, 'closed although somebody had done something');
  assert.ok(!item.labels.includes('pinned'), 'closed although exempt');
  item.comments.push(aComment(nowMs, own, 'bye <!-- sluice:stale-item/1/close-1 -->'));
  item.state = 'closed';
  account.closes += 1;
}

function mark(item: Kept, nowMs: number, account: Account): void {
  assert.ok(nowMs - item.lastPersonAtMs >= 60 * dayMs, 'marked too early');
  assert.ok(!item.labels.includes('pinned'), 'marked although exempt');
  item.comments.push(aComment(nowMs, own, 'quiet <!-- sluice:stale-item/1/mark-1 -->'));
  relabel(item, true, 'Stale', own, nowMs);
  item.markedAtMs = nowMs;
  account.marks += 1;
}

function liveAYear(
  acts: ReadonlyMap<number, readonly Act[]>,
  { count, hasWebhooks }: { readonly count: number; readonly hasWebhooks: boolean },
): Account {
  const items = Array.from({ length: count }, (_, number) => create(number));
  const account = { marks: 0, unmarks: 0, closes: 0 };
  for (let hour = 0; hour < 365 * 24; hour += 1) {
    const nowMs = bornMs + hour * hourMs;
    for (const { item: number, doing } of acts.get(hour) ?? []) {
      const item = items[number % count] as Kept;
      if (item.state === 'closed') continue;
      // An edited text leaves no line behind: what a bot does after it hides it from who only polls.
      const isTold = hasWebhooks || doing !== 'edit';
      if (happen(item, doing, nowMs) && isTold) item.lastPersonAtMs = nowMs;
      const isHeard = hasWebhooks && doing !== 'botComment' && item.labels.includes('Stale');
      if (isHeard) tend(item, nowMs + 1000, account);
    }
    if (hour % 24 === 5) {
      const walk = createStaleWalk(policies, nowMs, count);
      const open = items.filter(({ state }) => state === 'open');
      for (const item of open.toSorted((a, b) => a.updatedAtMs - b.updatedAtMs)) {
        if (!walk.take(seen(item))) break;
      }
      for (const { number } of walk.end().due) mark(items[number] as Kept, nowMs, account);
    }
    for (const item of items) {
      const { markedAtMs, state } = item;
      if (state === 'closed' || markedAtMs === null) continue;
      if (nowMs >= markedAtMs + 7 * dayMs) tend(item, nowMs, account);
      if (hasWebhooks)
        assert.ok(item.labels.every((l) => l !== 'Stale') || item.lastPersonAtMs < markedAtMs);
    }
    for (const { state, labels, updatedAtMs } of hour % 24 === 6 ? items : []) {
      const isForgotten =
        state === 'open' && labels.length === 0 && nowMs - updatedAtMs >= 61 * dayMs;
      assert.ok(!isForgotten, 'due for a day and not marked');
    }
  }
  return account;
}

describe('a year of stale items', function () {
  this.timeout(120_000);
  const hours = fc.integer({ min: 0, max: 365 * 24 - 1 });
  const drawn = fc.array(
    fc.record({ hour: hours, item: fc.nat(), doing: fc.constantFrom(...doings) }),
    { minLength: 40, maxLength: 200 },
  );
  const total = { marks: 0, unmarks: 0, closes: 0 };

  for (const hasWebhooks of [true, false]) {
    it(`marks, unmarks and closes exactly when the rules say, ${hasWebhooks ? 'with' : 'without'} webhooks`, () => {
      fc.assert(
        fc.property(drawn, (list) => {
          const acts = new Map<number, Act[]>();
          for (const act of list) acts.set(act.hour, [...(acts.get(act.hour) ?? []), act]);
          const account = liveAYear(acts, { count: 25, hasWebhooks });
          for (const key of ['marks', 'unmarks', 'closes'] as const) total[key] += account[key];
        }),
        { numRuns: 60 },
      );
    });
  }

  it('has seen a year with something in it', () => {
    assert.ok(total.marks > 200 && total.unmarks > 20 && total.closes > 100, JSON.stringify(total));
  });
});

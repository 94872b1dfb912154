/** A year over 200 branches on the pure policy, held against a naive clerk who looks at every branch every hour. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decideBranch } from '../../../src/domain/branch/decide.js';
import type { Answer, HeardActivity, Notice } from '../../../src/domain/branch/facts.js';
import { aBranch, aDayMs, aPolicy } from './sample-branch.js';

const anHourMs = 3_600_000;
const hours = 365 * 24;
const branchCount = 200;

type Happening =
  | { readonly kind: 'push'; readonly isOldCommit: boolean; readonly isLogged: boolean }
  | { readonly kind: 'comment' | 'closed' | 'botComment' }
  | { readonly kind: 'label' | 'pull' | 'protection'; readonly isOn: boolean };
type Life = ReadonlyMap<number, readonly Happening[]>;

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      isOldCommit: fc.boolean(),
      isLogged: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('comment' as const, 'closed' as const, 'botComment' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('label' as const, 'pull' as const, 'protection' as const),
      isOn: fc.boolean(),
    }),
  },
);

/** Some branches are busy, some have a few events a year, some none. */
const life: fc.Arbitrary<Life> = fc
  .constantFrom(0, 2, 6, 15, 40)
  .chain((size) =>
    fc.array(fc.tuple(fc.integer({ min: 0, max: hours - 1 }), happening), {
      maxLength: size,
      size: 'max',
    }),
  )
  .map((events) => {
    const byHour = new Map<number, Happening[]>();
    for (const [hour, event] of events) byHour.set(hour, [...(byHour.get(hour) ?? []), event]);
    return byHour;
  });

const policy = fc.constantFrom(
  { after: 30, grace: 7 },
  { after: 1, grace: 7 },
  { after: 14, grace: 14 },
  { after: 60, grace: 1 },
);

interface World {
  sha: number;
  committedAtMs: number;
  pushedAtMs: number | null;
  answer: Answer | null;
  /** Everything that counts, as the clerk sees it. */
  lastSignAtMs: number;
  hasIssue: boolean;
  readonly on: Record<'label' | 'pull' | 'protection', boolean>;
}

const start = (): World => ({
  ...{ sha: 0, committedAtMs: 0, pushedAtMs: null, answer: null, lastSignAtMs: 0, hasIssue: false },
  on: { label: false, pull: false, protection: false },
});

function happen(world: World, event: Happening, atMs: number): HeardActivity | null {
  switch (event.kind) {
    case 'push':
      world.sha++;
      world.lastSignAtMs = atMs;
      if (!event.isOldCommit) world.committedAtMs = atMs;
      // Where the log says nothing the commit or the event must do.
      if (event.isLogged) world.pushedAtMs = atMs;
      return { atMs, reason: 'pushed' };
    case 'comment':
    case 'closed':
      // There is nothing to comment on before the first notice.
      if (!world.hasIssue) return null;
      world.answer = { kind: event.kind, login: 'bob', atMs };
      world.lastSignAtMs = atMs;
      return null;
    case 'botComment':
      return null;
    case 'label':
      if (world.hasIssue) world.on.label = event.isOn;
      return null;
    default:
      world.on[event.kind] = event.isOn;
      return null;
  }
}

interface Trace {
  readonly noticesAtMs: readonly number[];
  readonly archivedAtMs: number | null;
}

/** Looks every hour and knows nothing of timers. */
function clerk(of: Life, rule: { after: number; grace: number }): Trace {
  const world = start();
  const noticesAtMs: number[] = [];
  let noticeAtMs: number | null = null;
  for (let hour = 0; hour < hours; hour++) {
    const atMs = hour * anHourMs;
    for (const event of of.get(hour) ?? []) happen(world, event, atMs);
    if (world.on.label || world.on.pull || world.on.protection) noticeAtMs = null;
    else if (noticeAtMs !== null && world.lastSignAtMs >= noticeAtMs) noticeAtMs = null;
    else if (noticeAtMs !== null && atMs - noticeAtMs >= rule.grace * aDayMs)
      return { noticesAtMs, archivedAtMs: atMs };
    const isQuiet = atMs - world.lastSignAtMs >= rule.after * aDayMs;
    if (noticeAtMs !== null || !isQuiet) continue;
    if (world.on.label || world.on.pull || world.on.protection) continue;
    noticeAtMs = atMs;
    noticesAtMs.push(atMs);
    world.hasIssue = true;
  }
  return { noticesAtMs, archivedAtMs: null };
}

/** Wakes at events (where they are told) and at the times that the decision names, and does what it says. */
function policyLife(
  of: Life,
  rule: { after: number; grace: number },
  isTold: boolean,
): Trace & { readonly world: World; readonly noticeAtMs: number | null } {
  const world = start();
  const written = aPolicy({ after: `${rule.after}d`, grace: `${rule.grace}d` });
  const noticesAtMs: number[] = [];
  let notice: Notice | null = null;
  let heard: HeardActivity | null = null;
  let wakeAtMs = 0;
  for (let hour = 0; hour < hours; hour++) {
    const atMs = hour * anHourMs;
    const events = of.get(hour) ?? [];
    for (const event of events) {
      const sign = happen(world, event, atMs);
      if (isTold && sign !== null) heard = sign;
    }
    if (atMs < wakeAtMs && !(isTold && events.length > 0)) continue;
    for (let again = true; again; ) {
      again = false;
      const { label, pull, protection } = world.on;
      const decision = decideBranch({
        policy: written,
        facts: {
          branch: aBranch({ sha: String(world.sha), committedAtMs: world.committedAtMs }),
          exempt: pull ? 'a pull request is open' : protection ? 'it is protected' : null,
          pushedAtMs: world.pushedAtMs,
          answer: world.answer,
          hasKeepLabel: label,
          isIssueGone: false,
        },
        ...{ notice, heard, keep: null, isOrdered: false, nowMs: atMs },
      });
      switch (decision.kind) {
        case 'archive':
          return { noticesAtMs, archivedAtMs: atMs, world, noticeAtMs: notice?.hostAtMs ?? null };
        case 'stale':
          notice = { sha: decision.sha, hostAtMs: atMs, graceEndsAtMs: atMs + written.grace };
          noticesAtMs.push(atMs);
          world.hasIssue = true;
          wakeAtMs = notice.graceEndsAtMs;
          break;
        case 'grace':
          wakeAtMs = decision.untilMs;
          break;
        case 'active':
          // What was announced is off; what is quiet long enough all the same is announced anew.
          again = notice !== null && decision.untilMs <= atMs;
          notice = null;
          wakeAtMs = decision.untilMs;
          break;
        default:
          notice = null;
          // Without an event somebody has to look again by and by.
          wakeAtMs = isTold ? Number.POSITIVE_INFINITY : atMs + aDayMs;
      }
    }
  }
  return { noticesAtMs, archivedAtMs: null, world, noticeAtMs: notice?.hostAtMs ?? null };
}

describe('a year over 200 branches', function () {
  this.timeout(120_000);
  const full = process.env.SLUICE_TEST_FULL === '1';
  const numRuns = full ? 50 : 4;
  const lives = fc.array(life, { minLength: branchCount, maxLength: branchCount });

  it('tells and archives exactly when the clerk does', () => {
    let archived = 0;
    fc.assert(
      fc.property(lives, policy, (branches, rule) => {
        for (const branch of branches) {
          const { noticesAtMs, archivedAtMs } = policyLife(branch, rule, true);
          assert.deepEqual({ noticesAtMs, archivedAtMs }, clerk(branch, rule));
          if (archivedAtMs !== null) archived++;
        }
      }),
      { numRuns },
    );
    assert.ok(archived > branchCount / 4, `only ${archived} were archived: the test says little`);
  });

  it('never archives with activity in the window, though no event is told', () => {
    fc.assert(
      fc.property(lives, policy, (branches, rule) => {
        for (const branch of branches) {
          const { archivedAtMs, noticeAtMs, world } = policyLife(branch, rule, false);
          if (archivedAtMs === null) continue;
          assert.ok(noticeAtMs !== null && archivedAtMs - noticeAtMs >= rule.grace * aDayMs);
          // A push that the log does not say and whose commit is old leaves but its tip, which is compared since the notice.
          const seenAtMs = Math.max(
            world.committedAtMs,
            world.pushedAtMs ?? 0,
            world.answer?.atMs ?? 0,
          );
          assert.ok(seenAtMs < noticeAtMs && seenAtMs <= noticeAtMs - rule.after * aDayMs);
          assert.deepEqual(world.on, { label: false, pull: false, protection: false });
          const pushes = [...branch].filter(([hour, events]) => {
            const isSince = hour * anHourMs >= noticeAtMs && hour * anHourMs <= archivedAtMs;
            return isSince && events.some(({ kind }) => kind === 'push');
          });
          assert.deepEqual(pushes, []);
        }
      }),
      { numRuns },
    );
  });
});

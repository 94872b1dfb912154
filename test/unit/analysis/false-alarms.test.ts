/** How often the guard cries wolf over healthy candidates, and how many requests it needs to see a fault. */
import assert from 'node:assert/strict';
import {
  beginGuard,
  binomialTest,
  lookAt,
  rollBackAt,
} from '../../../src/domain/analysis/binomial-guard.js';
import { beginWatch, observe, type WatchState } from '../../../src/domain/analysis/watch.js';
import { atMost } from '../../bench/analysis/clopper-pearson.js';
import { look, policy } from './looks.js';

const isFull = process.env.SLUICE_TEST_FULL !== undefined;
const runs = isFull ? 10_000 : 1_000;
const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31);
const five = binomialTest(0.05);

/** Seeded uniform numbers in [0, 1). */
function randomFrom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function badOf(total: number, share: number, random: () => number): number {
  let bad = 0;
  for (let i = 0; i < total; i++) if (random() < share) bad++;
  return bad;
}

/** Requests until the guard rolls back, counted from the fault's beginning; null: not within the looks. */
function requestsUntilRollback(
  world: { share: number; each: number; looks: number; healthyLooks?: number },
  random: () => number,
): number | null {
  const { share, each, looks, healthyLooks = 0 } = world;
  let state = beginGuard(0);
  for (let atMs = 0; atMs < healthyLooks + looks; atMs++) {
    const bad = badOf(each, atMs < healthyLooks ? 0.002 : share, random);
    state = lookAt(five, state, { atMs, bad, total: each, undecided: 0 }, rollBackAt);
    if (state.crossed) return (atMs + 1 - healthyLooks) * each;
  }
  return null;
}

/**
 * Clopper–Pearson at 99 %, one-sided. All runs of a full test must prove a share of at most 1 %;
 * the few of a change must not contradict it.
 */
function assertAtMostOnePercent(hits: number): void {
  if (isFull) console.log(`      ${hits} of ${runs}`);
  const isProven = atMost(hits, runs, 0.01) <= 0.01;
  const isContradicted = hits > 0 && 1 - atMost(hits - 1, runs, 0.01) <= 0.01;
  assert.ok(isFull ? isProven : !isContradicted, `${hits} false rollbacks in ${runs} runs`);
}

describe(`false rollbacks of healthy candidates (${runs} runs a cell, seed ${seed})`, () => {
  it('the bound itself: 77 hits of 10,000 prove it, 78 do not', () => {
    assert.ok(atMost(77, 10_000, 0.01) <= 0.01);
    assert.ok(atMost(78, 10_000, 0.01) > 0.01);
  });

  for (const share of [0.002, 0.01, 0.05]) {
    for (const each of [1, 10, 40]) {
      it(`${share * 100} % errors, ${each} requests a look, 300 looks`, () => {
        const random = randomFrom(seed + each + share * 1e6);
        let hits = 0;
        for (let run = 0; run < runs; run++) {
          if (requestsUntilRollback({ share, each, looks: 300 }, random) !== null) hits++;
        }
        assertAtMostOnePercent(hits);
      });
    }
  }

  it('bursts of 100 requests, of which 4 % time out after 10 s, are no fault', () => {
    const random = randomFrom(seed);
    let hits = 0;
    for (let run = 0; run < runs; run++) {
      const { guards } = burstsWithTimeouts(random);
      if (guards.errors.crossed || guards.slow.crossed) hits++;
    }
    assertAtMostOnePercent(hits);
  });
});

/** Four bursts in two minutes; what hangs is slow after 1 s and an error after 10 s. */
function burstsWithTimeouts(random: () => number): WatchState {
  let state = beginWatch(null);
  let answered = 0;
  let timedOut = 0;
  let hanging = 0;
  for (let second = 1; second <= 60; second++) {
    const sinceBurst = second % 15;
    if (sinceBurst === 0) {
      hanging = badOf(100, 0.04, random);
      answered += 100 - hanging;
    }
    if (sinceBurst === 11) {
      timedOut += hanging;
      hanging = 0;
    }
    const seen = {
      requests: answered + timedOut,
      errors: timedOut,
      slow: timedOut,
      inFlight: hanging,
      older: sinceBurst >= 2 ? hanging : 0,
    };
    state = observe(state, look(second, seen), policy);
  }
  return state;
}

describe(`requests needed to see a fault, median and p95 (seed ${seed})`, () => {
  const rows = [
    { share: 0.1, each: 10, healthyLooks: 0, want: { median: 400, p95: 1000 } },
    { share: 0.3, each: 1, healthyLooks: 0, want: { median: 24, p95: 60 } },
    { share: 1, each: 1, healthyLooks: 0, want: { median: 3, p95: 3 } },
    { share: 0.1, each: 40, healthyLooks: 300, want: { median: 1200, p95: 2400 } },
    { share: 0.3, each: 40, healthyLooks: 300, want: { median: 120, p95: 160 } },
    { share: 1, each: 40, healthyLooks: 300, want: { median: 40, p95: 40 } },
    { share: 1, each: 1, healthyLooks: 300, want: { median: 8, p95: 8 } },
  ];
  for (const { share, each, healthyLooks, want } of rows) {
    const when = healthyLooks === 0 ? 'at once' : `after ${healthyLooks} healthy looks`;
    it(`${share * 100} % errors ${when}, ${each} a look: at most ${want.median} and ${want.p95}`, () => {
      const random = randomFrom(seed);
      const world = { share, each, healthyLooks, looks: 5_000 };
      const needed = Array.from({ length: 300 }, () => requestsUntilRollback(world, random));
      assert.ok(!needed.includes(null), 'every fault is found');
      const sorted = needed.map(Number).sort((a, b) => a - b);
      const at = (part: number) => sorted[Math.floor(part * sorted.length)] as number;
      if (isFull) console.log(`      ${at(0.5)} and ${at(0.95)}`);
      assert.ok(at(0.5) <= want.median, `median ${at(0.5)}`);
      assert.ok(at(0.95) <= want.p95, `p95 ${at(0.95)}`);
    });
  }
});

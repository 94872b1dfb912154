/** A candidate that is sent requests and answers none, by counters that only count answers; and how rarely one seems so. */
import assert from 'node:assert/strict';
import { atMost } from '../../bench/analysis/clopper-pearson.js';
import { judge } from '../../../src/domain/analysis/judge.js';
import type { HealthSample, Observation } from '../../../src/domain/analysis/sample.js';
import { observeSilence, type UnansweredState } from '../../../src/domain/analysis/unanswered.js';
import { beginWatch, observe, openWindow } from '../../../src/domain/analysis/watch.js';
import { counters, look, missedLook, policy, step } from './looks.js';

const isFull = process.env.SLUICE_TEST_FULL !== undefined;
const runs = isFull ? 10_000 : 400;
const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31);

interface Answers {
  /** Of each revision since the counting began; null: its series is not there. */
  readonly candidate: number | null;
  readonly stable: number;
  readonly weight?: number;
  /** The weight is one of copies. */
  readonly mirrored?: true;
  /** Epoch seconds up to which each is counted. */
  readonly candidateAsOfS?: number;
  readonly stableAsOfS?: number;
  readonly gap?: string;
  readonly countedAtSplit?: boolean;
  readonly processes?: number;
}

function answers(atS: number, given: Answers): HealthSample {
  const { candidate, stable, weight = 20, gap, processes = 1 } = given;
  const asOf = (second: number | undefined) =>
    second === undefined ? {} : { asOfMs: second * 1000 };
  const seen = candidate === null ? [] : [counters({ instance: 'c', requests: candidate })];
  const { candidateInstances, candidateRestarts } = look(atS, {});
  return {
    ...{ atMs: atS * 1000, candidateInstances, candidateRestarts, weight },
    ...(given.mirrored && { mirrored: given.mirrored }),
    candidate: {
      revision: 'candidate',
      instances: seen.map((one) => ({ ...one, ...asOf(given.candidateAsOfS) })),
      ...(gap === undefined ? {} : { gap }),
      ...(given.countedAtSplit === false ? {} : { countedAtSplit: true as const }),
    },
    stable: {
      revision: 'stable',
      instances: Array.from({ length: processes }, (_, n) => ({
        ...counters({ instance: `s${n}`, requests: stable }),
        ...asOf(given.stableAsOfS),
      })),
    },
  };
}

/** Seconds until it is failing; null: it is not. */
function failsAt(given: readonly Observation[]): number | null {
  let state = openWindow(beginWatch(null), step({ minimumMs: 600_000, maximumMs: null }));
  for (const one of given) {
    state = observe(state, one, policy);
    const verdict = judge(state, one.atMs, policy);
    if (verdict?.kind === 'fail') {
      assert.equal(verdict.evidence[0]?.check, 'answers', verdict.reason);
      return one.atMs / 1000;
    }
  }
  return null;
}

const seconds = (from: number, to: number, everyS = 0.25) =>
  Array.from({ length: Math.round((to - from) / everyS) + 1 }, (_, n) => from + n * everyS);
/** 160 answers a second of stable; 40 of the candidate until it hangs. */
const hangsAfter = (hangS: number, change: (atS: number) => Partial<Answers> = () => ({})) =>
  seconds(0, 20).map((atS) =>
    answers(atS, { candidate: 40 * Math.min(atS, hangS), stable: 160 * atS, ...change(atS) }),
  );

const failing: readonly { name: string; given: readonly Observation[]; withinS: number }[] = [
  { name: 'after 5 healthy seconds', given: hangsAfter(5), withinS: 6.75 },
  {
    name: 'after 5 healthy seconds of copies of all requests',
    given: hangsAfter(5, () => ({ weight: 100, mirrored: true })),
    withinS: 6.75,
  },
  {
    name: 'of 20 copies of a hundred requests, which stable answers itself',
    given: hangsAfter(5, () => ({ weight: 20, mirrored: true })),
    withinS: 6.75,
  },
  { name: 'after an hour', given: [...hangsAfter(5).map(later)], withinS: 3607 },
  {
    name: 'from its first request, so that its series never appears',
    given: hangsAfter(0, () => ({ candidate: null })),
    withinS: 3.75,
  },
  {
    name: 'from its first request, looked at every second',
    given: seconds(0, 10, 1).map((atS) => answers(atS, { candidate: null, stable: 160 * atS })),
    withinS: 4,
  },
  {
    name: 'with looks that fail between',
    given: hangsAfter(5).map((one, n) => (n % 3 === 0 ? one : missedLook(one.atMs / 1000))),
    withinS: 7.5,
  },
  {
    name: 'seen through scrapes every 2 s',
    given: hangsAfter(4, (atS) => {
      const asOfS = Math.floor(atS / 2) * 2;
      const ofThen = { candidate: 40 * Math.min(asOfS, 4), stable: 160 * asOfS };
      return { ...ofThen, candidateAsOfS: asOfS, stableAsOfS: asOfS };
    }),
    withinS: 8,
  },
];

/** As if an hour of looks every second, answered by both, had gone before. */
function later(sample: HealthSample): HealthSample {
  return { ...sample, atMs: sample.atMs + 3_600_000 };
}

const healthy: readonly { name: string; given: readonly Observation[] }[] = [
  { name: 'both answer', given: hangsAfter(20) },
  { name: 'stable hangs too', given: hangsAfter(5, (atS) => ({ stable: 160 * Math.min(atS, 5) })) },
  { name: 'the counters are of pods', given: hangsAfter(5, () => ({ countedAtSplit: false })) },
  { name: 'a part could not be read', given: hangsAfter(5, () => ({ gap: 'one is silent' })) },
  { name: 'the weight is 0', given: hangsAfter(0, () => ({ weight: 0 })) },
  { name: 'it has all of the traffic', given: hangsAfter(0, () => ({ weight: 100 })) },
  {
    name: 'a gateway goes by the split 2.9 s late',
    given: hangsAfter(20, (atS) => ({ candidate: 40 * Math.max(0, atS - 2.9) })),
  },
  {
    name: 'every answer takes 0.9 s',
    given: hangsAfter(20, (atS) => ({ candidate: 40 * Math.max(0, atS - 0.9) })),
  },
  {
    name: 'its counters are older than those of stable',
    given: hangsAfter(5, () => ({ candidateAsOfS: 5 })),
  },
  {
    name: 'a few requests went elsewhere by chance',
    given: seconds(0, 12).map((atS) => answers(atS, { candidate: 5, stable: Math.floor(4 * atS) })),
  },
  {
    name: 'a gateway process appears with all it ever counted',
    given: seconds(0, 5).map((atS) =>
      answers(atS, { candidate: 7, stable: 50_000, processes: atS < 4 ? 1 : 2 }),
    ),
  },
];

describe('a candidate that answers none of its requests', () => {
  for (const { name, given, withinS } of failing) {
    it(`is failing: ${name}`, () => {
      const atS = failsAt(given);
      assert.ok(atS !== null && atS <= withinS, `after ${atS} s`);
    });
  }

  it('is told with the numbers', () => {
    let state = openWindow(beginWatch(null), step());
    for (const one of hangsAfter(5)) state = observe(state, one, policy);
    const reason = judge(state, 20_000, policy)?.reason ?? '';
    assert.match(
      reason,
      /^none of about \d+ requests that 20 % sends to the candidate since 00:00:0\d UTC was answered within 1000 ms, while stable answered \d+: E = .* ≥ 100$/,
    );
  });

  for (const { name, given } of healthy) {
    it(`is not seen where ${name}`, () => assert.equal(failsAt(given), null));
  }

  it('is no more than 1 kB of what a watch remembers', () => {
    const many = seconds(0, 20, 0.05).map((atS) =>
      answers(atS, { candidate: null, stable: Math.round(1e6 * atS), processes: 5 }),
    );
    let state = openWindow(beginWatch(null), step());
    let largest = 0;
    for (const one of many.slice(0, 60)) {
      state = observe(state, one, policy);
      largest = Math.max(largest, JSON.stringify(state.unanswered).length);
    }
    assert.ok(largest < 1500, `${largest}`);
  });
});

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

interface World {
  readonly weight: number;
  readonly perSecond: number;
  /** Share of answers that take longer than any look goes on, and the time of all others. */
  readonly hanging: number;
  readonly latencyS: number;
}

/** A minute of looks each second at two equal revisions, whose requests a gateway deals out by chance. */
function aMinute(world: World, random: () => number): readonly HealthSample[] {
  const { weight, perSecond, hanging, latencyS } = world;
  const done: { readonly atS: number; readonly isCandidate: boolean }[] = [];
  const count = Math.floor(60 * perSecond);
  for (let n = 0; n < count; n++) {
    const isCandidate = random() * 100 < weight;
    if (random() >= hanging)
      done.push({ atS: n / perSecond + latencyS * (0.5 + random() / 2), isCandidate });
  }
  const total = { candidate: 0, stable: 0 };
  done.sort((a, b) => a.atS - b.atS);
  let next = 0;
  return seconds(0, 60, 1).map((atS) => {
    for (; (done[next]?.atS ?? Infinity) <= atS; next++) {
      total[done[next]?.isCandidate ? 'candidate' : 'stable'] += 1;
    }
    return answers(atS, { weight, stable: total.stable, candidate: total.candidate || null });
  });
}

/** The guards beside it have tests of their own, and take their time. */
function seemsSilent(looks: readonly HealthSample[]): boolean {
  let state: UnansweredState | undefined;
  let answered = 0;
  for (const one of looks) {
    const requests = one.candidate.instances[0]?.requests ?? 0;
    state = observeSilence(state, one, requests - answered, policy);
    answered = requests;
  }
  return state?.crossed != null;
}

describe(`false silence of healthy candidates (${runs} runs a cell, seed ${seed})`, () => {
  for (const weight of [1, 20, 80]) {
    for (const perSecond of [0.5, 10, 100]) {
      it(`${weight} % of ${perSecond} requests a second, 4 % never answered, others in up to 0.95 s`, () => {
        const random = randomFrom(seed + weight * 1000 + perSecond);
        const world = { weight, perSecond, hanging: 0.04, latencyS: 0.95 };
        const times = Math.ceil(runs / (perSecond > 50 ? 10 : 1));
        let hits = 0;
        for (let n = 0; n < times; n++) if (seemsSilent(aMinute(world, random))) hits++;
        // They must not contradict the 1 % that the bound allows.
        const likely = hits === 0 ? 1 : 1 - atMost(hits - 1, times, 0.01);
        assert.ok(likely > 0.01, `${hits} of ${times}`);
      });
    }
  }

  it('would see one that answers nothing', () => {
    const world = { weight: 20, perSecond: 10, hanging: 0.04, latencyS: 0.95 };
    const looks = aMinute(world, randomFrom(seed)).map((one) => {
      return { ...one, candidate: { ...one.candidate, instances: [] } };
    });
    assert.ok(seemsSilent(looks));
  });
});

/** How often the comparison with stable cries wolf over healthy candidates, and how soon it sees a fault. */
import assert from 'node:assert/strict';
import {
  beginGuard,
  binomialTest,
  lookAt,
  rollBackAt,
} from '../../../src/domain/analysis/binomial-guard.js';
import {
  beginDispersion,
  type Dispersion,
  dispersionFrom,
  learnDispersion,
  learnForMs,
} from '../../../src/domain/analysis/dispersion.js';
import {
  agreedLogE,
  beginTwoKeys,
  lookWithTwoKeys,
  sumOf,
} from '../../../src/domain/analysis/two-keys.js';
import { atMost } from '../../bench/analysis/clopper-pearson.js';
import { trafficOf, type World } from './comparison-worlds.js';
import { type Random, randomFrom } from './seeded-random.js';

const isFull = process.env.SLUICE_TEST_FULL !== undefined;
const runs = isFull ? 10_000 : 200;
const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31);
const logLimit = Math.log(rollBackAt);

/** As a target does: stable alone for the time it takes to learn, before the candidate has traffic. */
function learnt(world: World, random: Random): Dispersion {
  const forMs = world.secondsPerLook * 1000;
  const traffic = trafficOf({ ...world, weight: 0 }, random);
  let state = beginDispersion();
  for (let atMs = 0; atMs < learnForMs; atMs += forMs) {
    state = learnDispersion(state, traffic.next(0).stable, forMs);
  }
  return dispersionFrom(state, null);
}

interface Found {
  readonly odds: boolean;
  readonly both: boolean;
}

function watchHealthy(world: World, random: Random): Found {
  const traffic = trafficOf(world, random);
  let state = beginTwoKeys([learnt(world, random)]);
  for (let look = 0; look < world.looks; look++) {
    const pair = traffic.next(look / world.looks);
    state = lookWithTwoKeys(state, [pair], look * world.secondsPerLook * 1000);
  }
  return { odds: state.highest.logOdds >= logLimit, both: agreedLogE(state) >= logLimit };
}

/** All runs of a full test must prove 1 % (99 % Clopper–Pearson); the few of a change must not contradict it. */
function assertAtMostOnePercent(hits: number): void {
  const isProven = atMost(hits, runs, 0.01) <= 0.01;
  const isContradicted = hits > 0 && 1 - atMost(hits - 1, runs, 0.01) <= 0.001;
  assert.ok(isFull ? isProven : !isContradicted, `${hits} false rollbacks in ${runs} runs`);
}

const twenty = { instances: { candidate: 1, stable: 19 }, weight: 0.05, secondsPerLook: 10 };
const healthy: (World & {
  readonly name: string;
  readonly oddsFails?: true;
})[] = [
  { name: '50 a second, 0.2 %, alike', perSecond: 50, base: 0.002, looks: 180, ...twenty },
  {
    name: '1000, 1 %, a day, weight 50 % on 2 of 4',
    perSecond: 1000,
    base: 0.01,
    looks: 90,
    secondsPerLook: 5,
    weight: 0.5,
    instances: { candidate: 2, stable: 2 },
    isDiurnal: true,
  },
  { name: '1000, 0.2 %, fresh k = 2', perSecond: 1000, base: 0.002, looks: 180, k: 2, ...twenty },
  {
    name: '5000, 0.2 %, fresh k = 1: the first key alone fails',
    perSecond: 5000,
    base: 0.002,
    looks: 180,
    k: 1,
    oddsFails: true,
    ...twenty,
  },
  {
    name: '5000, 0.2 %, fresh k = 1, weight 5 % on 5 of 20',
    perSecond: 5000,
    base: 0.002,
    looks: 90,
    k: 1,
    secondsPerLook: 10,
    weight: 0.05,
    instances: { candidate: 5, stable: 15 },
  },
  {
    name: '1000, 1 %, troubles of 10 s (k = 2), a look each second',
    perSecond: 1000,
    base: 0.01,
    looks: 300,
    k: 2,
    keptFor: 10,
    ...twenty,
    secondsPerLook: 1,
  },
  {
    name: '1000, 1 %, troubles of 3 s (k = 2), a look each second',
    perSecond: 1000,
    base: 0.01,
    looks: 300,
    k: 2,
    keptFor: 3,
    ...twenty,
    secondsPerLook: 1,
  },
  {
    name: '5000, 1 %, drawn anew every 5 s (k = 2), a look each 5 s',
    perSecond: 5000,
    base: 0.01,
    looks: 180,
    k: 2,
    ...twenty,
    secondsPerLook: 5,
  },
  {
    name: '1000, 0.2 %, lasting, CV 15 %',
    perSecond: 1000,
    base: 0.002,
    looks: 180,
    k: 44,
    keptFor: Infinity,
    ...twenty,
  },
];

describe(`false rollbacks by comparison with stable (${runs} runs a cell, seed ${seed})`, () => {
  for (const [index, world] of healthy.entries()) {
    it(world.name, () => {
      const random = randomFrom(seed + index);
      const found = Array.from({ length: runs }, () => watchHealthy(world, random));
      const hits = { odds: 0, both: 0 };
      for (const { odds, both } of found) {
        if (odds) hits.odds++;
        if (both) hits.both++;
      }
      console.log(`      first key ${hits.odds}, both ${hits.both} of ${runs}`);
      assertAtMostOnePercent(hits.both);
      if (world.oddsFails) assert.ok(hits.odds > 0.02 * runs, 'the second key has nothing to do');
    }).timeout(isFull ? 3_600_000 : 60_000);
  }
});

/** Looks until the judge and the binomial guard (limit 5 %) roll back; null: not within the world's looks. */
function looksUntilFound(
  world: World,
  dispersion: Dispersion,
  random: Random,
): { keys: number | null; guard: number | null } {
  const traffic = trafficOf(world, random);
  const five = binomialTest(0.05);
  let state = beginTwoKeys([dispersion]);
  let guard = beginGuard(0);
  let keys: number | null = null;
  let crossed: number | null = null;
  for (let look = 1; look <= world.looks && (keys === null || crossed === null); look++) {
    const pair = traffic.next(0);
    const atMs = look * 1000;
    const { bad, requests } = sumOf(pair.candidate);
    state = lookWithTwoKeys(state, [pair], atMs);
    guard = lookAt(five, guard, { atMs, bad, total: requests, undecided: 0 }, rollBackAt);
    if (keys === null && agreedLogE(state) >= logLimit) keys = look;
    if (crossed === null && guard.crossed) crossed = look;
  }
  return { keys, guard: crossed };
}

function quantile(values: readonly (number | null)[], part: number): string {
  const sorted = values.map((value) => value ?? Infinity).sort((a, b) => a - b);
  const value = sorted[Math.ceil(part * sorted.length) - 1] ?? Infinity;
  return Number.isFinite(value) ? String(value) : 'not found';
}

const delayRuns = isFull ? 1_000 : 40;
const sixty = { secondsPerLook: 1, looks: 600 };
const pods = (candidate: number, stable: number) => ({ instances: { candidate, stable } });

describe(`seconds until a fault is found, a look each second (${delayRuns} runs, seed ${seed})`, () => {
  const faults = [
    { fault: 0.3, base: 0.001, perSecond: 200, weight: 0.2, ...pods(1, 3), want: 3 },
    { fault: 0.3, base: 0.001, perSecond: 100, weight: 0.05, ...pods(1, 19), want: 10 },
    { fault: 0.1, base: 0.001, perSecond: 200, weight: 0.2, ...pods(2, 6), want: 6 },
    { fault: 0.02, base: 0.005, perSecond: 200, weight: 0.2, ...pods(2, 6), want: 120 },
    { fault: 0.02, base: 0.005, perSecond: 1000, weight: 0.1, ...pods(2, 18), want: 60 },
    { fault: 0.02, base: 0.002, perSecond: 100, weight: 0.05, ...pods(1, 19), want: 200 },
  ];
  for (const { want, ...world } of faults) {
    const { fault, base, perSecond, weight, instances } = world;
    const where = `${perSecond} a second at ${weight * 100} % on ${instances.candidate} of ${instances.candidate + instances.stable}`;
    it(`${fault * 100} % beside ${base * 100} %, ${where}: median at most ${want} s`, () => {
      const random = randomFrom(seed);
      const prior: Dispersion = { phi: 1, source: 'prior', because: 'too short' };
      const known: Dispersion = { phi: 0.1, source: 'learnt', because: null };
      const found = [prior, known].map((dispersion) =>
        Array.from({ length: delayRuns }, () =>
          looksUntilFound({ ...world, ...sixty }, dispersion, random),
        ),
      );
      const row = (values: readonly (number | null)[]) =>
        `${quantile(values, 0.5)} / ${quantile(values, 0.95)}`;
      const [byPrior = [], byKnown = []] = found.map((all) => all.map(({ keys }) => keys));
      const guard = row((found[0] ?? []).map(({ guard }) => guard));
      console.log(
        `      both keys, k = 1: ${row(byPrior)}; k = 10: ${row(byKnown)}; guard of 5 %: ${guard}`,
      );
      assert.ok(Number(quantile(byPrior, 0.5)) <= want, `median ${quantile(byPrior, 0.5)} s`);
    }).timeout(isFull ? 3_600_000 : 60_000);
  }
});

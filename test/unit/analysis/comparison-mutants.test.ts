/** Wrong ways to put the comparison's evidence together, each refused by the bound that the right one keeps. */
import assert from 'node:assert/strict';
import type { Dispersion, InstanceCount } from '../../../src/domain/analysis/dispersion.js';
import {
  addEvidence,
  beginEvidence,
  type EvidenceState,
  logEvidenceOf,
} from '../../../src/domain/analysis/evidence-mixture.js';
import {
  type CountPair,
  oddsFactors,
  toleratedOddsRatio,
} from '../../../src/domain/analysis/odds-test.js';
import { beginTwoKeys, logKeys, lookWithTwoKeys } from '../../../src/domain/analysis/two-keys.js';
import { chances, hypergeometricLaw, pair } from './exact-comparison.js';
import { toNumber } from './exact-guard.js';

/** log E of one look after another, each with one table for each part (errors, edges of latency). */
type Combination = (looks: readonly (readonly CountPair[])[]) => number;

const dispersion: Dispersion = { phi: 1, source: 'prior', because: 'too short' };

const shipped: Combination = (looks) => {
  let state = beginTwoKeys((looks[0] ?? []).map(() => dispersion));
  for (const [n, parts] of looks.entries()) {
    const look = parts.map(({ candidate, stable }) => ({
      candidate: [candidate],
      stable: [stable],
    }));
    state = lookWithTwoKeys(state, look, n * 1000);
  }
  return logKeys(state).logOdds;
};

function evidenceOf(looks: readonly CountPair[]): EvidenceState {
  return looks.reduce(
    (state, counts, n) => addEvidence(state, oddsFactors(counts), n * 1000),
    beginEvidence(),
  );
}
const partsOf = (looks: readonly (readonly CountPair[])[]): CountPair[][] =>
  (looks[0] ?? []).map((_, part) => looks.map((parts) => parts[part] as CountPair));
const firstOf = (looks: readonly (readonly CountPair[])[]) => partsOf(looks)[0] ?? [];

const mutants: Readonly<Record<string, Combination>> = {
  'drops the strata: one table of all looks': (looks) => {
    const all = firstOf(looks);
    const of = (side: 'candidate' | 'stable', what: 'bad' | 'requests') =>
      all.reduce((sum, counts) => sum + counts[side][what], 0);
    const [x, n] = [of('candidate', 'bad'), of('candidate', 'requests')];
    const sum = pair(x, n, of('stable', 'bad'), of('stable', 'requests'));
    return logEvidenceOf(evidenceOf([sum]));
  },
  'drops a stratum: looks in which the candidate failed nothing': (looks) =>
    logEvidenceOf(evidenceOf(firstOf(looks).filter(({ candidate }) => candidate.bad > 0))),
  'takes the largest E of the parts': (looks) =>
    Math.max(...partsOf(looks).map((part) => logEvidenceOf(evidenceOf(part)))),
  'takes the largest E of the alternatives': (looks) => {
    const state = evidenceOf(firstOf(looks));
    const started = state.logS.map(Math.exp);
    const mean = started.reduce((sum, e) => sum + e, 0) / started.length;
    return Math.log(Math.exp(logEvidenceOf(state)) - mean + Math.max(...started));
  },
};

interface Table {
  readonly candidate: number;
  readonly stable: number;
  readonly bad: number;
}

/** Most errors come while the candidate has most of the traffic; two parts in each of two looks. */
const world: readonly (readonly Table[])[] = [
  [
    { candidate: 9, stable: 3, bad: 5 },
    { candidate: 4, stable: 8, bad: 3 },
  ],
  [
    { candidate: 1, stable: 11, bad: 1 },
    { candidate: 6, stable: 6, bad: 4 },
  ],
];

/** Over every way in which the bad requests can fall, with the chances of one odds ratio. */
function expectationOf(combination: Combination, oddsRatio: number): number {
  const tables = world.flat();
  const laws = tables.map(({ candidate, stable, bad }) => {
    const law = hypergeometricLaw(candidate, stable, bad);
    return { low: law.low, chances: chances(law, oddsRatio).map(toNumber) };
  });
  let sum = 0;
  const walk = (drawn: readonly number[], chance: number): void => {
    const law = laws[drawn.length];
    if (law !== undefined) {
      law.chances.forEach((p, i) => walk([...drawn, law.low + i], chance * p));
      return;
    }
    const counts = tables.map(({ candidate, stable, bad }, n) =>
      pair(drawn[n] as number, candidate, bad - (drawn[n] as number), stable),
    );
    sum += chance * Math.exp(combination([counts.slice(0, 2), counts.slice(2)]));
  };
  walk([], 1);
  return sum;
}

describe('evidence put together, by enumeration of two looks with two parts', () => {
  it('as shipped is expected to stay at 1 or below, for odds ratios up to 1.5', () => {
    for (const oddsRatio of [0.3, 1, toleratedOddsRatio]) {
      const e = expectationOf(shipped, oddsRatio);
      assert.ok(e <= 1 + 1e-12, `odds ratio ${oddsRatio}: ${e}`);
    }
  });

  for (const [name, mutant] of Object.entries(mutants)) {
    it(`is refused when it ${name}`, () => {
      const e = expectationOf(mutant, toleratedOddsRatio);
      assert.ok(e > 1.02, `expected ${e}`);
    });
  }
});

/** All ways to divide `bad` requests among `instances`. */
function* divisions(bad: number, instances: number): Generator<readonly number[]> {
  if (instances === 1) yield [bad];
  else {
    for (let first = 0; first <= bad; first++) {
      for (const rest of divisions(bad - first, instances - 1)) yield [first, ...rest];
    }
  }
}

/** The moment estimator of dispersion.ts on nothing but one look. */
function phiOf(stable: readonly InstanceCount[]): number {
  const bad = stable.reduce((sum, one) => sum + one.bad, 0);
  if (bad < 2) return 0;
  const together = stable.reduce((sum, one) => sum + one.bad * (one.bad - 1), 0);
  const quotient = (together / (bad * (bad - 1))) * stable.length;
  const left = 1 - together / (bad * (bad - 1));
  return quotient <= 1 ? 0 : left <= 0 ? 100 : (quotient - 1) / left;
}

describe('the dispersion of the second key, by enumeration of 8 bad requests on 1 and 3 instances, k = 1', () => {
  /** With k = 1 and the same traffic every division is as likely as every other. */
  function expected(dispersionFor: (stable: readonly InstanceCount[]) => number): number {
    let sum = 0;
    let count = 0;
    for (const [own = 0, ...others] of divisions(8, 4)) {
      const candidate = [{ requests: 1000, bad: own }];
      const stable = others.map((bad) => ({ requests: 1000, bad }));
      const begun = beginTwoKeys([{ ...dispersion, phi: dispersionFor(stable) }]);
      const seen = lookWithTwoKeys(begun, [{ candidate, stable }], 0);
      // A later one ends its stratum, whatever the first key has seen.
      const ended = lookWithTwoKeys(seen, [{ candidate: [], stable: [] }], 20_000);
      sum += Math.exp(logKeys(ended).logSpread);
      count++;
    }
    return sum / count;
  }

  it('learnt before the look, the second key is expected to stay at 1 or below', () => {
    assert.ok(expected(() => 1) <= 1 + 1e-9);
    assert.ok(expected(() => 1.25) <= 1 + 1e-9);
    assert.ok(expected(() => 0.5) > 1.02, 'the check above can fail');
  });

  it('is refused when it takes the dispersion from the look that it judges', () => {
    assert.ok(expected(phiOf) > 1.02, `${expected(phiOf)}`);
  });
});

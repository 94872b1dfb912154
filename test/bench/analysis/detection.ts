/** Seconds from a bad candidate's first traffic until a judge rolls it back, in simulated rollouts. */
import type { Interval, SideIncrease } from '../../../src/domain/analysis/alternatives/interval.js';
import {
  beginNamedJudge,
  judgeByName,
  type NamedJudge,
  observeInterval,
} from '../../../src/domain/analysis/alternatives/named-judge.js';
import { judge } from '../../../src/domain/analysis/judge.js';
import type { RevisionCounters } from '../../../src/domain/analysis/sample.js';
import { observe, openWindow } from '../../../src/domain/analysis/watch.js';
import type { Random } from '../../unit/analysis/seeded-random.js';
import { beginRollout } from './false-alarms.js';
import { beginTraffic, type World } from './traffic.js';

/** Null: not while the plan lasts. */
export type Found = number | null;

const noCounts: SideIncrease = { requests: 0, errors: 0 };

function weightOf({ plan }: World): number {
  return plan[0] ?? 0;
}

/** @param isKnown false: the dispersion of stable is not learnt but assumed */
export function secondsToRollback(world: World, random: Random, isKnown = true): Found {
  const { policy, traffic, state: begun } = beginRollout(world, random, isKnown);
  const { secondsPerLook } = world;
  const stepMs = world.seconds * 1000;
  const weight = weightOf(world);
  const window = { minimumMs: stepMs, maximumMs: stepMs, until: 'judged', weight } as const;
  let state = openWindow(begun, window);
  for (let second = secondsPerLook; second <= world.seconds; second += secondsPerLook) {
    const sample = traffic.next(weight);
    state = observe(state, sample, policy);
    if (judge(state, sample.atMs, policy)?.kind === 'fail') return second;
  }
  return null;
}

/** The same for several named judges beside each other over the same traffic, each told as often as it needs. */
export function secondsByName(
  world: World,
  judges: readonly { readonly judge: NamedJudge; readonly secondsPerLook: number }[],
  random: Random,
): Found[] {
  const traffic = beginTraffic(world, random);
  const weight = weightOf(world);
  let marks = countsOf(traffic.next(0));
  const startedAtMs = world.secondsPerLook * 1000;
  const stepMs = world.seconds * 1000;
  const times = { startedAtMs, minimumMs: stepMs, maximumMs: stepMs };
  const running = judges.map(({ judge: settings, secondsPerLook }) => ({
    ...{ settings, secondsPerLook, state: beginNamedJudge(settings) },
    ...{ candidate: noCounts, stable: noCounts, found: null as Found },
  }));
  for (const one of running) {
    const started = { atMs: startedAtMs, candidate: noCounts, stable: noCounts };
    one.state = observeInterval(one.state, started, one.settings, startedAtMs);
  }
  for (let second = world.secondsPerLook; second <= world.seconds; second += world.secondsPerLook) {
    if (running.every(({ found }) => found !== null)) break;
    const sample = traffic.next(weight);
    const now = countsOf(sample);
    const grown = {
      candidate: less(now.candidate, marks.candidate),
      stable: less(now.stable, marks.stable),
    };
    marks = now;
    for (const one of running) {
      if (one.found !== null) continue;
      one.candidate = plus(one.candidate, grown.candidate);
      one.stable = plus(one.stable, grown.stable);
      if (second % one.secondsPerLook !== 0) continue;
      const { candidate, stable, settings } = one;
      const interval: Interval = { atMs: sample.atMs, candidate, stable };
      one.state = observeInterval(one.state, interval, settings, startedAtMs);
      [one.candidate, one.stable] = [noCounts, noCounts];
      if (judgeByName(one.state, times, sample.atMs, settings)?.kind === 'fail') one.found = second;
    }
  }
  return running.map(({ found }) => found);
}

function countsOf(sample: {
  readonly candidate: RevisionCounters;
  readonly stable: RevisionCounters | null;
}): { readonly candidate: SideIncrease; readonly stable: SideIncrease } {
  const sum = (side: RevisionCounters | null): SideIncrease =>
    (side?.instances ?? []).reduce(plus, noCounts);
  return { candidate: sum(sample.candidate), stable: sum(sample.stable) };
}

function plus(a: SideIncrease, b: SideIncrease): SideIncrease {
  return { requests: a.requests + b.requests, errors: a.errors + b.errors };
}

function less(a: SideIncrease, b: SideIncrease): SideIncrease {
  return { requests: a.requests - b.requests, errors: a.errors - b.errors };
}

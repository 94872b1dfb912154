/** The table of delays: this judge beside its peers, as they are configured and at a matched share of false alarms. */
import { streamFrom } from '../../unit/analysis/seeded-random.js';
import { type Found, secondsByName, secondsToRollback } from './detection.js';
import { settings, type Setting } from './peers.js';
import type { World } from './traffic.js';

export interface Delay {
  readonly fault: string;
  readonly judge: string;
  /** Seconds; null: half of the faults, or a twentieth, were not found. */
  readonly medianS: number | null;
  readonly p95S: number | null;
  /** Share of faults not found, 0–1. */
  readonly missed: number;
}

/** A delay and where it stands in the tables. */
export interface DelayCell extends Delay {
  readonly perSecond: number;
  readonly harm: number;
  /** The row's name: a judge in all worlds; of two series with one name the faster counts. */
  readonly row: string;
}

/** 5 % for half an hour, a look each second; base 0.2 %. */
export const delayRates: readonly number[] = [50, 200, 1000];
export const harms: readonly number[] = [3, 10, 50];
const mostFalseHealthyShares = 0.01;

function worldOf(perSecond: number, harm: number): World {
  return {
    ...{ perSecond, base: 0.002, harm, plan: [5], shape: 'flat', spread: 'none' },
    ...{ secondsPerLook: 1, seconds: 1800, timing: 'fast' },
  };
}

/** Names of this judge: told of stable's dispersion by earlier rollouts, and not. */
export const own = [
  { name: 'Sluice', isKnown: true },
  { name: 'Sluice, nothing learnt', isKnown: false },
] as const;

/** Share of healthy rollouts that are rolled back: by this judge's two, then by each of the peers' settings. */
export interface HealthyShares {
  readonly own: readonly number[];
  /** 1: too often to be worth asking to the end. */
  readonly peers: readonly number[];
}

export function alarmsAt(perSecond: number, runs: number, seed: number): HealthyShares {
  const world = worldOf(perSecond, 1);
  const hits = settings.map(() => 0);
  for (let run = 0; run < runs; run++) {
    const asked = settings.flatMap((setting, n) => {
      const isHopeless = setting.limit !== null && (hits[n] ?? 0) > mostFalseHealthyShares * runs;
      return isHopeless ? [] : [{ ...setting, n }];
    });
    const found = secondsByName(world, asked, streamFrom(seed, run));
    asked.forEach(({ n }, i) => {
      if (found[i] !== null) hits[n] = (hits[n] ?? 0) + 1;
    });
  }
  const ownShares = own.map(({ isKnown }) =>
    shareOf(runsOf(runs, (run) => secondsToRollback(world, streamFrom(seed, run), isKnown))),
  );
  return {
    own: ownShares,
    peers: hits.map((count, n) => {
      const isHopeless = settings[n]?.limit !== null && count > mostFalseHealthyShares * runs;
      return isHopeless ? 1 : count / runs;
    }),
  };
}

/** One of the peers' settings that takes part in the table. */
export interface Entrant {
  readonly judge: string;
  readonly row: string;
  /** Place in the list of settings. */
  readonly setting: number;
}

/**
 * As configured, and the strictest limit of each series that keeps within 1 %: at this rate of requests, and at all of
 * them with one limit, as a judge has to that nobody tunes. The strictest of a series is its fastest.
 */
export function entrantsAt(rate: number, alarms: readonly HealthyShares[]): Entrant[] {
  const configured = settings.flatMap(({ peer, limit }, setting) =>
    limit === null ? [{ judge: peer, row: peer, setting }] : [],
  );
  const matched = (words: string, over: readonly HealthyShares[]): Entrant[] => {
    const taken = new Set<string>();
    return settings.flatMap(({ peer, series, limit }, setting) => {
      const isQuiet = over.every(({ peers }) => (peers[setting] ?? 1) <= mostFalseHealthyShares);
      if (limit === null || !isQuiet || taken.has(series)) return [];
      taken.add(series);
      const row = `${peer}, ${words}`;
      return [{ judge: `${row} (${limit})`, row, setting }];
    });
  };
  const here = alarms[rate];
  return [
    ...configured,
    ...matched('tuned to this traffic', here === undefined ? [] : [here]),
    ...matched('one limit for all traffic', alarms),
  ];
}

export function delaysAt(
  { perSecond, harm }: { readonly perSecond: number; readonly harm: number },
  entrants: readonly Entrant[],
  runs: number,
  seed: number,
): DelayCell[] {
  const world = worldOf(perSecond, harm);
  const fault = `${harm} times 0.2 %, ${perSecond} rps, weight 5 %`;
  const cell = (judge: string, row: string, found: readonly Found[]): DelayCell => {
    return { ...delayOf(fault, judge, found), perSecond, harm, row };
  };
  // Healthy runs have chosen the limits: these have streams of their own.
  const random = (run: number) => streamFrom(seed + harm, run);
  const ours = own.map(({ name, isKnown }) =>
    cell(
      name,
      name,
      runsOf(runs, (run) => secondsToRollback(world, random(run), isKnown)),
    ),
  );
  const asked = entrants.map(({ setting }) => settings[setting] as Setting);
  const byRun = runsOf(runs, (run) => secondsByName(world, asked, random(run)));
  const theirs = entrants.map(({ judge, row }, n) =>
    cell(
      judge,
      row,
      byRun.map((found) => found[n] ?? null),
    ),
  );
  return [...ours, ...theirs];
}

function runsOf<T>(runs: number, one: (run: number) => T): T[] {
  return Array.from({ length: runs }, (_, run) => one(run));
}

function shareOf(found: readonly Found[]): number {
  return found.filter((seconds) => seconds !== null).length / found.length;
}

function delayOf(fault: string, judge: string, found: readonly Found[]): Delay {
  const sorted = found.map((seconds) => seconds ?? Infinity).sort((a, b) => a - b);
  const at = (part: number): number | null => {
    const seconds = sorted[Math.ceil(part * sorted.length) - 1] ?? Infinity;
    return Number.isFinite(seconds) ? seconds : null;
  };
  const missed = Number((1 - shareOf(found)).toFixed(4));
  return { fault, judge, medianS: at(0.5), p95S: at(0.95), missed };
}

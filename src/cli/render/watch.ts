/** A watch under way as text: a bar for each test on its way to its limit, counts of both sides, and what to expect. */
import type { CheckSummary, WatchSummary } from '../../domain/analysis/explain-watch.js';
import { checkNames, formatE, shareOf } from '../../domain/analysis/format-evidence.js';
import type { SideCounts } from '../../domain/analysis/odds-test.js';
import { harmless, type Paint, roundedDuration, table } from './paint.js';
import { sparkline } from './sparkline.js';

const cells = 10;

/** @param trails how far each test was at the looks so far; left out: only where it is now is known */
export function renderWatch(
  watch: WatchSummary,
  paint: Paint,
  nowMs: number,
  trails: ReadonlyMap<string, readonly number[]> = new Map(),
): string[] {
  const rows = watch.checks.map((check) => [
    nameOf(check),
    barOf(check),
    `E ${formatE(check.eValue)} of ${Math.round(check.eLimit)}${check.dryRun ? ' (dry run)' : ''}`,
    countsOf(check),
  ]);
  const measured = watch.series.map((series) => [
    harmless(series.name),
    barOf(series),
    `${series.candidate}, stable ${series.stable}${series.dryRun ? ' (dry run)' : ''}`,
    harmless(series.allowed),
  ]);
  const bars = [...watch.checks, ...watch.series];
  const lines = table([...rows, ...measured]).map((line, n) =>
    paint(colourOf(bars[n]), `watch    ${line}`),
  );
  const trend = trendLine(watch, trails);
  if (trend !== null) lines.push(paint('dim', trend));
  if (watch.named !== null) lines.push(`judge    ${harmless(watch.named)}`);
  if (watch.missed !== null) {
    lines.push(paint('yellow', `blind    ${harmless(watch.missed)}`));
  }
  const expected = expectedLine(watch, nowMs);
  return expected === null ? lines : [...lines, expected];
}

/** The way of what is nearest to its limit: the one that will decide, if any does. */
function trendLine(
  { checks, series }: WatchSummary,
  trails: ReadonlyMap<string, readonly number[]>,
): string | null {
  const all = [
    ...checks.map((check) => ({ ...check, key: check.check, name: nameOf(check) })),
    ...series.map((one) => ({ ...one, key: one.name, name: harmless(one.name) })),
  ].filter(({ dryRun }) => !dryRun);
  const [nearest] = all.sort((a, b) => b.towardsRollback - a.towardsRollback);
  const trail = trails.get(nearest?.key ?? '') ?? [];
  if (nearest === undefined || trail.length < 2) return null;
  return `trend    ${sparkline(trail, 1)}  ${nearest.name}`;
}

function nameOf({ check }: Pick<CheckSummary, 'check'>): string {
  return checkNames[check] ?? check;
}

/** @example '██████░░░░': E is at 6 tenths of the way from 1 to its limit, in powers */
function barOf({ towardsRollback }: Pick<CheckSummary, 'towardsRollback'>): string {
  const filled = Math.floor(towardsRollback * cells);
  return `${'█'.repeat(filled)}${'░'.repeat(cells - filled)}`;
}

function countsOf({ candidate, stable }: CheckSummary): string {
  const mine = sideOf(candidate);
  return stable === null ? mine : `${mine}, stable ${sideOf(stable)}`;
}

function sideOf({ bad, requests }: SideCounts): string {
  return `${bad} of ${requests} (${shareOf(bad, requests)})`;
}

function colourOf(
  check: Pick<CheckSummary, 'towardsRollback'> | undefined,
): 'red' | 'yellow' | 'dim' {
  const part = check?.towardsRollback ?? 0;
  return part >= 1 ? 'red' : part >= 0.5 ? 'yellow' : 'dim';
}

function expectedLine({ expected, window, heldBy }: WatchSummary, nowMs: number): string | null {
  if (window === null) return null;
  if (heldBy !== null && expected?.kind !== 'rollBack') return `held     ${harmless(heldBy)}`;
  if (expected === null) {
    return window.startedAtMs === null ? 'decision once its weight is seen' : null;
  }
  const inMs = roundedDuration(Math.max(0, expected.atMs - nowMs));
  if (expected.kind === 'goOn')
    return `decision in ${inMs} at the earliest: goes on, if nothing comes up`;
  const by = expected.check === null ? '' : ` by ${checkNames[expected.check] ?? expected.check}`;
  return `decision in about ${inMs}: rolls back${by}, if it goes on like this`;
}

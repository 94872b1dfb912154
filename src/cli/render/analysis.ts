/** A judged history as text: when it would have been decided and why, and how the evidence grew. */
import { fromLog } from '../../domain/analysis/binomial-guard.js';
import { checkNames, formatE, shareOf } from '../../domain/analysis/format-evidence.js';
import type { HistoryPoint, HistoryRun, SideLook } from '../../domain/analysis/history.js';
import type { CheckName } from '../../domain/analysis/verdict.js';
import { formatDuration } from '../../domain/time.js';
import { harmless, type Paint, table } from './paint.js';

interface About {
  readonly title: string;
  /** File of the plot; null: none. */
  readonly plot: string | null;
}

const mostRows = 24;

export function renderAnalysis(run: HistoryRun, { title, plot }: About, paint: Paint): string[] {
  const { points, verdict, startedAtMs } = run;
  const [first, last] = [points[0], points.at(-1)];
  const length = (last?.atMs ?? 0) - (first?.atMs ?? 0);
  const lines = [
    paint('bold', harmless(title)),
    `looks      ${points.length} over ${formatDuration(length)}, from ${timeOf(first?.atMs)} to ${timeOf(last?.atMs)}`,
    startedAtMs === null
      ? paint('yellow', 'candidate  no requests of it in this history')
      : `candidate  requests from ${timeOf(startedAtMs)} on`,
  ];
  if (verdict === null) {
    lines.push(paint('yellow', 'decision   none within this history'));
  } else {
    const colour = { pass: 'green', fail: 'red', inconclusive: 'yellow' } as const;
    const after = formatDuration(verdict.atMs - (startedAtMs ?? verdict.atMs));
    const kind = paint(colour[verdict.kind], verdict.kind);
    lines.push(`decision   ${kind} at ${timeOf(verdict.atMs)}, ${after} after its first requests`);
    lines.push(`           ${harmless(verdict.reason)}`);
    const evidence = verdict.evidence.map(({ sentence }) => `  ${harmless(sentence)}`);
    lines.push('evidence', ...evidence);
  }
  lines.push('', ...rowsOf(run, paint));
  if (plot !== null) lines.push(`plot       ${plot}`);
  return lines;
}

function timeOf(atMs: number | undefined): string {
  return new Date(atMs ?? 0).toISOString().replace('.000', '');
}

/** Evenly over the time with traffic, and always the look that decided. */
function rowsOf({ points, verdict, startedAtMs }: HistoryRun, paint: Paint): string[] {
  const from = points.findIndex(({ atMs }) => atMs === startedAtMs);
  if (from < 0) return [];
  const serving = points.slice(from);
  const every = Math.max(1, Math.ceil(serving.length / mostRows));
  const checks = [...new Set(serving.flatMap((point) => point.checks.map(({ check }) => check)))];
  const sums = totals(serving);
  const shown = serving.flatMap((point, n) => {
    const decides = point.atMs === verdict?.atMs;
    if (n % every !== 0 && n !== serving.length - 1 && !decides) return [];
    const total = sums[n];
    return [
      [
        new Date(point.atMs).toISOString().slice(11, 19),
        failedOf(total?.candidate),
        failedOf(total?.stable),
        ...checks.map((check) => eOf(point, check)),
        decides ? `◀ ${verdict.kind}` : '',
      ],
    ];
  });
  const head = ['TIME', 'CANDIDATE FAILED', 'STABLE FAILED'];
  const names = checks.map((check) => `E ${checkNames[check] ?? check}`.toUpperCase());
  const [title = '', ...rows] = table([[...head, ...names, ''], ...shown]);
  return [paint('dim', title), ...rows];
}

interface Totals {
  readonly candidate: SideLook;
  readonly stable: SideLook;
}

/** Since the candidate's first requests. */
function totals(points: readonly HistoryPoint[]): readonly Totals[] {
  const none = { requests: 0, errors: 0, slow: 0 };
  let sum: Totals = { candidate: none, stable: none };
  return points.map(({ candidate, stable }) => {
    sum = { candidate: plus(sum.candidate, candidate), stable: plus(sum.stable, stable) };
    return sum;
  });
}

function plus(a: SideLook, b: SideLook): SideLook {
  return { requests: a.requests + b.requests, errors: a.errors + b.errors, slow: a.slow + b.slow };
}

function failedOf(look: SideLook | undefined): string {
  if (look === undefined || look.requests === 0) return '—';
  return `${look.errors} of ${look.requests} (${shareOf(look.errors, look.requests)})`;
}

function eOf({ checks }: HistoryPoint, name: CheckName): string {
  const found = checks.find(({ check }) => check === name);
  if (found === undefined) return '—';
  return `${formatE(fromLog(found.logE))} of ${Math.round(fromLog(found.logLimit))}`;
}

export function analysisJson(run: HistoryRun, { title, plot }: About): object {
  const { verdict, startedAtMs, slowEdgeMs, points } = run;
  return {
    source: title,
    startedAtMs,
    decidedAtMs: verdict?.atMs ?? null,
    decidedAfterMs: verdict === null || startedAtMs === null ? null : verdict.atMs - startedAtMs,
    verdict,
    slowEdgeMs,
    points: points.map(({ atMs, candidate, stable, checks }) => ({
      ...{ atMs, candidate, stable },
      checks: checks.map(({ check, logE, logLimit, dryRun }) => {
        return { check, eValue: fromLog(logE), eLimit: Math.round(fromLog(logLimit)), dryRun };
      }),
    })),
    ...(plot === null ? {} : { plot }),
  };
}

/** The tables of a run, as they stand in docs/benchmarks.md. */
import type { Delay } from './delays.js';

export interface CellResult {
  readonly cell: string;
  readonly runs: number;
  readonly false: number;
  readonly upper99: number;
}

export interface AnalysisResult {
  readonly aa: readonly CellResult[];
  readonly delay: readonly Delay[];
  readonly updatesPerS: number;
}

/** Of one judge in the healthy rollouts of the delays' worlds. */
export interface HealthyRow {
  readonly judge: string;
  readonly shares: readonly string[];
}

const percent = (share: number, digits = 2): string => `${(share * 100).toFixed(digits)} %`;

export function cellTable(aa: readonly CellResult[]): string {
  const rows = aa.map((one) => {
    const holds = one.upper99 <= 0.01 ? 'yes' : '**no**';
    return `| ${one.cell} | ${one.runs} | ${one.false} | ${percent(one.upper99)} | ${holds} |`;
  });
  const head = '| cell | runs | false rollbacks | 99 % upper bound | at most 1 % |';
  return [head, '|---|---|---|---|---|', ...rows].join('\n');
}

/** One table for each fault. */
export function delayTables(delays: readonly Delay[]): string {
  const faults = [...new Set(delays.map(({ fault }) => fault))];
  return faults.map((fault) => delayTable(fault, delays)).join('\n\n');
}

function delayTable(fault: string, delays: readonly Delay[]): string {
  const rows = delays
    .filter((one) => one.fault === fault)
    .map(
      ({ judge, medianS, p95S, missed }) =>
        `| ${judge} | ${medianS ?? 'not found'} | ${p95S ?? 'not found'} | ${percent(missed, 1)} |`,
    );
  const head = `| ${fault} | median s | p95 s | missed |`;
  return [head, '|---|---|---|---|', ...rows].join('\n');
}

export function healthyTable(rates: readonly number[], rows: readonly HealthyRow[]): string {
  const head = `| rolled back without a fault | ${rates.map((rate) => `${rate} rps`).join(' | ')} |`;
  const lines = rows.map(({ judge, shares }) => `| ${judge} | ${shares.join(' | ')} |`);
  return [head, `|---|${'---|'.repeat(rates.length)}`, ...lines].join('\n');
}

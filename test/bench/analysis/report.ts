/** The tables of a run, as they stand in docs/benchmarks.md. */
import type { Delay, DelayCell } from './delays.js';

export interface CellResult {
  readonly cell: string;
  readonly runs: number;
  readonly false: number;
  /** Of them, by a limit that the candidate did exceed for a while. */
  readonly byLimit: number;
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
    return `| ${one.cell} | ${one.runs} | ${one.false} | ${one.byLimit} | ${percent(one.upper99)} | ${holds} |`;
  });
  const head =
    '| cell | runs | false rollbacks | of them by a limit | 99 % upper bound | at most 1 % |';
  return [head, '|---|---|---|---|---|---|', ...rows].join('\n');
}

/** One table for each fault: median / p95 in seconds, and what was missed. */
export function delayTables(delays: readonly DelayCell[]): string {
  const harms = [...new Set(delays.map(({ harm }) => harm))];
  return harms
    .map((harm) =>
      delayTable(
        harm,
        delays.filter((one) => one.harm === harm),
      ),
    )
    .join('\n\n');
}

function delayTable(harm: number, delays: readonly DelayCell[]): string {
  const rates = [...new Set(delays.map(({ perSecond }) => perSecond))];
  const rows = [...new Set(delays.map(({ row }) => row))].map((row) => {
    const cells = rates.map((rate) => {
      const here = delays.filter((one) => one.row === row && one.perSecond === rate);
      const [fastest] = here.toSorted((a, b) => (a.medianS ?? Infinity) - (b.medianS ?? Infinity));
      return fastest === undefined ? 'none' : foundIn(fastest);
    });
    return `| ${row} | ${cells.join(' | ')} |`;
  });
  const head = `| fails ${harm} times as often | ${rates.map((rate) => `${rate} rps`).join(' | ')} |`;
  return [head, `|---|${'---|'.repeat(rates.length)}`, ...rows].join('\n');
}

function foundIn({ medianS, p95S, missed }: Delay): string {
  const found = `${medianS ?? '–'} / ${p95S ?? '–'}`;
  return missed === 0 ? found : `${found}, ${percent(missed, 0)} missed`;
}

export function healthyTable(rates: readonly number[], rows: readonly HealthyRow[]): string {
  const head = `| rolled back without a fault | ${rates.map((rate) => `${rate} rps`).join(' | ')} |`;
  const lines = rows.map(({ judge, shares }) => `| ${judge} | ${shares.join(' | ')} |`);
  return [head, `|---|${'---|'.repeat(rates.length)}`, ...lines].join('\n');
}

/**
 * `npm run bench:analysis`: how often the judge rolls healthy candidates back, how soon it sees a fault beside its peers,
 * and how much it takes in. `--full` is every cell of the grid; `--only aa`, `delay` or `speed` is a part of it.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { allCells, type Cell, coreCells } from './analysis/cells.js';
import { upper99 } from './analysis/clopper-pearson.js';
import {
  alarmsAt,
  type DelayCell,
  delayRates,
  delaysAt,
  type Entrant,
  entrantsAt,
  type HealthyShares,
  harms,
  own,
} from './analysis/delays.js';
import { type Alarms, countAlarms } from './analysis/false-alarms.js';
import { laneArgument, runInLanes, serveLane } from './analysis/lanes.js';
import { settings } from './analysis/peers.js';
import {
  type AnalysisResult,
  type CellResult,
  cellTable,
  delayTables,
  type HealthyRow,
  healthyTable,
} from './analysis/report.js';
import { updatesPerS } from './analysis/speed.js';

/** What a lane may be asked to do. */
type Task =
  | { readonly kind: 'cell'; readonly cell: Cell; readonly from: number; readonly to: number }
  | { readonly kind: 'alarms'; readonly perSecond: number; readonly runs: number }
  | {
      readonly kind: 'delays';
      readonly perSecond: number;
      readonly harm: number;
      readonly entrants: readonly Entrant[];
      readonly runs: number;
    };
type SeededTask = Task & { readonly seed: number };

function work(task: SeededTask): Alarms | HealthyShares | DelayCell[] {
  const { seed } = task;
  switch (task.kind) {
    case 'cell':
      return countAlarms(task.cell.world, seed, task);
    case 'alarms':
      return alarmsAt(task.perSecond, task.runs, seed);
    case 'delays':
      return delaysAt(task, task.entrants, task.runs, seed);
  }
}

const script = fileURLToPath(import.meta.url);
const say = (line: string) => process.stderr.write(`${line}\n`);

interface Options {
  readonly cells: readonly Cell[];
  readonly runs: number;
  readonly delayRuns: number;
  readonly seed: number;
  readonly lanes: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean' },
      full: { type: 'boolean' },
      only: { type: 'string' },
      runs: { type: 'string', default: '10000' },
      'delay-runs': { type: 'string', default: '100' },
      seed: { type: 'string', default: '20261121' },
      lanes: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    },
  });
  const whole = (name: 'runs' | 'delay-runs' | 'seed' | 'lanes'): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1) throw new RangeError(`--${name} is a whole number`);
    return value;
  };
  const options: Options = {
    cells: values.full ? allCells() : coreCells(),
    ...{ runs: whole('runs'), delayRuns: whole('delay-runs') },
    ...{ seed: whole('seed'), lanes: whole('lanes') },
  };
  const isWanted = (part: string): boolean => values.only === undefined || values.only === part;
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim();
  say(`  commit ${commit}, seed ${options.seed}, ${options.runs} runs a cell, load ${loadOf()}`);
  const startedAt = Date.now();
  const speeds = isWanted('speed') ? [20, 2500].map((errors) => updatesPerS(errors)) : [0, 0];
  const delays = isWanted('delay') ? await measureDelays(options) : { delay: [], healthy: [] };
  const aa = isWanted('aa') ? await measureCells(options) : [];
  const delay = delays.delay.map(({ fault, judge, medianS, p95S, missed }) => {
    return { fault, judge, medianS, p95S, missed };
  });
  const result: AnalysisResult = { aa, delay, updatesPerS: speeds[0] ?? 0 };
  const minutes = ((Date.now() - startedAt) / 60_000).toFixed(1);
  say(`  ${minutes} min, load ${loadOf()}`);
  if (values.json) console.log(JSON.stringify(result));
  else {
    console.log(cellTable(aa));
    console.log(`\n${healthyTable(delayRates, delays.healthy)}\n`);
    console.log(delayTables(delays.delay));
    console.log(`\nupdates a second: ${speeds[0]} at 20 errors, ${speeds[1]} at 2500`);
  }
}

const loadOf = (): string => loadavg()[0]?.toFixed(1) ?? '';

/** A part of every cell in turn, so that a run that is cut off has seen something of each. */
async function measureCells({ cells, runs, seed, lanes }: Options): Promise<CellResult[]> {
  const part = Math.min(500, runs);
  const tasks: (SeededTask & { kind: 'cell' })[] = [];
  for (let from = 0; from < runs; from += part) {
    const to = Math.min(runs, from + part);
    // Streams of two cells have different seeds.
    for (const [n, cell] of cells.entries())
      tasks.push({ kind: 'cell', cell, from, to, seed: seed + 1000 * (n + 1) });
  }
  const hits = new Map(cells.map(({ name }) => [name, { runs: 0, false: 0, byLimit: 0 }]));
  const rows = (): CellResult[] =>
    [...hits].map(([cell, of]) => {
      return { cell, ...of, upper99: Number(upper99(of.false, of.runs).toFixed(5)) };
    });
  const tellSoFar = (): void => {
    say(cellTable(rows()));
    process.exit(130);
  };
  process.once('SIGINT', tellSoFar).once('SIGTERM', tellSoFar);
  await runInLanes<SeededTask, Alarms>(script, tasks, lanes, (count, index) => {
    const task = tasks[index];
    const cell = task && hits.get(task.cell.name);
    if (task === undefined || cell === undefined) return;
    cell.runs += task.to - task.from;
    cell.false += count.limit + count.comparison;
    cell.byLimit += count.limit;
    if (cell.runs % 2000 === 0 || count.limit + count.comparison > 0)
      say(`  ${task.cell.name}: ${cell.false} of ${cell.runs}`);
  });
  return rows();
}

async function measureDelays({
  delayRuns,
  seed,
  lanes,
}: Options): Promise<{ readonly delay: DelayCell[]; readonly healthy: HealthyRow[] }> {
  // Matching a share of 1 % takes more runs than a median does.
  const runs = Math.round(2.5 * delayRuns);
  const rates = delayRates.map((perSecond) => ({ kind: 'alarms', perSecond, runs, seed }) as const);
  const alarms = await runInLanes<SeededTask, HealthyShares>(script, rates, lanes, (_, index) =>
    say(`  ${runs} healthy rollouts at ${delayRates[index]} rps`),
  );
  const tasks = delayRates.flatMap((perSecond, rate) => {
    const entrants = entrantsAt(rate, alarms);
    const common = { kind: 'delays', perSecond, entrants, runs: delayRuns, seed } as const;
    return harms.map((harm) => ({ ...common, harm }));
  });
  const delays = await runInLanes<SeededTask, DelayCell[]>(script, tasks, lanes, (found) =>
    say(`  ${found[0]?.fault}: median ${found[0]?.medianS} s`),
  );
  const share = (value = Number.NaN): string => `${(value * 100).toFixed(1)} %`;
  const ours = own.map(({ name }, n) => {
    return { judge: name, shares: alarms.map((one) => share(one.own[n])) };
  });
  const theirs = settings.flatMap(({ peer, limit }, n) =>
    limit === null ? [{ judge: peer, shares: alarms.map(({ peers }) => share(peers[n])) }] : [],
  );
  return { delay: delays.flat(), healthy: [...ours, ...theirs] };
}

if (process.argv.includes(laneArgument)) serveLane(work);
else await main();

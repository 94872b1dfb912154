/** Reads looks of the past from CSV: rows of counters or of increases, by time, side and instance. */
import { CsvError, type Info, parse } from 'csv-parse/sync';
import { Failure, type Fault } from '../domain/failures.js';
import type { HealthSample } from '../domain/analysis/sample.js';
import { type Row, samplesOf } from './rows.js';

export interface CsvOptions {
  /** `counters` run on since the instance started; `increases` are since the row before. */
  readonly values: 'counters' | 'increases';
  /** Revisions, where the file has no column `side`. */
  readonly candidate?: string | undefined;
  /** Left out: the only other one. */
  readonly stable?: string | undefined;
}

const mostFaults = 20;
const columns = 'time, side or revision, instance, requests, errors, le_<ms>';

/**
 * @param file names the text in faults
 * @throws InvalidInput with line and column of every fault, twenty at most
 */
export function readHistoryCsv(
  text: string,
  file: string,
  options: CsvOptions,
): readonly HealthSample[] {
  const lines = linesOf(text, file);
  const [first] = lines;
  if (first === undefined) throw invalid(file, [{ where: file, message: 'it has no rows' }]);
  const edges = checkColumns(Object.keys(first.record), file);
  const faults: Fault[] = [];
  const sideOf = sidesOf(lines, file, options);
  const seen = new Map<string, number>();
  const rows: Row[] = [];
  for (const { record, line } of lines) {
    const row = readRow(record, edges, (column, message) => {
      faults.push({ where: `${file}:${line}`, message: `${column}: ${message}` });
    });
    const side = sideOf(record);
    if (row === null || side === null) continue;
    const key = `${row.atMs} ${side} ${row.instance}`;
    const before = seen.get(key);
    if (before !== undefined) {
      const message = `the same time, side and instance as in line ${before}`;
      faults.push({ where: `${file}:${line}`, message });
    }
    seen.set(key, line);
    rows.push({ ...row, side });
  }
  if (faults.length > 0) throw invalid(file, faults);
  return samplesOf(rows, options.values);
}

interface Line {
  readonly record: Readonly<Record<string, string>>;
  readonly line: number;
}

function linesOf(text: string, file: string): readonly Line[] {
  try {
    const parsed: unknown = parse(text, {
      ...{ columns: true, info: true, trim: true, bom: true, skip_empty_lines: true, comment: '#' },
    });
    const rows = parsed as readonly { readonly record: Line['record']; readonly info: Info }[];
    return rows.map(({ record, info }) => ({ record, line: info.lines }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = (error as CsvError & { readonly lines?: number }).lines;
    const where = line === undefined ? file : `${file}:${line}`;
    throw invalid(file, [{ where, message: error.message }]);
  }
}

/** The edges of the histogram's columns, ascending. */
function checkColumns(names: readonly string[], file: string): readonly Edge[] {
  const where = `${file}:1`;
  const known = ['time', 'side', 'revision', 'instance', 'requests', 'errors'];
  const edges = names.flatMap((column) => {
    const ms = /^le_(\d+(?:\.\d+)?)$/.exec(column)?.[1];
    return ms === undefined ? [] : [{ column, leMs: Number(ms) }];
  });
  const unknown = names.filter(
    (name) => !known.includes(name) && !edges.some(({ column }) => column === name),
  );
  const missing = ['time', 'requests', 'errors'].filter((name) => !names.includes(name));
  if (!names.includes('side') && !names.includes('revision')) missing.push('side or revision');
  const faults = [
    ...unknown.map((name) => ({ where, message: `unknown column "${name}", allowed: ${columns}` })),
    ...missing.map((name) => ({ where, message: `the column ${name} is missing` })),
  ];
  if (faults.length > 0) throw invalid(file, faults);
  return edges.sort((a, b) => a.leMs - b.leMs);
}

interface Edge {
  readonly column: string;
  readonly leMs: number;
}

/** Which side a row is of; null: of another revision, which takes no part. */
function sidesOf(
  lines: readonly Line[],
  file: string,
  { candidate, stable }: CsvOptions,
): (record: Line['record']) => Row['side'] | null {
  if (lines[0]?.record['side'] !== undefined) {
    const wrong = lines.filter(({ record }) => !/^(candidate|stable)$/.test(record['side'] ?? ''));
    if (wrong.length > 0) {
      const faults = wrong.map(({ record, line }) => {
        const seen = JSON.stringify(record['side']);
        return { where: `${file}:${line}`, message: `side: ${seen}, allowed: candidate, stable` };
      });
      throw invalid(file, faults);
    }
    return (record) => (record['side'] === 'candidate' ? 'candidate' : 'stable');
  }
  const revisions = [...new Set(lines.map(({ record }) => record['revision'] ?? ''))];
  const beside = stable ?? onlyOther(revisions, candidate);
  const named = [
    { flag: '--candidate', revision: candidate },
    { flag: '--stable', revision: beside },
  ];
  for (const { flag, revision } of named) {
    if (revision !== undefined && revisions.includes(revision)) continue;
    throw new Failure('InvalidInput', `${flag} must name a revision of ${file}`, {
      where: flag,
      ...(revision === undefined ? {} : { seen: revision }),
      limit: revisions.slice(0, mostFaults).join(', '),
      next: `name one: ${flag} ${revisions[0]}`,
    });
  }
  return ({ revision }) =>
    revision === candidate ? 'candidate' : revision === beside ? 'stable' : null;
}

function onlyOther(revisions: readonly string[], candidate?: string): string | undefined {
  const others = revisions.filter((revision) => revision !== candidate);
  return others.length === 1 ? others[0] : undefined;
}

function readRow(
  record: Line['record'],
  edges: readonly Edge[],
  fault: (column: string, message: string) => void,
): Omit<Row, 'side'> | null {
  let isRight = true;
  const wrong = (column: string, message: string): number => {
    isRight = false;
    fault(column, message);
    // Compares with nothing, so that one fault is told once.
    return Number.NaN;
  };
  const count = (column: string, text = record[column] ?? ''): number =>
    /^\d{1,15}(?:\.0*)?$/.test(text)
      ? Number(text)
      : wrong(column, `${JSON.stringify(text)}, allowed: a whole number`);
  const time = record['time'] ?? '';
  const atMs =
    readTime(time) ?? wrong('time', `${JSON.stringify(time)}, allowed: RFC 3339, or epoch s or ms`);
  const requests = count('requests');
  const errors = count('errors');
  if (errors > requests) wrong('errors', `${errors} of ${requests} requests`);
  let below = 0;
  const buckets = edges.map(({ column, leMs }) => {
    const within = count(column);
    if (within < below) wrong(column, `${within} is less than the ${below} of the edge before`);
    if (within > requests) wrong(column, `${within} of ${requests} requests`);
    below = within;
    return { leMs, count: within };
  });
  const instance = record['instance'] || 'all';
  return isRight ? { atMs, instance, requests, errors, buckets } : null;
}

/** Epoch ms; null when it is no time. Numbers below 1e11 are seconds. */
export function readTime(text: string): number | null {
  if (/^\d+(?:\.\d+)?$/.test(text)) {
    const number = Number(text);
    return Math.round(number < 1e11 ? number * 1000 : number);
  }
  const isWritten = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)$/;
  const ms = isWritten.test(text) ? Date.parse(text.replace(' ', 'T')) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

function invalid(file: string, faults: readonly Fault[]): Failure {
  const [first] = faults;
  return new Failure('InvalidInput', `${file} cannot be read as history: ${first?.message}`, {
    where: first?.where ?? file,
    next: `write columns ${columns}`,
    faults: faults.slice(0, mostFaults),
  });
}

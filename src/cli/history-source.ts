/** Where `sluice analyze` has its history from, by the flags given: a CSV file or a Prometheus. */
import { readFile } from 'node:fs/promises';
import { counterDialects } from '../domain/analysis/counter-dialect.js';
import type { HealthSample } from '../domain/analysis/sample.js';
import { Failure } from '../domain/failures.js';
import { readDuration } from '../domain/time.js';
import { readHistoryCsv, readTime } from '../history/history-csv.js';
import { readPrometheusHistory } from '../history/prometheus-range.js';
import { nearest } from '../config/nearest.js';
import type { CliIo } from './output.js';
import { durationFlag } from './session.js';

export interface SourceFlags {
  readonly increases?: boolean;
  readonly candidate?: string;
  readonly stable?: string;
  readonly prometheus?: string;
  readonly from?: string;
  readonly to?: string;
  readonly every: string;
  readonly counters: string;
  readonly pods?: string;
  readonly tokenEnv?: string;
}

export interface History {
  /** What it was read from, for titles. */
  readonly title: string;
  readonly looks: readonly HealthSample[];
}

export async function readHistory(
  file: string | undefined,
  flags: SourceFlags,
  io: CliIo,
): Promise<History> {
  if ((file === undefined) === (flags.prometheus === undefined)) {
    throw new Failure('InvalidInput', 'name one source of history: a CSV file or a Prometheus', {
      where: 'file',
      next: 'sluice analyze history.csv, or sluice analyze --prometheus <url> --from 2h --candidate <selector> --stable <selector>',
    });
  }
  return file === undefined ? ofPrometheus(flags, io) : ofCsv(file, flags, io);
}

async function ofCsv(file: string, flags: SourceFlags, io: CliIo): Promise<History> {
  const read = file === '-' ? io.readInput() : readFile(file, 'utf8');
  const text = await read.catch((error: unknown) => {
    const details = { where: file, next: 'name a CSV file, or - for stdin' };
    throw new Failure('InvalidInput', `${file} cannot be read`, details, error);
  });
  const title = file === '-' ? 'stdin' : file;
  const { candidate, stable } = flags;
  const values = flags.increases ? 'increases' : 'counters';
  return { title, looks: readHistoryCsv(text, title, { values, candidate, stable }) };
}

async function ofPrometheus(flags: SourceFlags, io: CliIo): Promise<History> {
  const { prometheus: url = '', from, to, every, counters, tokenEnv } = flags;
  const { candidate, stable } = flags;
  if (from === undefined || candidate === undefined || stable === undefined) {
    const missing = { from, candidate, stable };
    const names = Object.entries(missing).filter(([, value]) => value === undefined);
    throw new Failure('InvalidInput', `--${names[0]?.[0]} is needed with --prometheus`, {
      where: `--${names[0]?.[0]}`,
      next: `sluice analyze --prometheus ${url} --from 2h --candidate '{version="2"}' --stable '{version="1"}'`,
    });
  }
  if (!URL.canParse(url)) {
    throw new Failure('InvalidInput', '--prometheus is no URL', {
      where: '--prometheus',
      seen: url,
      next: 'write its base URL: http://127.0.0.1:9090',
    });
  }
  const nowMs = io.clock();
  const looks = await readPrometheusHistory({
    ...{ url, candidate, stable, fetch: io.fetch },
    fromMs: timeFlag(from, '--from', nowMs),
    toMs: to === undefined ? nowMs : timeFlag(to, '--to', nowMs),
    everyMs: Math.max(1000, durationFlag(every, '--every')),
    dialect: dialectFlag(counters),
    pods: podsFlag(flags.pods),
    authorization: tokenEnv === undefined ? undefined : `Bearer ${tokenIn(tokenEnv, io)}`,
  });
  return { title: `${new URL(url).host} ${candidate}`, looks };
}

/** A time, or a duration before now. */
function timeFlag(text: string, flag: string, nowMs: number): number {
  const ago = readDuration(text);
  const ms = ago === null ? readTime(text) : nowMs - ago;
  if (ms !== null) return ms;
  throw new Failure('InvalidInput', `${flag} is no time`, {
    where: flag,
    seen: text,
    next: `write it as 2026-01-31T12:00:00Z, or how long ago: ${flag} 2h`,
  });
}

function dialectFlag(text: string) {
  const found = Object.values(counterDialects).find(({ name }) => name === text);
  if (found !== undefined) return found;
  const names = Object.keys(counterDialects);
  throw new Failure('InvalidInput', `--counters names nobody who counts`, {
    where: '--counters',
    seen: text,
    limit: names.join(', '),
    next: `name who counts: --counters ${nearest(text, names) ?? names[0]}`,
  });
}

function podsFlag(text: string | undefined) {
  if (text === undefined) return undefined;
  const [candidate, stable] = (/^([1-9]\d{0,4}),([1-9]\d{0,4})$/.exec(text) ?? []).slice(1);
  if (candidate !== undefined && stable !== undefined) {
    return { candidate: Number(candidate), stable: Number(stable) };
  }
  throw new Failure('InvalidInput', '--pods is no pair of numbers', {
    where: '--pods',
    seen: text,
    next: 'write how many pods each side has: --pods 2,10',
  });
}

function tokenIn(name: string, { env }: CliIo): string {
  const token = (env as Readonly<Record<string, string | undefined>>)[name];
  if (token) return token;
  throw new Failure('InvalidInput', `the variable ${name} is not set`, {
    where: '--token-env',
    next: `export ${name}=<token>`,
  });
}

/** Reads looks of the past from a Prometheus: the raw readings of both sides' counters, each with its own time. */
import { z } from 'zod';
import type { CounterDialect, RevisionPlace } from '../domain/analysis/counter-dialect.js';
import { type CounterLine, countersOf } from '../domain/analysis/counter-series.js';
import type { HealthSample, InstanceCounters } from '../domain/analysis/sample.js';
import { Failure } from '../domain/failures.js';
import { lookOf } from './rows.js';

export interface RangeRequest {
  /** Base URL, without `/api/v1`. */
  readonly url: string;
  readonly authorization?: string | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  /** Between two looks. */
  readonly everyMs: number;
  readonly dialect: CounterDialect;
  /** Which series are a side's, as PromQL has it. @example '{pod=~"checkout-2-.*"}', 'http_requests_total{version="2"}' */
  readonly candidate: string;
  readonly stable: string;
  /** Pods behind each side, where a gateway counts; else its processes are taken for them. */
  readonly pods?: { readonly candidate: number; readonly stable: number } | undefined;
  readonly fetch: typeof fetch;
}

/** Readings are asked for in pieces, so that no answer is larger than a server gives. */
const pieceMs = 1_800_000;
const timeoutMs = 30_000;
const mostLooks = 20_000;
/** An instance that was not read for so long is gone, as it is for Prometheus itself. */
const goneAfterMs = 300_000;

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly times: number[];
  readonly values: number[];
}

const matrix = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])),
      }),
    ),
  }),
});
const refusal = z.object({ error: z.string() });

/**
 * @throws InvalidInput for a selector that is none, a range too long for its looks, or one in which a side has no
 *   readings; Unavailable when Prometheus does not answer
 */
export async function readPrometheusHistory(request: RangeRequest): Promise<HealthSample[]> {
  const { fromMs, toMs, everyMs, dialect } = request;
  const looks = Math.floor((toMs - fromMs) / everyMs) + 1;
  if (toMs <= fromMs || looks > mostLooks) {
    throw new Failure('InvalidInput', 'the range has no looks, or too many', {
      where: '--from, --to, --every',
      seen: Math.max(0, looks),
      limit: mostLooks,
      next: 'name a shorter range, or a longer time between looks: --every 30s',
    });
  }
  const candidate = await readSide(request, '--candidate', request.candidate);
  const stable = await readSide(request, '--stable', request.stable);
  return Array.from({ length: looks }, (_, n) => {
    const atMs = fromMs + n * everyMs;
    const sides = [candidate, stable].map((side) => countersAt(side, dialect, atMs));
    return withPods(lookOf(atMs, sides[0] ?? [], sides[1] ?? []), request.pods);
  });
}

function withPods(look: HealthSample, pods: RangeRequest['pods']): HealthSample {
  if (pods === undefined) return look;
  const one = { state: 'ready', url: '', probeFailures: 0, reason: null } as const;
  return {
    ...look,
    candidate: { ...look.candidate, countedAtSplit: true },
    candidateInstances: Array.from({ length: pods.candidate }, (_, n) => ({ id: `${n}`, ...one })),
    stableInstances: pods.stable,
  };
}

async function readSide(
  request: RangeRequest,
  flag: '--candidate' | '--stable',
  selector: string,
): Promise<readonly Series[]> {
  const { fromMs, toMs } = request;
  const query = seriesQuery(request.dialect, selector, flag);
  const found = new Map<string, Series>();
  for (let from = fromMs; from < toMs; from += pieceMs) {
    const to = Math.min(toMs, from + pieceMs);
    // What was read shortly before the range is what is known at its first look.
    const seconds = Math.ceil((to - from + (from === fromMs ? goneAfterMs : 0)) / 1000);
    for (const { metric, values } of await ask(request, `${query}[${seconds}s]`, to)) {
      const key = JSON.stringify(Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1)));
      const series = found.get(key) ?? { labels: metric, times: [], values: [] };
      found.set(key, series);
      for (const [time, value] of values) {
        const atMs = Math.round(time * 1000);
        if (atMs <= (series.times.at(-1) ?? -1)) continue;
        series.times.push(atMs);
        series.values.push(Number(value));
      }
    }
  }
  if (found.size > 0) return [...found.values()];
  throw new Failure('InvalidInput', `Prometheus has no readings for ${flag} in that range`, {
    where: flag,
    seen: query,
    next: 'check the selector, the range, and whose counters they are: --counters <name>',
  });
}

/** The requests and the durations of all series that the selector names. */
export function seriesQuery(
  { requests, buckets }: CounterDialect,
  selector: string,
  flag: string,
): string {
  const parts = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)?\s*\{([\s\S]*?)\}\s*$/.exec(selector);
  const [, name, matchers = ''] = parts ?? [];
  if (parts === null || (name !== undefined && name !== requests)) {
    const other = name === undefined ? '' : `, or tell its names with --counters`;
    throw new Failure('InvalidInput', `${flag} is no selector of ${requests}`, {
      where: flag,
      seen: selector,
      next: `write the labels in braces: ${flag} '{version="2"}'${other}`,
    });
  }
  const labels = matchers.trim().replace(/,$/, '');
  return `{__name__=~"${requests}|${buckets}"${labels === '' ? '' : `,${labels}`}}`;
}

async function ask({ url, authorization, fetch: send }: RangeRequest, query: string, atMs: number) {
  const address = `${url.replace(/\/+$/, '')}/api/v1/query`;
  const failure = (code: 'Unavailable' | 'InvalidInput', said: string, cause?: unknown) =>
    new Failure(code, `Prometheus ${address} ${said}; asked: ${query}`, { where: address }, cause);
  const answer = await send(address, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(authorization === undefined ? {} : { authorization }),
    },
    body: new URLSearchParams({ query, time: String(atMs / 1000) }).toString(),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error: unknown) => {
    throw failure('Unavailable', 'does not answer', error);
  });
  const body: unknown = await answer.json().catch(() => null);
  const parsed = matrix.safeParse(body);
  if (answer.ok && parsed.success) return parsed.data.data.result;
  const said = refusal.safeParse(body);
  // It refuses what it cannot read or will not look up by these numbers.
  const code = [400, 422].includes(answer.status) ? 'InvalidInput' : 'Unavailable';
  throw failure(code, `answered ${answer.status}${said.success ? `: ${said.data.error}` : ''}`);
}

const anyPlace: RevisionPlace = {
  target: { service: '', environment: '' },
  ...{ namespace: '', service: '', deployments: [], revision: '' },
};

/** What was known at a time: the newest reading of each series until then. */
function countersAt(
  side: readonly Series[],
  dialect: CounterDialect,
  atMs: number,
): readonly InstanceCounters[] {
  const lines = side.flatMap(({ labels, times, values }): CounterLine[] => {
    const index = lastUntil(times, atMs);
    const readAtMs = times[index];
    if (readAtMs === undefined || atMs - readAtMs > goneAfterMs) return [];
    const { __name__: name = '', ...own } = labels;
    return [{ name, labels: own, value: values[index] ?? 0, atMs: readAtMs }];
  });
  // The selector has chosen already: all of these series are the side's.
  return countersOf(lines, { ...dialect, find: () => [{}] }, anyPlace);
}

/** Index of the last time that is not after `atMs`; -1: none. */
function lastUntil(times: readonly number[], atMs: number): number {
  let from = 0;
  let to = times.length;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if ((times[middle] as number) <= atMs) from = middle + 1;
    else to = middle;
  }
  return from - 1;
}

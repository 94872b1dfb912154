/** From the series that a data plane tells to the counters of a revision; a scrape and a query are read alike. */
import { Failure } from '../failures.js';
import type { CounterDialect, LabelPatterns, RevisionPlace } from './counter-dialect.js';
import type { MetricLine } from './prometheus-text.js';
import type { InstanceCounters } from './sample.js';

/** A line and when it was read from the process that counts, epoch ms; without a time: at the look itself. */
export interface CounterLine extends MetricLine {
  readonly atMs?: number;
}

/**
 * One entry for each process that counts. What else the lines hold is passed over, and codes, methods and protocols
 * are summed. Requests that are sent and not answered yet are in no such counter.
 * @param origin where the lines were read, for whom they do not say it themselves
 * @throws Unavailable for a counter that is no number of requests: it must not pass for a small one
 */
export function countersOf(
  lines: readonly CounterLine[],
  dialect: CounterDialect,
  place: RevisionPlace,
  origin = '',
): readonly InstanceCounters[] {
  const wanted = dialect.find(place).map(compile);
  const byProcess = new Map<string, CounterLine[]>();
  for (const line of lines) {
    if (line.name !== dialect.requests && line.name !== dialect.buckets) continue;
    if (!wanted.some((fits) => fits(line.labels))) continue;
    const process = processOf(line, dialect);
    const known = byProcess.get(process);
    if (known === undefined) byProcess.set(process, [line]);
    else known.push(line);
  }
  const started = lines.filter(({ name }) => name === dialect.started);
  return [...byProcess].map(([process, own]) => {
    // A process that begins anew counts from zero: that is another instance.
    const start = started.find((line) => processOf(line, dialect) === process)?.value;
    const parts = [place.service, origin, process, start === undefined ? '' : String(start)];
    return counters(parts.filter((part) => part !== '').join('@'), own, dialect);
  });
}

function processOf({ labels }: MetricLine, { instance }: CounterDialect): string {
  return instance.flatMap((label) => labels[label] ?? []).join('/');
}

function compile(patterns: LabelPatterns): (labels: MetricLine['labels']) => boolean {
  const rules = Object.entries(patterns).map(([label, pattern]) => {
    return { label, pattern: new RegExp(`^(?:${pattern})$`) };
  });
  return (labels) => rules.every(({ label, pattern }) => pattern.test(labels[label] ?? ''));
}

function counters(
  instance: string,
  lines: readonly CounterLine[],
  dialect: CounterDialect,
): InstanceCounters {
  const failed = Object.entries(dialect.errors).map(([label, value]) =>
    compile({ [label]: value }),
  );
  let requests = 0;
  let errors = 0;
  const byEdge = new Map<number, number>();
  for (const line of lines) {
    const count = countIn(line);
    if (line.name === dialect.requests) {
      requests += count;
      if (failed.some((fits) => fits(line.labels))) errors += count;
    } else {
      const edge = Number(line.labels['le'] === '+Inf' ? Number.NaN : line.labels['le']);
      if (Number.isNaN(edge)) continue;
      // 0.3 s must be 300 ms and not 299.99999999999994.
      const leMs = Number((edge * dialect.unitMs).toPrecision(12));
      byEdge.set(leMs, (byEdge.get(leMs) ?? 0) + count);
    }
  }
  const readAt = lines.flatMap(({ atMs }) => atMs ?? []);
  return {
    instance,
    requests,
    errors,
    buckets: [...byEdge].map(([leMs, count]) => ({ leMs, count })).sort((a, b) => a.leMs - b.leMs),
    inFlight: 0,
    inFlightOlder: [],
    // All series of a process are read at once: the newest says when that was.
    ...(readAt.length === 0 ? {} : { asOfMs: Math.max(...readAt) }),
  };
}

function countIn({ name, labels, value }: CounterLine): number {
  if (Number.isFinite(value) && value >= 0) return value;
  const details = { where: `${name}${JSON.stringify(labels)}`.slice(0, 300), seen: String(value) };
  throw new Failure(
    'Unavailable',
    `the counter ${name} is ${value}, no number of requests`,
    details,
  );
}

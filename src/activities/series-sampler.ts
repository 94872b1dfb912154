/** Asks for the series of a watch beside its looks, so that a slow source delays no look. */
import type { SeriesSeen } from '../domain/analysis/sample.js';
import type { TargetKey } from '../domain/names.js';
import type { RevisionStatus } from '../domain/rollout/workload.js';
import { describeQuery, type QueryValues, type SeriesMetric } from '../domain/series/series.js';
import type { SeriesContext, SeriesReading, SeriesSource } from '../ports/series-source.js';

export interface SeriesQuestion {
  readonly target: TargetKey;
  /** Absent where the platform has none. */
  readonly namespace?: string;
  readonly candidate: string;
  readonly stable: string | null;
}

export interface SeriesSampler {
  /** Starts to ask for every series that is due. */
  begin(revisions: readonly RevisionStatus[]): void;
  /** What was answered since this was last called, by the metric's name; undefined: nothing. */
  take(): Readonly<Record<string, SeriesSeen>> | undefined;
}

export function createSeriesSampler(
  metrics: readonly SeriesMetric[],
  sources: Readonly<Record<string, SeriesSource>>,
  question: SeriesQuestion,
  now: () => number,
): SeriesSampler {
  const dueAtMs = new Map<string, number>();
  const asking = new Set<string>();
  let answered: Record<string, SeriesSeen> = {};

  async function ask(metric: SeriesMetric, context: SeriesContext): Promise<SeriesSeen> {
    const { source, query } = metric;
    const asked = sources[source];
    if (asked === undefined) return { missing: `this worker has no metric source "${source}"` };
    const askedAtMs = now();
    const reading = await asked.readSeries(query, context);
    return seenOf(reading, askedAtMs, metric);
  }

  return {
    begin(revisions) {
      const { stable } = question;
      if (stable === null) return;
      const context: SeriesContext = {
        candidate: valuesOf(question, question.candidate, revisions),
        stable: valuesOf(question, stable, revisions),
      };
      for (const metric of metrics) {
        const { name, everyMs } = metric;
        if (asking.has(name) || now() < (dueAtMs.get(name) ?? 0)) continue;
        asking.add(name);
        dueAtMs.set(name, now() + everyMs);
        void ask(metric, context)
          .catch((error: unknown): SeriesSeen => {
            return { missing: error instanceof Error ? error.message : String(error) };
          })
          .then((seen) => {
            answered[name] = seen;
            asking.delete(name);
          });
      }
    },
    take() {
      const taken = answered;
      answered = {};
      return Object.keys(taken).length === 0 ? undefined : taken;
    },
  };
}

function valuesOf(
  { target, namespace }: SeriesQuestion,
  revision: string,
  revisions: readonly RevisionStatus[],
): QueryValues {
  const { service, environment, region } = target;
  const running = revisions.find(({ name }) => name === revision)?.instances ?? [];
  return {
    ...{ service, environment, revision },
    instances: running.filter(({ state }) => state !== 'exited').map(({ id, name }) => name ?? id),
    ...(region === undefined ? {} : { region }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** What was read in part is not known to be true of the whole, and a value beside none cannot be compared. */
function seenOf(reading: SeriesReading, askedAtMs: number, metric: SeriesMetric): SeriesSeen {
  const { candidate, stable, atMs, gap } = reading;
  const asked = `asked ${metric.source}: ${describeQuery(metric.query)}`;
  if (gap !== undefined) return { missing: `${gap}; ${asked}` };
  if (candidate.length === 0) return { missing: `there is no data of the candidate, ${asked}` };
  if (stable.length === 0) return { missing: `there is no data of stable, ${asked}` };
  return { askedAtMs, candidate, stable, ...(atMs === undefined ? {} : { ofMs: atMs }) };
}

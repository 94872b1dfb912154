/** Measured series out of Datadog: the newest point of each series that a metrics query answers with. */
import { z } from 'zod';
import { type Asked, quoteSaid, unanswered } from '../../domain/series/asked.js';
import { datadogQuery } from '../../domain/series/languages.js';
import { queryText } from '../../domain/series/series.js';
import { readSides, type SideReading } from '../../domain/series/sides.js';
import { fillText } from '../../domain/series/template.js';
import type { SeriesSource } from '../../ports/series-source.js';
import type { ReadHeaders, Web } from '../../ports/web.js';

/** What is older than this is not of now. */
const windowMs = 300_000;

export interface DatadogOptions {
  /** `https://api.datadoghq.eu` */
  readonly url: string;
  readonly web: Web;
  /** With `DD-API-KEY` and `DD-APPLICATION-KEY`. */
  readonly headers: ReadHeaders;
  readonly now?: () => number;
}

const answerSchema = z.object({
  status: z.literal('ok'),
  series: z.array(z.object({ pointlist: z.array(z.tuple([z.number(), z.number().nullable()])) })),
});

const troubleSchema = z.union([
  z.object({ errors: z.array(z.string()).min(1) }).transform(({ errors }) => errors.join('; ')),
  z.object({ error: z.string() }).transform(({ error }) => error),
]);

export function createDatadogSeries({
  url,
  web,
  headers,
  now = Date.now,
}: DatadogOptions): SeriesSource {
  async function ask(text: string): Promise<SideReading> {
    const { headers: given, secrets } = await headers();
    const asked: Asked = { source: `Datadog ${url}`, query: text, secrets };
    const toS = Math.floor(now() / 1000);
    const times = { from: String(toS - windowMs / 1000), to: String(toS) };
    const parameters = new URLSearchParams({ ...times, query: text });
    const answer = await web.ask(
      {
        url: `${url}/api/v1/query?${parameters.toString()}`,
        ...{ method: 'GET', headers: { ...given, accept: 'application/json' } },
      },
      asked,
      saidIn,
    );
    const parsed = answerSchema.safeParse(answer);
    if (!parsed.success) {
      const said = quoteSaid(saidIn(answer), asked);
      throw unanswered(asked, said === '' ? 'did not answer with time series' : `refused${said}`);
    }
    const newest = parsed.data.series.flatMap(({ pointlist }) => {
      const point = pointlist.findLast(([, value]) => value !== null);
      return point === undefined ? [] : [{ atMs: point[0], value: Number(point[1]) }];
    });
    if (newest.length === 0) return { values: [] };
    return {
      values: newest.map(({ value }) => value),
      atMs: Math.min(...newest.map(({ atMs }) => atMs)),
    };
  }

  return {
    readSeries: (query, context) =>
      readSides(query, context, (values) => ask(fillText(queryText(query), datadogQuery, values))),
    close: () => web.close(),
  };
}

function saidIn(body: unknown): string | undefined {
  return troubleSchema.safeParse(body).data;
}

/** Measured series out of New Relic: NRQL through NerdGraph, one value for each facet. */
import { z } from 'zod';
import { type Asked, quoteSaid, unanswered } from '../../domain/series/asked.js';
import { nrql } from '../../domain/series/languages.js';
import { queryText } from '../../domain/series/series.js';
import { readSides, type SideReading } from '../../domain/series/sides.js';
import { fillText } from '../../domain/series/template.js';
import type { SeriesSource } from '../../ports/series-source.js';
import type { ReadHeaders, Web } from '../../ports/web.js';

export interface NewRelicOptions {
  /** `https://api.eu.newrelic.com` */
  readonly url: string;
  readonly account: number;
  readonly web: Web;
  /** With `API-Key`. */
  readonly headers: ReadHeaders;
}

/** The query is handed over beside the text, so it is never part of the GraphQL. */
const question =
  'query ($account: Int!, $nrql: Nrql!) { actor { account(id: $account) { nrql(query: $nrql) { results } } } }';

const answerSchema = z.object({
  data: z.object({
    actor: z.object({
      account: z.object({
        nrql: z.object({ results: z.array(z.record(z.string(), z.unknown())) }),
      }),
    }),
  }),
});

/** What did not fail may be there beside it: both are looked at. */
const errorsSchema = z.object({
  errors: z.array(z.object({ message: z.string() })).min(1),
});

export function createNewRelicSeries(options: NewRelicOptions): SeriesSource {
  const { url, account, web, headers } = options;

  async function ask(text: string): Promise<SideReading> {
    const { headers: given, secrets } = await headers();
    const asked: Asked = { source: `New Relic ${url}`, query: text, secrets };
    const body = JSON.stringify({ query: question, variables: { account, nrql: text } });
    const sent = { ...given, 'content-type': 'application/json' };
    const request = { url: `${url}/graphql`, method: 'POST', headers: sent, body } as const;
    const answer = await web.ask(request, asked, saidIn);
    const said = quoteSaid(saidIn(answer), asked);
    if (said !== '') throw unanswered(asked, `refused${said}`);
    const parsed = answerSchema.safeParse(answer);
    if (!parsed.success) throw unanswered(asked, 'did not answer with results of NRQL');
    const { results } = parsed.data.data.actor.account.nrql;
    return { values: results.flatMap((row) => valueOf(row, asked)) };
  }

  return {
    readSeries: (query, context) =>
      readSides(query, context, (values) => ask(fillText(queryText(query), nrql, values))),
    close: () => web.close(),
  };
}

/** The one number of a row, or the one named `value`; none for null. */
function valueOf(row: Readonly<Record<string, unknown>>, asked: Asked): readonly number[] {
  if ('beginTimeSeconds' in row) {
    throw unanswered(asked, 'answered with buckets of time: leave TIMESERIES out');
  }
  const { facet: _, ...rest } = row;
  const named = 'value' in row ? { value: row.value } : rest;
  const numbers = Object.values(named).flatMap((value) => {
    // Percentiles come as {"95": 1.2}.
    const inner = typeof value === 'object' && value !== null ? Object.values(value) : [value];
    return inner.filter((one) => typeof one === 'number' || one === null) as (number | null)[];
  });
  if (numbers.length !== 1) {
    throw unanswered(
      asked,
      `answered with ${numbers.length} numbers in a row, allowed: one, or one AS value`,
    );
  }
  return numbers.filter((one) => one !== null);
}

function saidIn(body: unknown): string | undefined {
  return errorsSchema
    .safeParse(body)
    .data?.errors.map(({ message }) => message)
    .join('; ');
}

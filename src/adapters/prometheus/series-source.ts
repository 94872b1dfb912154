/** Measured series out of a Prometheus: one value for each series that the query answers with. */
import { unanswered } from '../../domain/series/asked.js';
import { promql } from '../../domain/series/languages.js';
import { queryText } from '../../domain/series/series.js';
import { readSides } from '../../domain/series/sides.js';
import { fillText } from '../../domain/series/template.js';
import type { SeriesSource } from '../../ports/series-source.js';
import { createPrometheusClient, type PrometheusOptions } from './client.js';

/** A query that answers with more has forgotten to sum something up. */
const mostSeries = 1000;

export function createPrometheusSeries(options: PrometheusOptions): SeriesSource {
  const client = createPrometheusClient(options);
  return {
    readSeries: (query, context) =>
      readSides(query, context, async (values) => {
        const text = fillText(queryText(query), promql, values);
        const { series, warnings } = await client.ask(text, text);
        if (series.length > mostSeries) {
          const asked = { source: `Prometheus ${client.address}`, query: text, secrets: [] };
          throw unanswered(asked, `answered with ${series.length} series, at most ${mostSeries}`);
        }
        return {
          // Divided by nothing is no value and not zero.
          values: series.map(({ value }) => value).filter(Number.isFinite),
          ...(warnings.length === 0 ? {} : { gap: `Prometheus warns: ${warnings.join('; ')}` }),
        };
      }),
    close: () => client.close(),
  };
}

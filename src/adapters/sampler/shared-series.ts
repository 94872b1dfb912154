/** A source of series whose reads several watches share: the same question is asked once. */
import type { SeriesSource } from '../../ports/series-source.js';
import type { SharedReads } from '../../ports/shared-reads.js';

export function shareSeries(source: SeriesSource, shared: SharedReads): SeriesSource {
  return {
    async readSeries(query, context) {
      const key = JSON.stringify([query, context.candidate, context.stable]);
      const { value, beganAtMs } = await shared.read(key, () => source.readSeries(query, context));
      return { ...value, atMs: Math.min(value.atMs ?? beganAtMs, beganAtMs) };
    },
    close: () => source.close(),
  };
}

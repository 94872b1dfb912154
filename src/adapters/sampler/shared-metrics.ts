/** A metric source whose reads several watches share: the same revisions of a target are asked about once. */
import { countedUpTo } from '../../domain/analysis/counted-up-to.js';
import { targetPath } from '../../domain/names.js';
import type { MetricSource } from '../../ports/metric-source.js';
import type { SharedReads } from '../../ports/shared-reads.js';

export function shareMetrics(
  source: MetricSource,
  shared: SharedReads,
  now: () => number = Date.now,
): MetricSource {
  return {
    async readCounters(target, revisions) {
      const lookedAtMs = now();
      const key = [targetPath(target), ...revisions].join('\n');
      const ask = () => source.readCounters(target, revisions);
      const { value, beganAtMs } = await shared.read(key, ask);
      const isOlder = beganAtMs < lookedAtMs;
      return isOlder ? value.map((each) => countedUpTo(each, beganAtMs)) : value;
    },
  };
}

/** Rules between a router and where its counters are read. */
import { defaultDialect } from './counters-schema.js';
import { type Explained, formatPath, valueAt } from './explain-issues.js';
import { unknownName } from './unknown-name.js';
import { entriesAt } from './written.js';

export function metricsExist(written: unknown): readonly Explained[] {
  const known = stores(written);
  return entriesAt(written, ['platforms']).flatMap(([platform, value]) => {
    const name = valueAt(value, ['router', 'metrics', 'prometheus']);
    if (typeof name !== 'string' || known.includes(name)) return [];
    const path = ['platforms', platform, 'router', 'metrics', 'prometheus'];
    return [unknownName(path, 'Prometheus in metricSources', name, known)];
  });
}

/** Every Prometheus there is, by either name of the section. */
function stores(written: unknown): readonly string[] {
  const sources = entriesAt(written, ['metricSources']).filter(([, value]) => {
    return valueAt(value, ['kind']) === 'prometheus';
  });
  return [...entriesAt(written, ['metrics']), ...sources].map(([name]) => name);
}

/** Pods count without saying who they are; only a Prometheus that found them in the cluster adds that. */
export function scrapesTellRevisions(written: unknown): readonly Explained[] {
  return entriesAt(written, ['platforms']).flatMap(([platform, value]) => {
    const kind = valueAt(value, ['router', 'kind']);
    const metrics = valueAt(value, ['router', 'metrics']);
    const isScrape = typeof metrics === 'string' || valueAt(metrics, ['scrape']) !== undefined;
    const counters = valueAt(metrics, ['counters']) ?? defaultDialect(String(kind));
    if (typeof kind !== 'string' || !isScrape || counters !== 'pods') return [];
    const path = ['platforms', platform, 'router', 'metrics'];
    const message = `${formatPath(path)}: seen a scrape of counters "pods", allowed with them: {prometheus: <entry of metricSources>}; a scrape needs a gateway that counts by Service, such as counters: traefik`;
    return [{ path, message }];
  });
}

/** The examples of docs/metrics.md are configuration that is taken. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { parseProject } from '../../../src/config/project.js';
import { explainFailure, Failure } from '../../../src/domain/failures.js';
import { variableNames } from '../../../src/domain/series/template.js';

const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => parse(text));

/** Each source and the query that stands below it; the first example holds both. */
const [whole, ...rest] = blocks;
const pairs = rest.flatMap((block, n) =>
  'metricSources' in block ? [{ sources: block.metricSources, query: rest[n + 1].query }] : [],
);

function faultsOf(metricSources: object, metrics: readonly unknown[]): string {
  const written = {
    ...{ apiVersion: 'sluice/v1', project: 'shop', metricSources },
    platforms: {
      eu: {
        ...{ kind: 'kubernetes', namespace: 'shop' },
        router: { kind: 'gateway-api', route: 'checkout', metrics: 'http://gateway/metrics' },
      },
    },
    services: { checkout: { workload: { deployment: 'checkout' } } },
    environments: { production: { platform: 'eu', health: { metrics } } },
  };
  try {
    parseProject(stringify(written), '/shop/sluice.yaml');
    return '';
  } catch (error) {
    assert.ok(error instanceof Failure);
    return explainFailure(error);
  }
}

describe('docs/metrics.md', () => {
  it('begins with an example that is whole', () => {
    const { metrics } = whole.environments.production.health;
    assert.equal(metrics.length, 1);
    assert.equal(faultsOf(whole.metricSources, metrics), '');
  });

  it('has one for each kind of source, with its query', () => {
    const kinds = pairs.map(({ sources, query }) => {
      const [[source, { kind }] = assert.fail()] = Object.entries<{ kind: string }>(sources);
      const metric = { name: 'one', source, query, worse: 'higher', margin: 1 };
      assert.equal(faultsOf(sources, [metric]), '', source);
      return kind;
    });
    assert.deepEqual(kinds, ['prometheus', 'datadog', 'cloudwatch', 'newrelic', 'json']);
  });

  it('names every variable', () => {
    for (const name of variableNames) assert.ok(page.includes(`\`{{${name}}}\``), name);
  });
});

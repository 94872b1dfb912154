/** The dashboard and the alert rules ask only for what workers show: names, labels and values of labels. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { phases } from '../../../src/domain/phase.js';
import { createRolloutMetrics } from '../../../src/workers/rollout-metrics.js';

const folder = new URL('../../../deploy/helm/sluice/monitoring/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly annotations: { readonly summary: string; readonly action: string };
    }[];
  }[];
}
interface Dashboard {
  readonly templating: { readonly list: readonly { readonly query: string | { query: string } }[] };
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
}

const rules = (parse(read('alerts.yaml')) as Rules).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('dashboards/releases.json')) as Dashboard;
const asked = [
  ...rules.map(({ alert, expr }) => ({ where: alert, expr })),
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ where: title, expr })),
  ),
  ...dashboard.templating.list.flatMap(({ query }) =>
    typeof query === 'string' ? [] : [{ where: query.query, expr: query.query }],
  ),
];

const { registry } = createRolloutMetrics();
const labelsOf = new Map(
  registry.getMetricsAsArray().map(({ name }) => {
    const metric = registry.getSingleMetric(name) as unknown as { readonly labelNames: string[] };
    return [name, metric.labelNames];
  }),
);
const values: Readonly<Record<string, readonly string[]>> = {
  phase: phases,
  outcome: ['promoted', 'rolledBack', 'aborted', 'superseded'],
  accepted: ['true', 'false'],
};

/** Every selector with the metric behind it and its matchers. */
function faultsOf(expr: string): string[] {
  const faults: string[] = [];
  const known = new Set(['le']);
  for (const [, name = '', matchers = ''] of expr.matchAll(/(\w*sluice_\w+)(?:\{([^}]*)\})?/g)) {
    const labels = labelsOf.get(name.replace(/_(bucket|count|sum)$/, '')) ?? labelsOf.get(name);
    if (labels === undefined) faults.push(`no metric ${name}`);
    for (const label of labels ?? []) known.add(label);
    for (const [, label = '', value = ''] of matchers.matchAll(/(\w+)\s*=~?\s*"([^"]*)"/g)) {
      if (!labels?.includes(label)) faults.push(`${name} has no label ${label}`);
      if (value.startsWith('$')) continue;
      if (!values[label]?.includes(value)) faults.push(`${label} is never ${value}`);
    }
  }
  const groupings = [...expr.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, by = '']) =>
    by.split(/,\s*/),
  );
  faults.push(...groupings.filter((label) => !known.has(label)).map((label) => `by ${label}?`));
  return faults;
}

describe('deploy/helm/sluice/monitoring', () => {
  for (const { where, expr } of asked)
    it(`${where} asks for what there is`, () => assert.deepEqual(faultsOf(expr), []));

  it('would see a wrong name, label, value and grouping', () => {
    for (const wrong of [
      'sluice_rollout_total',
      'sluice_rollouts_total{phase="Holding"}',
      'sluice_rollout_phase{phase="Waiting"}',
      'sum by (version) (sluice_rollouts_total)',
    ])
      assert.equal(faultsOf(wrong).length > 0, true, wrong);
  });

  it('leaves no metric unused', () => {
    const text = asked.map(({ expr }) => expr).join('\n');
    for (const name of labelsOf.keys()) assert.ok(text.includes(name), name);
  });

  it('says in every alert what is wrong and what to do, with labels that are there', () => {
    for (const { alert, expr, annotations } of rules) {
      const { summary, action } = annotations;
      assert.ok(summary && action, alert);
      for (const [, label = ''] of `${summary} ${action}`.matchAll(/\$labels\.(\w+)/g))
        assert.match(expr, new RegExp(`by \\([^)]*\\b${label}\\b`), `${alert}: ${label}`);
    }
  });

  it('draws every panel once', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
  });
});

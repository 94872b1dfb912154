/** Dashboards and alert rules ask only for what workers and Temporal's SDK show: names, labels and values of labels. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failureRules } from '../../../src/domain/failures.js';
import { phases } from '../../../src/domain/phase.js';
import { readOutcomes } from '../../../src/ports/shared-reads.js';
import { createRolloutMetrics } from '../../../src/workers/rollout-metrics.js';
import { dashboards, questionsOf, rules, variablesOf } from '../../support/monitoring.js';

const asked = [
  ...rules.map(({ alert, expr }) => ({ where: alert, expr })),
  ...dashboards.flatMap((dashboard) => [...questionsOf(dashboard), ...variablesOf(dashboard)]),
];

const { registry } = createRolloutMetrics();
const ours = registry.getMetricsAsArray().map(({ name }) => {
  const metric = registry.getSingleMetric(name) as unknown as { readonly labelNames: string[] };
  return [name, metric.labelNames] as const;
});

/** The SDK's metrics that are asked for; the labels are those of its telemetry (`KEY_…` in its source). */
const ofTemporal: readonly (readonly [string, readonly string[]])[] = [
  ['temporal_num_pollers', ['task_queue', 'poller_type']],
  ['temporal_worker_task_slots_available', ['task_queue', 'worker_type']],
  ['temporal_worker_task_slots_used', ['task_queue', 'worker_type']],
  ['temporal_sticky_cache_size', ['task_queue']],
  ['temporal_workflow_task_execution_failed', ['task_queue', 'failure_reason', 'workflow_type']],
  ['temporal_workflow_task_schedule_to_start_latency', ['task_queue', 'workflow_type']],
  ['temporal_activity_schedule_to_start_latency', ['task_queue']],
  ['temporal_activity_execution_latency', ['task_queue', 'activity_type']],
  ['temporal_request', ['operation']],
  ['temporal_request_failure', ['operation', 'status_code']],
];
const labelsOf = new Map([...ours, ...ofTemporal]);
const values: Readonly<Record<string, readonly string[]>> = {
  phase: phases,
  outcome: ['promoted', 'rolledBack', 'aborted', 'superseded', ...readOutcomes],
  accepted: ['true', 'false'],
  alarmed: ['true', 'false'],
  source: ['visibility', 'ledger', 'temporal_sdk'],
  kind: ['pass', 'fail', 'inconclusive'],
  code: [...Object.keys(failureRules), 'Unforeseen'],
};

/** Every selector with the metric behind it and its matchers. */
function faultsOf(expr: string): string[] {
  const faults: string[] = [];
  const known = new Set(['le']);
  const selectors = expr.matchAll(/\b((?:sluice|temporal)_\w+)(?:\{([^}]*)\})?/g);
  for (const [, name = '', matchers = ''] of selectors) {
    const labels = labelsOf.get(name.replace(/_(bucket|count|sum)$/, '')) ?? labelsOf.get(name);
    if (labels === undefined) faults.push(`no metric ${name}`);
    for (const label of labels ?? []) known.add(label);
    for (const [, label = '', value = ''] of matchers.matchAll(/(\w+)\s*[=!]~?\s*"([^"]*)"/g)) {
      if (!labels?.includes(label)) faults.push(`${name} has no label ${label}`);
      if (value.startsWith('$') || label === 'task_queue') continue;
      for (const one of value.split('|'))
        if (!values[label]?.includes(one)) faults.push(`${label} is never ${one}`);
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
      'sluice_rollout_phase{phase=~"Holding|Waiting"}',
      'sluice_activity_failures_total{code="Unknown"}',
      'sum by (version) (sluice_rollouts_total)',
      'temporal_pollers',
      'temporal_request{status_code="OK"}',
    ])
      assert.equal(faultsOf(wrong).length > 0, true, wrong);
  });

  it("knows the SDK's metrics by the names that its source has", () => {
    const crates = 'node_modules/@temporalio/core-bridge/sdk-core/crates';
    const sources = readdirSync(crates, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('metrics.rs'))
      .map((path) => readFileSync(join(crates, path), 'utf8'))
      .join('\n');
    for (const [name, labels] of ofTemporal) {
      for (const word of [name.replace(/^temporal_/, ''), ...labels])
        assert.ok(sources.includes(`"${word}"`), `${name}: ${word}`);
    }
    assert.ok(!sources.includes('"pollers"'));
  });

  it('leaves no metric unused', () => {
    const text = asked.map(({ expr }) => expr).join('\n');
    for (const name of labelsOf.keys()) assert.ok(text.includes(name), name);
  });

  it('says in every alert what is wrong and what to do, with labels that are there', () => {
    assert.ok(rules.length >= 15, `${rules.length} rules`);
    for (const { alert, expr, annotations, labels } of rules) {
      const { summary, action } = annotations;
      assert.ok(summary && action, alert);
      assert.ok(['warning', 'critical'].includes(labels.severity), alert);
      for (const [, label = ''] of `${summary} ${action}`.matchAll(/\$labels\.(\w+)/g))
        assert.match(expr, new RegExp(`by \\([^)]*\\b${label}\\b`), `${alert}: ${label}`);
    }
  });

  it('has a runbook for every alert, and none for others', () => {
    const folder = 'docs/runbooks';
    const pages = rules.map(({ alert, annotations: { runbook } }) => {
      const text = existsSync(runbook) ? readFileSync(runbook, 'utf8') : '';
      assert.match(text, new RegExp(`^# ${alert}\n`), runbook);
      for (const title of ['Likely causes', 'What to look at', 'Commands'])
        assert.ok(text.includes(`\n## ${title}\n`), `${runbook}: ${title}`);
      return runbook;
    });
    const there = readdirSync(folder).map((name) => `${folder}/${name}`);
    assert.deepEqual(there.toSorted(), pages.toSorted());
  });

  it('draws every panel of three dashboards once, inside of its grid, with a unit and a source', () => {
    assert.ok(dashboards.length >= 3);
    assert.equal(new Set(dashboards.map(({ uid }) => uid)).size, dashboards.length);
    for (const { title, panels, schemaVersion } of dashboards) {
      assert.ok(schemaVersion >= 39);
      const ids = panels.map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length, title);
      const cells = new Set<string>();
      for (const { gridPos, fieldConfig, datasource, targets, title: of, description } of panels) {
        assert.ok(gridPos.x + gridPos.w <= 24, of);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
            assert.ok(!cells.has(`${x},${y}`), `${of} covers another panel`);
            cells.add(`${x},${y}`);
          }
        assert.ok(description && fieldConfig.defaults.unit && targets.length > 0, of);
        assert.equal(datasource.uid, '${datasource}', of);
        assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, of);
      }
    }
  });
});

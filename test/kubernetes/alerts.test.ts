/** The alert rules on Prometheus's own tool: they are valid, fire when they should, and only then; dashboards ask what parses. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Programs } from '../bed/control-plane.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import { type AlertRules, dashboards, questionsOf } from '../support/monitoring.js';
import type { AlertCase } from './alert-case.js';
import { alertCases } from './alert-cases.js';

const programs = JSON.parse(process.env['SLUICE_BED_PROGRAMS'] ?? '{}') as Programs;
const promtool = programs['promtool'] ?? 'promtool';
const file = resolve('deploy/helm/sluice/monitoring/alerts.yaml');
const text = readFileSync(file, 'utf8');
const rules = (parse(text) as AlertRules).groups.flatMap((group) => group.rules);

/** As promtool reads it: the series, and what fires at that time. */
function promtoolTest({ alert, series, at, fires }: AlertCase) {
  const severity = rules.find((rule) => rule.alert === alert)?.labels.severity ?? '';
  const labels = { alertname: alert, alertstate: 'firing', severity, ...fires };
  const written = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return {
    interval: '15s',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: [
      {
        expr: `ALERTS{alertname="${alert}", alertstate="firing"}`,
        eval_time: at,
        exp_samples: fires === null ? [] : [{ labels: `ALERTS{${written.join(', ')}}`, value: 1 }],
      },
    ],
  };
}

describeOnBed('the alert rules', function () {
  this.timeout(60_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-alerts-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** @returns what promtool found wrong; empty when all is as expected */
  function tried(cases: readonly AlertCase[], ruleFile = file): string {
    const path = join(folder, 'cases.json');
    const tests = cases.map(promtoolTest);
    writeFileSync(
      path,
      JSON.stringify({ rule_files: [ruleFile], evaluation_interval: '15s', tests }),
    );
    const { status, stdout, stderr } = spawnSync(promtool, ['test', 'rules', path], {
      encoding: 'utf8',
    });
    return status === 0 ? '' : `${stdout}${stderr}`;
  }

  it('are valid', () => {
    const said = execFileSync(promtool, ['check', 'rules', '--lint-fatal', file], {
      encoding: 'utf8',
    });
    assert.match(said, new RegExp(`${rules.length} rules found`));
    assert.ok(rules.length >= 15);
  });

  it('have a case that fires and one that does not', () => {
    for (const { alert } of rules) {
      const of = alertCases.filter((each) => each.alert === alert);
      assert.ok(
        of.some(({ fires }) => fires !== null),
        `${alert} never fires`,
      );
      assert.ok(
        of.some(({ fires }) => fires === null),
        `${alert} is never silent`,
      );
    }
    const known = new Set(rules.map(({ alert }) => alert));
    for (const { alert } of alertCases) assert.ok(known.has(alert), alert);
  });

  it(`fire when they should, and only then (${alertCases.length} cases)`, () => {
    const said = tried(alertCases);
    if (said === '') return;
    // One by one, to name those that are wrong.
    const wrong = alertCases.filter((each) => tried([each]) !== '');
    assert.fail(`${wrong.map(({ alert, title }) => `${alert}: ${title}`).join('\n')}\n${said}`);
  });

  it('would be seen to fire too late, too early and never', () => {
    const spoilt = join(folder, 'spoilt.yaml');
    for (const [from, to] of [
      ['for: 30m', 'for: 40m'],
      ['phase="RollingBack"', 'phase="Rollback"'],
      ['_schedule_to_start_latency_bucket[5m]))) > 1000', '_latency_bucket[5m]))) > 1000'],
      ['== 0\n        for: 5m', '>= 0\n        for: 5m'],
      [') >= 3', ') >= 2'],
    ] as const) {
      const changed = text.replace(from, to);
      assert.notEqual(changed, text, from);
      writeFileSync(spoilt, changed);
      assert.notEqual(tried(alertCases, spoilt), '', `${from} → ${to}`);
    }
  }).timeout(300_000);

  it('and every question of the dashboards parse', () => {
    const asked = dashboards.flatMap(questionsOf);
    const parses = (expressions: readonly string[]) => {
      const path = join(folder, 'questions.json');
      // Grafana fills its variables in before it asks.
      const filled = expressions.map((expr) =>
        expr.replace(/\$__rate_interval|\$__range|\$__interval/g, '5m').replace(/\$\w+/g, '.*'),
      );
      const recorded = filled.map((expr, index) => ({ record: `asked:${index}`, expr }));
      writeFileSync(path, JSON.stringify({ groups: [{ name: 'asked', rules: recorded }] }));
      return spawnSync(promtool, ['check', 'rules', '--lint=none', path]).status === 0;
    };
    assert.ok(asked.length >= 30, `${asked.length} questions`);
    assert.ok(parses(asked.map(({ expr }) => expr)));
    assert.equal(parses(['sum by (service (sluice_rollouts_total)']), false);
  });
});

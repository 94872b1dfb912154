/** Named judges as they are written down: defaults of the peers, and faults told where they are. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { judgeSchema, resolveJudge } from '../../../../src/domain/analysis/alternatives/schema.js';
import { healthSchema, resolveHealth } from '../../../../src/domain/analysis/schema.js';

const resolved = (spec: unknown) => resolveJudge(judgeSchema.parse(spec));
const thresholds = (style: string, given: object) => ({ kind: 'thresholds', style, ...given });

describe('health.judge', () => {
  it('has the defaults of Argo Rollouts', () => {
    const metrics = [{ metric: 'errorRate', failureCondition: '> 0.05' }];
    assert.deepEqual(resolved(thresholds('argo', { metrics })), {
      ...{ kind: 'thresholds', style: 'argo', countsOver: 'step' },
      metrics: [
        {
          ...{ metric: 'errorRate', windowMs: 60_000, intervalMs: null, initialDelayMs: 0 },
          ...{ count: null, failureLimit: 0, inconclusiveLimit: 0, consecutiveErrorLimit: 4 },
          ...{ consecutiveSuccessLimit: 0, successCondition: null, dryRun: false },
          failureCondition: {
            text: '> 0.05',
            anyOf: [[{ kind: 'compare', by: '>', to: 0.05 }]],
          },
        },
      ],
    });
  });

  it('has the defaults of Flagger', () => {
    const metrics = [{ name: 'request-duration', thresholdRange: { max: 500 } }];
    assert.deepEqual(resolved(thresholds('flagger', { metrics })), {
      ...{ kind: 'thresholds', style: 'flagger', intervalMs: 60_000, threshold: 1, iterations: 1 },
      metrics: [{ metric: 'request-duration', windowMs: 60_000, min: null, max: 500 }],
    });
  });

  it('has the defaults of Kayenta', () => {
    const metrics = [
      { metric: 'errorRate', effectSize: { measure: 'cles', allowedIncrease: 0.8 } },
    ];
    assert.deepEqual(resolved({ kind: 'mannWhitney', metrics }), {
      ...{ kind: 'mannWhitney', stepMs: 60_000, intervalMs: null, lookbackMs: null, warmUpMs: 0 },
      ...{ pass: 75, marginal: 50, groupWeights: {}, minimumValues: 10 },
      metrics: [
        {
          ...{ metric: 'errorRate', groups: ['errorRate'], direction: 'either', muted: false },
          ...{ nanStrategy: 'remove', outliers: 'keep', outlierFactor: 3 },
          ...{ critical: false, mustHaveData: false },
          effectSize: {
            ...{ measure: 'cles', allowedIncrease: 0.8, allowedDecrease: 0.5 },
            ...{ criticalIncrease: 0.5, criticalDecrease: 0.5 },
          },
        },
      ],
    });
  });

  it('takes the place of the comparison, and evidence is what there is without it', () => {
    const judge = { kind: 'mannWhitney', metrics: [{ metric: 'errorRate' }] };
    const byName = resolveHealth(healthSchema.parse({ judge }), false);
    assert.deepEqual([byName.judge?.kind, byName.comparison], ['mannWhitney', undefined]);
    const usual = resolveHealth(healthSchema.parse({}), false);
    assert.deepEqual(resolveHealth(healthSchema.parse({ judge: 'evidence' }), false), usual);
    assert.ok(usual.comparison !== undefined && !('judge' in usual));
    assert.ok(healthSchema.safeParse({ judge, comparison: 'off' }).success);
    const both = healthSchema.safeParse({ judge, comparison: { minimumRequests: 5 } });
    assert.match(both.error?.issues[0]?.message ?? '', /"off", since the named `judge`/);
  });

  it('is what the page about judges shows', () => {
    const page = readFileSync(new URL('../../../../docs/judges.md', import.meta.url), 'utf8');
    const examples = [...page.matchAll(/```yaml\n([^`]*)```/g)].map(([, text = '']) => parse(text));
    const judges = examples.map((one) => one.judge ?? one.environments.production.health.judge);
    assert.deepEqual(
      judges.map((judge) => {
        const named = resolved(judge);
        return named?.kind === 'thresholds' ? named.style : named?.kind;
      }),
      ['mannWhitney', 'argo', 'flagger', 'mannWhitney'],
    );
  });

  const good = { metric: 'successRate', interval: '30s', successCondition: '>= 0.99' };
  const argo = (given: object) => thresholds('argo', { metrics: [{ ...good, ...given }] });
  const kayenta = (given: object) => ({
    ...{ kind: 'mannWhitney', metrics: [{ metric: 'errorRate', groups: ['a'] }] },
    ...given,
  });
  const faults: readonly [unknown, string, RegExp][] = [
    ['guess', '', /Invalid input/],
    [
      argo({ successCondition: 'len(result) > 1' }),
      'metrics.0.successCondition',
      /comparisons of one result/,
    ],
    [
      argo({ successCondition: undefined }),
      'metrics.0.successCondition',
      /since else all succeeds/,
    ],
    [
      argo({ failureLimit: -1 }),
      'metrics.0.failureLimit',
      /-1 beside a consecutiveSuccessLimit only/,
    ],
    [
      argo({ count: 3, interval: undefined }),
      'metrics.0.interval',
      /a duration, since count is over 1/,
    ],
    [
      argo({ count: 3, failureLimit: 4 }),
      'metrics.0.count',
      /at least failureLimit \+ consecutiveSuccessLimit \(4\)/,
    ],
    [argo({ count: 3, inconclusiveLimit: 4 }), 'metrics.0.count', /at least inconclusiveLimit/],
    [argo({ metric: 'cpu' }), 'metrics.0.metric', /successRate, errorRate/],
    [argo({ interval: '1ms' }), 'metrics.0.interval', /at least 100ms/],
    [thresholds('argo', { metrics: [] }), 'metrics', /./],
    [
      thresholds('flagger', { metrics: [{ name: 'request-duration', thresholdRange: {} }] }),
      'metrics.0.thresholdRange',
      /min or max/,
    ],
    [kayenta({ groupWeights: { b: 50 } }), 'groupWeights', /none is in "b"/],
    [kayenta({ groupWeights: { a: 50 } }), 'groupWeights', /together 100, not 50/],
    [kayenta({ score: { pass: 40 } }), 'score.marginal', /at most what `pass` says/],
    [kayenta({ speed: 1 }), '', /speed/],
  ];
  for (const [spec, path, message] of faults) {
    it(`refuses ${JSON.stringify(spec).slice(0, 90)}`, () => {
      const { error } = judgeSchema.safeParse(spec);
      const issue = error?.issues
        .flatMap((one) => deepest(one))
        .find((one) => message.test(one.message));
      assert.equal(issue?.path.join('.'), path, JSON.stringify(error?.issues));
    });
  }
});

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly errors?: readonly (readonly Issue[])[];
}

/** What the branches of a union say, by their paths in the whole. */
function deepest(issue: Issue): readonly Issue[] {
  const inner = (issue.errors ?? []).flat().flatMap((one) => deepest(one));
  return [issue, ...inner.map((one) => ({ ...one, path: [...issue.path, ...one.path] }))];
}

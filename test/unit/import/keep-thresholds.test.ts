/** Importing with --keep-thresholds: measurements and failed checks are counted as they were, and what cannot be is told. */
import assert from 'node:assert/strict';
import { parseProject } from '../../../src/config/project.js';
import { resolvePipeline } from '../../../src/config/resolve-pipeline.js';
import type { NamedJudge } from '../../../src/domain/analysis/alternatives/named-judge.js';
import { Failure } from '../../../src/domain/failures.js';
import { importRollout } from '../../../src/import/argo.js';
import { importCanary } from '../../../src/import/flagger.js';
import type { Imported } from '../../../src/import/import.js';
import { manifestFiles, manifestText } from '../../support/imported.js';

function kept(file: string, text = manifestText(file)): Imported {
  const convert = file.startsWith('argo') ? importRollout : importCanary;
  return convert({ text, file, keepsThresholds: true });
}

/** As a release would be judged; undefined: by evidence. */
function judgeOf({ yaml }: Imported): NamedJudge | undefined {
  const project = parseProject(yaml, '/anywhere/sluice.yaml');
  const [service] = Object.keys(project.services) as [string];
  const [stage] = resolvePipeline(project, service, { embedded: false }).environments;
  return stage?.health.judge;
}

const gateway = 'argo-canary-gateway.yaml';

describe('importing thresholds as they are', () => {
  it('gives a valid file for every manifest', () => {
    const judges = manifestFiles.map((file) => judgeOf(kept(file)));
    assert.equal(judges.filter((judge) => judge !== undefined).length, 7);
  });

  it('reads conditions, windows and limits of analysis templates, in milliseconds and shares', () => {
    const judge = judgeOf(kept(gateway));
    assert.ok(judge?.kind === 'thresholds' && judge.style === 'argo');
    assert.equal(judge.countsOver, 'rollout', 'it has a background analysis');
    const [good, slow] = judge.metrics;
    assert.deepEqual(
      [good?.metric, good?.windowMs, good?.intervalMs, good?.initialDelayMs, good?.failureLimit],
      ['successRate', 120_000, 30_000, 60_000, 3],
    );
    assert.deepEqual(
      [good?.successCondition?.text, good?.failureCondition?.text],
      ['result[0] >= 0.99', 'result[0] < 0.95'],
    );
    assert.deepEqual(
      [slow?.metric, slow?.count, slow?.inconclusiveLimit, slow?.consecutiveErrorLimit],
      ['latencyP95', 11, 2, 6],
    );
    assert.equal(slow?.successCondition?.text, 'result[0] < 800');
  });

  it('tells what it can count no more of than before, and what it counts not at all', () => {
    const notes = kept(gateway).notes.map(({ kind, field, why }) => `${kind} ${field}: ${why}`);
    assert.ok(notes.some((note) => /unexpressed spec\.metrics\[0\]\.provider: /.test(note)));
    assert.ok(!notes.some((note) => /failureLimit|inconclusiveLimit|number of meas/.test(note)));
  });

  it('keeps to evidence where a condition or a query says more, or nothing is kept', () => {
    const odd = manifestText(gateway)
      .replace('result[0] >= 0.99', 'len(result) > 0 && result[0] >= 0.99')
      .replace('histogram_quantile(0.95', 'histogram_quantile(0.75');
    assert.equal(judgeOf(kept(gateway, odd)), undefined);
    const usual = importRollout({ text: manifestText(gateway), file: gateway });
    assert.equal(judgeOf(usual), undefined);
  });

  it('tells of an argument in place of a number, and of limits that contradict each other', () => {
    const argument = manifestText(gateway).replace(
      'inconclusiveLimit: 2',
      'inconclusiveLimit: "{{args.n}}"',
    );
    const note = kept(gateway, argument).notes.find(
      ({ field }) => field === 'spec.metrics[0].inconclusiveLimit',
    );
    assert.equal(note?.kind, 'unexpressed');
    const few = manifestText(gateway).replace('count: 11', 'count: 1');
    assert.throws(
      () => kept(gateway, few),
      (error) => {
        assert.ok(error instanceof Failure && error.code === 'InvalidInput');
        assert.match(
          error.details.faults?.[0]?.message ?? '',
          /spec\.metrics\[0\].*at least inconclusiveLimit/,
        );
        return true;
      },
    );
  });

  it('reads the checks of a Canary, under present names and deprecated ones', () => {
    assert.deepEqual(judgeOf(kept('flagger-gateway.yaml')), {
      ...{ kind: 'thresholds', style: 'flagger', intervalMs: 30_000, threshold: 4, iterations: 1 },
      metrics: [
        { metric: 'request-success-rate', windowMs: 60_000, min: 98, max: null },
        { metric: 'request-duration', windowMs: 30_000, min: null, max: 750 },
      ],
    });
    const weights = judgeOf(kept('flagger-istio-weights.yaml'));
    assert.ok(weights?.kind === 'thresholds' && weights.style === 'flagger');
    assert.deepEqual(
      weights.metrics.map(({ min, max }) => [min, max]),
      [
        [99.5, null],
        [null, 400],
      ],
    );
    const switched = judgeOf(kept('flagger-blue-green.yaml'));
    assert.ok(switched?.kind === 'thresholds' && switched.style === 'flagger');
    assert.deepEqual([switched.threshold, switched.iterations], [2, 10]);
  });

  it('says nothing of a Canary’s threshold that is kept, and names the queries that are not asked', () => {
    const { notes } = kept('flagger-gateway.yaml');
    assert.ok(!notes.some(({ field }) => field === 'spec.analysis.threshold'));
    assert.ok(
      notes.some(
        ({ field, kind }) => field === 'spec.analysis.metrics[2]' && kind === 'unexpressed',
      ),
    );
  });
});

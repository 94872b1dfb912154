/** What a worker's metrics say of rollouts on a real Temporal server: exact values, closed labels, and no harm done. */
import assert from 'node:assert/strict';
import { type MetricLine, parsePrometheusText } from '../../src/domain/analysis/prometheus-text.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { scrape } from '../../src/workers/metrics-server.js';
import { createRolloutMetrics, type RolloutMetrics } from '../../src/workers/rollout-metrics.js';
import { createRunningRollouts } from '../../src/workers/running-rollouts.js';
import { aCanary, aRequest } from '../support/builders.js';
import { type EngineUnderTest, startEngine } from '../support/engine-under-test.js';
import { createOperator, refusal, until } from '../support/operator.js';

type Labels = Readonly<Record<string, string>>;

/** Reads visibility anew each time. */
async function look(engine: EngineUnderTest, metrics: RolloutMetrics = engine.metrics) {
  const readRunning = createRunningRollouts(engine.client, Date.now);
  const readLedger = async () => ({ project: 'shop', rows: 1 });
  const text = await scrape({ metrics, readRunning, readLedger, sdkUrl: null });
  const lines = parsePrometheusText(text, 'worker');
  const named = (name: string) => lines.filter((line) => line.name === name);
  return {
    lines,
    /** Samples of one target that are not 0, without the target's labels. */
    of: (name: string, service: string) =>
      named(name)
        .filter(({ labels, value }) => labels.service === service && value !== 0)
        .map(({ labels, value }) => ({
          labels: Object.fromEntries(Object.entries(labels).filter(([key]) => key !== 'service')),
          value,
        })),
    value: (name: string, labels: Labels) =>
      named(name).find((line) => JSON.stringify(line.labels) === JSON.stringify(labels))?.value,
  };
}

const slow = aCanary([50], 20_000);
const inEu = { environment: 'production', region: 'eu' };

describe('metrics of rollouts', function () {
  this.timeout(60_000);
  let engine: EngineUnderTest;
  let operator: ReturnType<typeof createOperator>;
  before(async () => {
    engine = await startEngine();
    engine.behaviours.set('6.6.6', { errorRate: 0.5, latencyMs: 20 });
    operator = createOperator(engine);
  });
  after(() => engine.stop());

  /** A target in a region where 1.0.0 is stable. */
  async function installed() {
    const target = { service: operator.freshService(), ...inEu };
    await operator.installed(target);
    return target;
  }

  it('count a promotion with its verdicts, once', async () => {
    const target = await installed();
    const before = await look(engine);
    const request = aRequest('1.1.0', { strategy: aCanary([20, 50]) });
    assert.equal((await operator.roll(target, request)).outcome, 'promoted');
    const seen = await look(engine);
    assert.deepEqual(seen.of('sluice_rollouts_total', target.service), [
      { labels: { ...inEu, strategy: 'install', outcome: 'promoted' }, value: 1 },
      { labels: { ...inEu, strategy: 'canary', outcome: 'promoted' }, value: 1 },
    ]);
    assert.deepEqual(
      seen.of('sluice_verdicts_total', target.service).map(({ labels }) => labels),
      [{ ...inEu, kind: 'pass' }],
    );
    const verdicts = (of: typeof seen) => of.of('sluice_verdicts_total', target.service)[0]?.value;
    assert.equal((verdicts(seen) ?? 0) - (verdicts(before) ?? 0), 3, 'at 20, 50, 100 %');
    const promoted = { outcome: 'promoted' };
    const count = 'sluice_rollout_duration_seconds_count';
    assert.equal(seen.value(count, promoted), (before.value(count, promoted) ?? 0) + 1);
    const sum = 'sluice_rollout_duration_seconds_sum';
    const tookS = (seen.value(sum, promoted) ?? 0) - (before.value(sum, promoted) ?? 0);
    assert.ok(tookS >= 0.3 && tookS < 30, `${tookS} s`);
  });

  it('count a rollback by verdict with its cause and how long it took', async () => {
    const target = await installed();
    const before = await look(engine);
    const request = aRequest('6.6.6', { strategy: aCanary([50]) });
    assert.equal((await operator.roll(target, request)).outcome, 'rolledBack');
    const seen = await look(engine);
    assert.deepEqual(seen.of('sluice_rollouts_total', target.service).at(-1), {
      ...{ labels: { ...inEu, strategy: 'canary', outcome: 'rolledBack' }, value: 1 },
    });
    assert.deepEqual(seen.of('sluice_verdicts_total', target.service).at(-1), {
      ...{ labels: { ...inEu, kind: 'fail' }, value: 1 },
    });
    for (const [cause, more] of [
      ...(['gate', 'deadline', 'aborted', 'superseded', 'cancelled', 'failure'] as const).map(
        (other) => [other, 0] as const,
      ),
      ['verdict', 1] as const,
    ]) {
      const count = 'sluice_rollback_duration_seconds_count';
      assert.equal(seen.value(count, { cause }), (before.value(count, { cause }) ?? 0) + more);
    }
    const tookS = seen.value('sluice_rollback_duration_seconds_sum', { cause: 'verdict' }) ?? 0;
    assert.ok(tookS > 0 && tookS < 5, `${tookS} s`);
  });

  it('show what runs, also to a worker just started, and count an abort and a refusal', async () => {
    const target = await installed();
    const { service } = target;
    const { rolloutId } = await operator.ask(target, aRequest('1.1.0', { strategy: slow }));
    await operator.rolloutIs(rolloutId, (view) => view.phase === 'Analysing');
    await operator.tell(rolloutId, updateNames.pause);
    await until(
      'visibility shows the pause',
      async () => (await look(engine)).of('sluice_rollout_phase', service),
      ([present]) => present?.labels.phase === 'Holding',
    );
    await engine.restartWorkers();
    const later = await look(engine, createRolloutMetrics());
    assert.deepEqual(later.of('sluice_rollout_phase', service), [
      { labels: { ...inEu, phase: 'Holding' }, value: 1 },
    ]);
    assert.deepEqual(later.of('sluice_rollout_weight', service), [{ labels: inEu, value: 50 }]);
    // So that the first event is an increase.
    const zero = { service, ...inEu, strategy: 'canary', outcome: 'rolledBack' };
    assert.equal(later.value('sluice_rollouts_total', zero), 0);

    const before = await look(engine);
    const more = (of: typeof before, command: string, accepted: string) =>
      (of.value('sluice_commands_total', { command, accepted }) ?? Number.NaN) -
      (before.value('sluice_commands_total', { command, accepted }) ?? Number.NaN);
    assert.match(
      await refusal(operator.tell(rolloutId, updateNames.pause)),
      /already paused by ann/,
    );
    await operator.tell(rolloutId, updateNames.abort);
    assert.equal((await operator.rolloutResult(rolloutId)).outcome, 'aborted');
    const seen = await until(
      'the gauges are gone',
      () => look(engine),
      ({ of }) => of('sluice_rollout_phase', service).length === 0,
    );
    assert.ok(!seen.lines.some(({ name }) => /_(phase|weight)$/.test(name)));
    assert.deepEqual(seen.of('sluice_rollouts_total', service).at(-1), {
      ...{ labels: { ...inEu, strategy: 'canary', outcome: 'aborted' }, value: 1 },
    });
    const aborted = ({ value }: typeof seen) =>
      value('sluice_rollback_duration_seconds_count', { cause: 'aborted' }) ?? Number.NaN;
    assert.equal(aborted(seen) - aborted(before), 1);
    const counted = ['pause', 'abort', 'resume'].flatMap((command) =>
      ['true', 'false'].map((accepted) => more(seen, command, accepted)),
    );
    assert.deepEqual(counted, [0, 1, 1, 0, 0, 0]);
  });

  it('count a refusal that only the handler knows, and a rollout that was lost', async () => {
    const target = await installed();
    const before = await look(engine);
    const targetId = `target:${target.service}:production:eu`;
    assert.match(await refusal(operator.tell(targetId, updateNames.unlock)), /not locked/);
    const { rolloutId } = await operator.ask(target, aRequest('1.1.0', { strategy: slow }));
    await operator.rolloutIs(rolloutId, (view) => view.weight === 50);
    await operator.handle(rolloutId).terminate('planted');
    await operator.targetIs(target, (view) => view.current === null);
    const seen = await look(engine);
    const refused = { command: 'unlock', accepted: 'false' };
    const was = before.value('sluice_commands_total', refused) ?? Number.NaN;
    assert.equal(seen.value('sluice_commands_total', refused), was + 1);
    assert.deepEqual(seen.of('sluice_rollouts_total', target.service).at(-1), {
      ...{ labels: { ...inEu, strategy: 'canary', outcome: 'aborted' }, value: 1 },
    });
  });

  it('grow with targets and not with rollouts, and name no version, id or reason', async () => {
    const target = await installed();
    const request = (version: string) => aRequest(version, { strategy: aCanary([50]) });
    await operator.roll(target, request('1.1.0'));
    const first = await look(engine);
    await operator.roll(target, request('1.2.0'));
    await operator.roll(target, request('1.3.0'));
    const last = await look(engine);
    const series = (of: MetricLine[] | readonly MetricLine[]) =>
      // Activities fail when they like.
      of
        .filter(({ name }) => name !== 'sluice_activity_failures_total')
        .map(({ name, labels }) => name + JSON.stringify(labels))
        .sort();
    assert.deepEqual(series(last.lines), series(first.lines));
    const texts = last.lines.flatMap(({ labels }) => Object.values(labels));
    for (const text of texts)
      assert.doesNotMatch(text, /^\d+\.\d+\.\d+|[:\s]|sha256|because/, text);
  });
});

describe('a sink that throws', function () {
  this.timeout(60_000);
  const { write } = process.stderr;
  afterEach(() => {
    process.stderr.write = write;
  });

  it('disturbs no rollout and no command, and is named in the log', async () => {
    const heard: string[] = [];
    let log = '';
    process.stderr.write = (text) => {
      log += String(text);
      return true;
    };
    const throws = (name: string) => ({
      fn() {
        heard.push(name);
        throw new Error(`planted in ${name}`);
      },
    });
    const metrics = createRolloutMetrics();
    const sinks = {
      metrics: {
        judged: throws('judged'),
        ended: throws('ended'),
        commanded: throws('commanded'),
        placebo: throws('placebo'),
      },
    };
    const engine = await startEngine({ metrics: { ...metrics, sinks } });
    try {
      const operator = createOperator(engine);
      const target = { service: operator.freshService(), environment: 'production' };
      await operator.installed(target);
      const { rolloutId } = await operator.ask(target, aRequest('1.1.0', { strategy: slow }));
      await operator.rolloutIs(rolloutId, (view) => view.weight === 50);
      await operator.tell(rolloutId, updateNames.abort);
      assert.equal((await operator.rolloutResult(rolloutId)).outcome, 'aborted');
      assert.deepEqual(new Set(heard), new Set(['judged', 'ended', 'commanded']));
    } finally {
      await engine.stop();
    }
    // The SDK holds lines back for a moment to put them in order.
    for (const name of new Set(heard)) {
      const said = async () => log.includes(`planted in ${name}`);
      await until(`the log names ${name}`, said, Boolean);
    }
  });
});

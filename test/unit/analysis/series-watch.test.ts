/** Series that a user names: when they roll back, what they only report, and that silence never passes. */
import assert from 'node:assert/strict';
import type { HealthPolicy } from '../../../src/domain/analysis/health-policy.js';
import { explainWatch } from '../../../src/domain/analysis/explain-watch.js';
import { judge } from '../../../src/domain/analysis/judge.js';
import type { SeriesSeen } from '../../../src/domain/analysis/sample.js';
import {
  beginWatch,
  observe,
  openWindow,
  type WatchState,
} from '../../../src/domain/analysis/watch.js';
import type { SeriesMetric } from '../../../src/domain/series/series.js';
import { counters, look, policy as limits, step } from './looks.js';

const lag: SeriesMetric = {
  ...{ name: 'queue-lag', source: 'prom', query: 'max(lag{revision="{{revision}}"})' },
  ...{ worse: 'higher', margin: 5, weight: 1, dryRun: false, everyMs: 1000 },
};
const cpu: SeriesMetric = {
  ...{ name: 'cpu', source: 'dog', query: 'avg:cpu{version:{{revision}}}' },
  ...{ worse: 'higher', range: [0, 1], margin: 0.05, weight: 1, dryRun: false, everyMs: 1000 },
};

const policyOf = (...series: SeriesMetric[]): HealthPolicy => ({ ...limits, series });

interface Told {
  readonly weight?: number;
  readonly minimumMs?: number;
  readonly maximumMs?: number;
}

/** A look a second, with what is told of the series at each. */
function watch(
  policy: HealthPolicy,
  seconds: number,
  tell: (s: number) => Readonly<Record<string, SeriesSeen>> | undefined,
  { weight = 20, minimumMs = 200_000, maximumMs = 300_000 }: Told = {},
) {
  let state: WatchState = openWindow(beginWatch(null), step({ minimumMs, maximumMs, weight }));
  for (let s = 1; s <= seconds; s += 1) {
    const series = tell(s);
    const seen = look(s, { requests: 100 * s }, { weight });
    const stable = { revision: 'stable', instances: [counters({ requests: 400 * s })] };
    state = observe(state, { ...seen, stable, ...(series ? { series } : {}) }, policy);
    const verdict = judge(state, s * 1000, policy);
    if (verdict) return { verdict, state, atS: s };
  }
  return { verdict: null, state, atS: seconds };
}

/** 30 and 20 by turns, so that the series is not constant. */
const wave = (s: number, more: number, times = {}): SeriesSeen => {
  const base = s % 2 === 0 ? 20 : 30;
  return {
    askedAtMs: s * 1000,
    candidate: [base + more, base - 1 + more],
    stable: [base],
    ...times,
  };
};
const share = (s: number, candidate: number, stable: number): SeriesSeen => {
  return { askedAtMs: s * 1000, candidate: [candidate], stable: [stable] };
};

describe('series beside stable', () => {
  it('without bounds: a lag that is worse by more than its margin rolls back and is named', () => {
    const { verdict, atS } = watch(policyOf(lag), 120, (s) => ({ 'queue-lag': wave(s, 20) }));
    assert.equal(verdict?.kind, 'fail');
    assert.ok(atS >= 30 && atS < 60, `after ${atS} s`);
    assert.match(
      verdict.reason,
      /^queue-lag is 44\.\d, stable's 25(\.\d)? over \d+ values, higher by 5 allowed: worse by .* to .*; asked prom: max\(lag/,
    );
    assert.deepEqual(verdict.evidence[0]?.check, 'series');
  });

  it('within bounds: a share of CPU that is worse rolls back by its E value', () => {
    const { verdict } = watch(policyOf(cpu), 120, (s) => ({ cpu: share(s, 0.9, 0.3) }));
    assert.equal(verdict?.kind, 'fail');
    assert.match(verdict.reason, /^cpu is 0\.9, stable's 0\.3 over \d+ values.*: E = .* ≥ 300;/);
    assert.equal(verdict.evidence[0]?.eLimit, 300);
  });

  it('the other way round for what should be high', () => {
    const conversion = { ...cpu, name: 'conversion', worse: 'lower' } as const;
    const tell = (mine: number, theirs: number) => (s: number) => ({
      conversion: share(s, mine, theirs),
    });
    assert.equal(watch(policyOf(conversion), 120, tell(0.2, 0.8)).verdict?.kind, 'fail');
    assert.equal(watch(policyOf(conversion), 120, tell(0.8, 0.2)).verdict, null);
  });

  it('that are equal, or worse within the margin, do not keep a step from passing', () => {
    for (const [series, tell] of [
      [lag, (s: number) => ({ 'queue-lag': wave(s, 0.5) })],
      [lag, (s: number) => ({ 'queue-lag': wave(s, 4) })],
      [cpu, (s: number) => ({ cpu: share(s, 0.34, 0.3) })],
    ] as const) {
      const { verdict } = watch(policyOf(series), 210, tell);
      assert.equal(verdict?.kind, 'pass', verdict?.reason);
      assert.ok(verdict.evidence.some(({ check }) => check === 'series'));
    }
  });

  it('in a dry run are reported and never act', () => {
    const dry = policyOf({ ...lag, dryRun: true }, { ...cpu, dryRun: true });
    const { verdict } = watch(dry, 210, (s) => {
      return { 'queue-lag': wave(s, 20), cpu: share(s, 0.9, 0.3) };
    });
    assert.equal(verdict?.kind, 'pass', verdict?.reason);
    const told = verdict.evidence.filter(({ check }) => check === 'series');
    assert.equal(told.length, 2);
    for (const { sentence } of told) assert.match(sentence, /, dry run; asked/);
  });

  it('have a bar that is full when they roll back, and only then', () => {
    for (const [series, tell] of [
      [lag, (s: number) => ({ 'queue-lag': wave(s, 20) })],
      [cpu, (s: number) => ({ cpu: share(s, 0.9, 0.3) })],
    ] as const) {
      const policy = policyOf(series);
      const end = watch(policy, 120, tell);
      assert.equal(end.verdict?.kind, 'fail');
      const barAfter = (seconds: number): number =>
        explainWatch(watch(policy, seconds, tell).state, policy).series[0]?.towardsRollback ?? -1;
      const bars = Array.from({ length: end.atS }, (_, n) => barAfter(n + 1));
      assert.deepEqual(
        bars.map((bar) => bar === 1),
        bars.map((_, n) => n + 1 === end.atS),
      );
    }
    const [idle] = explainWatch(
      watch(policyOf(lag), 60, (s) => ({ 'queue-lag': wave(s, 0) })).state,
      policyOf(lag),
    ).series;
    assert.deepEqual([idle?.name, idle?.towardsRollback], ['queue-lag', 0]);
  });

  it('share the false alarms with the other metrics by weight', () => {
    const limitOf = (...series: SeriesMetric[]) =>
      watch(policyOf(...series), 210, (s) => {
        return { cpu: share(s, 0.3, 0.3), other: share(s, 0.3, 0.3) };
      })
        .verdict?.evidence.filter(({ check }) => check !== 'errorRate' && check !== 'latencyP95')
        .map(({ check, eLimit }) => [check, eLimit]);
    const beside = (errors: number, ...more: number[]) => [
      ...[
        ['errorsBesideStable', errors],
        ['latencyBesideStable', errors],
      ],
      ...more.map((one) => ['series', one]),
    ];
    assert.deepEqual(limitOf(), beside(200));
    assert.deepEqual(limitOf(cpu), beside(300, 300));
    assert.deepEqual(
      limitOf({ ...cpu, weight: 2 }, { ...cpu, name: 'other' }),
      beside(500, 250, 500),
    );
    assert.deepEqual(limitOf({ ...cpu, dryRun: true }), beside(200, 300));
  });
});

describe('values that are told again', () => {
  const valuesOf = (tell: (s: number) => SeriesSeen) =>
    watch(policyOf(lag), 60, (s) => ({ 'queue-lag': tell(s) })).state.series?.['queue-lag']?.values;

  it('count once by the time that their source says', () => {
    assert.equal(
      valuesOf((s) => wave(s, 0, { ofMs: Math.floor(s / 10) * 10_000 })),
      7,
    );
  });

  it('count once in the time between two values', () => {
    const slow = policyOf({ ...lag, everyMs: 15_000 });
    const { state } = watch(slow, 60, (s) => ({ 'queue-lag': wave(s, 0) }));
    assert.equal(state.series?.['queue-lag']?.values, 4);
  });

  it('count only while both sides have traffic', () => {
    for (const weight of [0, 100]) {
      const tell = (s: number) => ({ 'queue-lag': wave(s, 50) });
      const { state, verdict } = watch(policyOf(lag), 250, tell, { weight });
      assert.equal(state.series, undefined);
      assert.equal(verdict?.kind, 'pass', verdict?.reason);
    }
  });
});

describe('series without values', () => {
  const short = { minimumMs: 20_000, maximumMs: 40_000 };
  const missing = 'Prometheus http://p answered 401; asked: max(lag{revision="b"})';

  it('hold the step, and end it inconclusive naming the query', () => {
    for (const [tell, why] of [
      [() => undefined, /nothing was answered, asked prom: max\(lag/],
      [() => ({ 'queue-lag': { missing } }), /Prometheus http:\/\/p answered 401; asked: max/],
    ] as const) {
      const { verdict, atS } = watch(policyOf(lag), 60, tell, short);
      assert.deepEqual([verdict?.kind, verdict?.undecided, atS], ['inconclusive', 'noData', 41]);
      assert.match(verdict?.reason ?? '', /^queue-lag has no value: /);
      assert.match(verdict?.reason ?? '', why);
    }
  });

  it('do so too when they fall silent on the way', () => {
    const tell = (s: number) => ({ 'queue-lag': s < 5 ? wave(s, 0) : { missing } });
    const { verdict } = watch(policyOf(lag), 60, tell, short);
    assert.equal(verdict?.kind, 'inconclusive');
    assert.match(verdict.reason, /^queue-lag has no value since 3\d s: Prometheus/);
  });

  it('of a dry run hold nothing', () => {
    const dry = policyOf({ ...lag, dryRun: true });
    const { verdict } = watch(dry, 60, () => ({ 'queue-lag': { missing } }), short);
    assert.equal(verdict?.kind, 'pass');
  });

  it('are no news in JSON: a worker that takes over goes on as it was', () => {
    const { state } = watch(policyOf(lag, cpu), 20, (s) => {
      return { 'queue-lag': wave(s, 3), cpu: share(s, 0.4, 0.3) };
    });
    assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
    assert.ok(JSON.stringify(state.series).length < 3000);
  });
});

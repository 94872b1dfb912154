/** The judge over history: it decides as the watch would have, and shows how the evidence grew. */
import assert from 'node:assert/strict';
import { defaultHealthPolicy } from '../../../src/domain/analysis/health-policy.js';
import { judgeHistory } from '../../../src/domain/analysis/history.js';
import { judge } from '../../../src/domain/analysis/judge.js';
import { beginWatch, observe, openWindow } from '../../../src/domain/analysis/watch.js';
import { readHistoryCsv } from '../../../src/history/history-csv.js';
import { everyMs, firstAtMs, type HistoryWorld, historyCsv } from '../../support/history-csv.js';

const wholeTime = { forMs: null, graceMs: 0 };

function looksOf(world: HistoryWorld) {
  return readHistoryCsv(historyCsv(world), 'h.csv', { values: world.values ?? 'counters' });
}

describe('the judge over history', () => {
  it('a candidate ten times as bad fails, below every absolute limit, soon after its first requests', () => {
    const run = judgeHistory(looksOf({ seed: 1, factor: 10 }), wholeTime, defaultHealthPolicy);
    assert.equal(run.startedAtMs, firstAtMs + 45 * everyMs);
    assert.equal(run.verdict?.kind, 'fail');
    assert.equal(run.verdict?.evidence[0]?.check, 'errorsBesideStable');
    const afterMs = (run.verdict?.atMs ?? Infinity) - (run.startedAtMs ?? 0);
    assert.ok(afterMs <= 150_000, `${afterMs} ms`);
    const decided = run.points.find(({ atMs }) => atMs === run.verdict?.atMs);
    const before = run.points.filter(({ atMs }) => atMs < (run.verdict?.atMs ?? 0));
    const reached = (point: (typeof run.points)[number]): boolean =>
      point.checks.some(({ logE, logLimit }) => logE >= logLimit);
    assert.ok(decided && reached(decided));
    assert.ok(!before.some(reached));
    assert.equal(run.points.length, 90);
  });

  it('decides at the look and with the evidence of a watch that was there', () => {
    const looks = looksOf({ seed: 2, factor: 6 });
    const run = judgeHistory(looks, wholeTime, defaultHealthPolicy);
    const startMs = run.startedAtMs ?? 0;
    const minimumMs = (looks.at(-1)?.atMs ?? 0) - startMs;
    const window = { minimumMs, maximumMs: minimumMs, until: 'judged', weight: 10 } as const;
    let state = openWindow(beginWatch(null), window);
    for (const look of looks) {
      const weight = look.atMs >= startMs ? 10 : 0;
      state = observe(state, { ...look, weight }, defaultHealthPolicy);
      const verdict = judge(state, look.atMs, defaultHealthPolicy);
      if (verdict === null) continue;
      return assert.deepEqual(run.verdict, verdict);
    }
    assert.fail('the watch did not decide');
  });

  it('an equal candidate passes at its end, and earlier when its step is shorter', () => {
    const looks = looksOf({ seed: 4, factor: 1 });
    const whole = judgeHistory(looks, wholeTime, defaultHealthPolicy);
    assert.equal(whole.verdict?.kind, 'pass');
    assert.equal(whole.verdict?.atMs, looks.at(-1)?.atMs);
    const short = judgeHistory(looks, { forMs: 120_000, graceMs: 0 }, defaultHealthPolicy);
    assert.equal(short.verdict?.kind, 'pass');
    assert.equal(short.verdict?.atMs, (short.startedAtMs ?? 0) + 120_000);
    const long = judgeHistory(looks, { forMs: 86_400_000, graceMs: 0 }, defaultHealthPolicy);
    assert.equal(long.verdict, null);
  });

  it('increases are judged from their first row on, as the counters they add up to', () => {
    const world = { seed: 5, factor: 10, stableLooks: 0, looks: 40 };
    const increases = looksOf({ ...world, values: 'increases' });
    const { startedAtMs, points } = judgeHistory(increases, wholeTime, defaultHealthPolicy);
    assert.equal(startedAtMs, firstAtMs);
    const sum = points.reduce((all, { candidate }) => all + candidate.requests, 0);
    assert.equal(sum, 40 * 90);
  });

  it('counts slow requests at the edge of the limit, and says where there is none', () => {
    const looks = looksOf({ seed: 6, factor: 1, looks: 60 });
    const run = judgeHistory(looks, wholeTime, defaultHealthPolicy);
    assert.equal(run.slowEdgeMs, 1000);
    assert.ok(run.points.some(({ stable }) => stable.slow > 0 && stable.slow < stable.requests));
    const strict = { rollBackAboveMs: 60_000, succeedBelowMs: 500 };
    const policy = { ...defaultHealthPolicy, latencyP95: strict };
    assert.equal(judgeHistory(looks, wholeTime, policy).slowEdgeMs, null);
  });

  it('without requests of a candidate there is nothing to decide', () => {
    const looks = looksOf({ seed: 7, factor: 1, looks: 30, stableLooks: 30 });
    const { startedAtMs, verdict } = judgeHistory(looks, wholeTime, defaultHealthPolicy);
    assert.equal(startedAtMs, null);
    assert.notEqual(verdict?.kind, 'pass');
    assert.equal(judgeHistory([], wholeTime, defaultHealthPolicy).verdict, null);
  });
});

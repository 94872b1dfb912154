/** Looks faster than the scrape behind them: the same verdict for the same traffic, only later. */
import assert from 'node:assert/strict';
import type { HealthPolicy } from '../../../src/domain/analysis/health-policy.js';
import { judge } from '../../../src/domain/analysis/judge.js';
import type { InstanceCounters, RevisionCounters } from '../../../src/domain/analysis/sample.js';
import type { Verdict } from '../../../src/domain/analysis/verdict.js';
import {
  beginWatch,
  observe,
  openWindow,
  type WatchState,
} from '../../../src/domain/analysis/watch.js';
import { counters, look, policy as preset, step } from './looks.js';

const policy: HealthPolicy = { ...preset, intervalMs: 250 };
const window = step({ minimumMs: 20_000, maximumMs: 60_000, weight: 20 });
const weights = [20, 50];
const rps = 40;

/** What the candidate does at each weight. */
interface Behaviour {
  readonly share: readonly number[];
  readonly slow?: boolean;
  readonly silent?: boolean;
}

/** The clock, the traffic, and a store that scrapes it at its intervals; null: no store in between. */
function run(behaviour: Behaviour, scrapeMs: number | null, phaseMs = 0, stopsAtMs = Infinity) {
  const kept = new Map<number, InstanceCounters>();
  let totals = { requests: 0, errors: 0, slow: 0 };
  let state: WatchState = beginWatch(null);
  let seen: RevisionCounters = { revision: 'candidate', instances: [] };
  const verdicts: Verdict[] = [];
  let nowMs = 0;
  for (const [index, weight] of weights.entries()) {
    state = openWindow(state, { ...window, weight });
    let verdict: Verdict | null = null;
    const share = behaviour.share[index] ?? 0;
    for (let part = 0; verdict === null; nowMs += 50) {
      assert.ok(nowMs < 300_000, 'no verdict in 5 minutes');
      part += behaviour.silent ? 0 : (rps * weight) / 100 / 20;
      if (part >= 1) {
        part -= 1;
        const requests = totals.requests + 1;
        totals = {
          requests,
          errors:
            Math.floor(requests * share) > Math.floor((requests - 1) * share)
              ? totals.errors + 1
              : totals.errors,
          slow: totals.slow + (behaviour.slow ? 1 : 0),
        };
      }
      const isScraped = scrapeMs === null || (nowMs + phaseMs) % scrapeMs === 0;
      if (isScraped && nowMs < stopsAtMs && totals.requests > 0) {
        const asOf = scrapeMs === null ? {} : { asOfMs: nowMs };
        kept.set(0, { ...counters(totals), ...asOf });
        seen = { revision: 'candidate', instances: [...kept.values()], source: 'http://prom up' };
      }
      if (nowMs % 250 !== 0) continue;
      state = observe(state, { ...look(nowMs / 1000, [], { weight }), candidate: seen }, policy);
      verdict = judge(state, nowMs, policy);
    }
    verdicts.push(verdict);
    if (verdict.kind !== 'pass') break;
  }
  return { verdicts, nowMs, state };
}

const behaviours: readonly [string, Behaviour, readonly Verdict['kind'][]][] = [
  ['is healthy', { share: [0, 0] }, ['pass', 'pass']],
  ['fails three in ten', { share: [0.3, 0.3] }, ['fail']],
  ['fails under more traffic only', { share: [0, 0.3] }, ['pass', 'fail']],
  ['is slow', { share: [0, 0], slow: true }, ['fail']],
  ['gets no traffic', { share: [0, 0], silent: true }, ['inconclusive']],
  ['fails a little', { share: [0.048, 0.048] }, ['inconclusive']],
];

describe('looks faster than the scrape', () => {
  for (const [name, behaviour, kinds] of behaviours) {
    const direct = run(behaviour, null);
    it(`say the same of a candidate that ${name}`, () => {
      assert.deepEqual(
        direct.verdicts.map(({ kind }) => kind),
        kinds,
      );
      for (const scrapeMs of [1000, 5000, 15_000]) {
        for (const phaseMs of [0, 450, scrapeMs - 50]) {
          const told = run(behaviour, scrapeMs, phaseMs);
          const where = `scraped every ${scrapeMs} ms, ${phaseMs} ms on`;
          assert.deepEqual(
            told.verdicts.map(({ kind, undecided }) => [kind, undecided]),
            direct.verdicts.map(({ kind, undecided }) => [kind, undecided]),
            `${where}: ${told.verdicts.at(-1)?.reason}`,
          );
          // A store shows more at a look, which is worth as much as some looks.
          const laterMs = told.nowMs - direct.nowMs;
          const atMostMs = kinds.length * (scrapeMs + 250);
          assert.ok(laterMs >= -1000 && laterMs <= atMostMs, `${where}: ${laterMs} ms later`);
          if (kinds.at(-1) !== 'pass') continue;
          const [good, all] = [told.state.guards.errors, direct.state.guards.errors];
          assert.ok(good.total >= all.total, `${where}: judged less than direct looks did`);
        }
      }
    });
  }

  it('wait for a scrape after the deadline of a step that is as long as its analysis', () => {
    let state = openWindow(beginWatch(null), step({ minimumMs: 20_000, maximumMs: 20_000 }));
    const at = (nowS: number, asOfS: number) => {
      const one = { ...counters({ requests: asOfS * 10 }), asOfMs: asOfS * 1000 };
      state = observe(state, look(nowS, [one]), policy);
      return judge(state, nowS * 1000, policy);
    };
    assert.equal(at(1, 0.5), null);
    assert.equal(at(21.5, 15.5), null);
    assert.equal(at(30.75, 30.5)?.kind, 'pass');
  });

  it('never pass on counters that are not read any more, and say which', () => {
    const { verdicts } = run({ share: [0, 0] }, 1000, 0, 10_000);
    const [only] = verdicts;
    assert.equal(only?.kind, 'inconclusive');
    assert.equal(only.undecided, 'noData');
    assert.match(only.reason, /newest counters are from 1\d(\.\d)? s before .*: http:\/\/prom up/);
  });

  it('name what was asked where the candidate has no counters', () => {
    const { verdicts } = run({ share: [0], silent: true }, 1000);
    assert.match(verdicts[0]?.reason ?? '', /the candidate has no counters$/);
    let state = openWindow(beginWatch(null), step());
    const candidate = { revision: 'candidate', instances: [], source: 'http://prom up{a="b"}' };
    state = observe(state, { ...look(1, []), candidate }, preset);
    state = observe(state, { ...look(22, []), candidate }, preset);
    const verdict = judge(state, 22_000, preset);
    assert.match(verdict?.reason ?? '', /has no counters: http:\/\/prom up\{a="b"\}$/);
  });

  it('count each request once, though two stores answer in turn, each behind the other', () => {
    let state = openWindow(beginWatch(null), step());
    for (const [n, asOfS] of [1, 0.6, 2, 1.6, 3, 2.6, 4].entries()) {
      const one = { ...counters({ requests: asOfS * 10, errors: asOfS }), asOfMs: asOfS * 1000 };
      state = observe(state, look(2 + n * 0.25, [one]), policy);
    }
    assert.equal(state.guards.errors.total, 40);
    assert.equal(state.guards.errors.bad, 4);
  });

  it('do not pass with a gap, and fail in spite of it', () => {
    const gap = 'http://gateway-b gives no metrics';
    const judged = (errors: number) => {
      let state = openWindow(beginWatch(null), step());
      for (const atS of [1, 7, 22]) {
        const sample = look(atS, { requests: atS * 10, errors });
        state = observe(state, { ...sample, candidate: { ...sample.candidate, gap } }, preset);
        const verdict = judge(state, atS * 1000, preset);
        if (verdict) return verdict;
      }
      return null;
    };
    const held = judged(0);
    assert.equal(held?.kind, 'inconclusive');
    assert.match(held.reason, /^not all counters were read: http:\/\/gateway-b/);
    assert.equal(judged(9)?.kind, 'fail');
  });
});

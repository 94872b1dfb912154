/** The picture of a history: whole, labelled, true to its numbers, and safe to open. */
import assert from 'node:assert/strict';
import { defaultHealthPolicy } from '../../../src/domain/analysis/health-policy.js';
import { type HistoryRun, judgeHistory } from '../../../src/domain/analysis/history.js';
import { readHistoryCsv } from '../../../src/history/history-csv.js';
import { plotHistory } from '../../../src/history/plot.js';
import { historyCsv } from '../../support/history-csv.js';

const words = { title: 'a history', candidate: 'candidate', stable: 'stable', checks: {} };

function runOf(factor: number): HistoryRun {
  const looks = readHistoryCsv(historyCsv({ seed: 1, factor }), 'h.csv', { values: 'counters' });
  return judgeHistory(looks, { forMs: null, graceMs: 0 }, defaultHealthPolicy);
}

/** Every element that is opened is closed, and nothing is left of markup in between. */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, end, name = '', self] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (end === '/') assert.equal(open.pop(), name);
    else if (self !== '/') open.push(name);
  }
  assert.deepEqual(open, []);
  assert.doesNotMatch(svg.replace(/<[^<>]*>/g, ''), /[<>]/);
  assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
}

const numbersIn = (path: string): number[][] =>
  [...path.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);

describe('plot of a history', () => {
  const run = runOf(10);
  const svg = plotHistory(run, words);

  it('has both sides, the evidence, its limit and the decision, each with its words', () => {
    assertWellFormed(svg);
    for (const said of ['failed requests, share', 'slower than 1000 ms, share', 'time (UTC)']) {
      assert.ok(svg.includes(`>${said}</text>`), said);
    }
    assert.match(svg, />evidence of harm E, × its limit<\/text>/);
    assert.match(svg, />fail 12:1\d:\d\d<\/text>/);
    for (const tick of ['≥ 1000×', '1×', '≤ 0.0001×'])
      assert.ok(svg.includes(`>${tick}</text>`), tick);
    assert.equal(svg.match(/<path class="line (candidate|stable)"/g)?.length, 4);
    assert.equal(svg.match(/<path class="line (first|second|third|fourth)"/g)?.length, 4);
    assert.match(svg, /@media \(prefers-color-scheme: dark\)/);
  });

  it('the evidence crosses its limit where the decision is marked', () => {
    const limitY = Number(/<line class="limit"[^>]*y1="([\d.]+)"/.exec(svg)?.[1]);
    const markX = Number(/<line class="mark fail" x1="([\d.]+)"/.exec(svg)?.[1]);
    const names = run.points.at(-1)?.checks.map(({ check }) => check) ?? [];
    const colour = ['first', 'second', 'third', 'fourth'][names.indexOf('errorsBesideStable')];
    const drawn = new RegExp(`<path class="line ${colour}" d="([^"]+)"`).exec(svg)?.[1] ?? '';
    const reached = numbersIn(drawn).find(([, y]) => (y ?? Infinity) <= limitY);
    assert.ok(reached);
    assert.ok(Math.abs((reached[0] ?? 0) - markX) < 0.1, `${reached[0]} beside ${markX}`);
  });

  it('a healthy history is marked at its end, and one without a decision nowhere', () => {
    assert.match(plotHistory(runOf(1), words), /<line class="mark pass"/);
    const open = plotHistory({ ...run, verdict: null }, words);
    assertWellFormed(open);
    assert.doesNotMatch(open, /class="mark /);
    assert.match(open, /no decision within the data/);
  });

  it('text from elsewhere stays text', () => {
    const title = '<script>alert("1")</script> & \u0007';
    const drawn = plotHistory(run, { ...words, title });
    assertWellFormed(drawn);
    assert.doesNotMatch(drawn, /<script/);
    assert.match(drawn, /&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt; &amp;/);
  });

  it('a history of nothing, and of one look, are drawn too', () => {
    const none = { points: [], verdict: null, startedAtMs: null, slowEdgeMs: null };
    assertWellFormed(plotHistory(none, words));
    assertWellFormed(plotHistory({ ...run, points: run.points.slice(0, 1) }, words));
  });
});

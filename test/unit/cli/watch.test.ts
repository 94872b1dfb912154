/** The watch under way on the command line: bars, counts of both sides, and the decision to be expected. */
import assert from 'node:assert/strict';
import type { CheckSummary, WatchSummary } from '../../../src/domain/analysis/explain-watch.js';
import { renderWatch } from '../../../src/cli/render/watch.js';
import { runSluice } from '../../support/cli-under-test.js';
import { aRelease, aRollout } from '../../support/views.js';

const check = (given: Partial<CheckSummary>): CheckSummary => ({
  check: 'errorsBesideStable',
  candidate: { requests: 400, bad: 12 },
  stable: { requests: 3600, bad: 20 },
  ...{ eValue: 26.4, eLimit: 200, towardsRollback: 0.618, dryRun: false, sentence: 's' },
  ...given,
});

const watch: WatchSummary = {
  ...{ looks: 30, missedLooks: 0, seenAtMs: 30_000, missed: null, inFlight: 0, restarts: 0 },
  checks: [
    check({ check: 'errorRate', stable: null, eValue: 0.2, eLimit: 100, towardsRollback: 0 }),
    check({}),
  ],
  series: [],
  named: null,
  window: { startedAtMs: 0, endsAtMs: 300_000, requests: 400, errors: 12 },
  expected: { kind: 'rollBack', atMs: 50_000, check: 'errorsBesideStable' },
  heldBy: null,
};
const plain = (_colour: string, text: string): string => text;

const rolloutPath = 'GET /v1/rollouts/checkout/production/3';
const answers = {
  [rolloutPath]: () => aRollout(),
  [`${rolloutPath}/watch`]: () => ({ rolloutId: aRollout().rolloutId, watch }),
  'GET /v1/releases/checkout/1.1.0': () => aRelease(),
};

describe('watch under way', () => {
  it('is a bar for each test with its limit and both sides', () => {
    assert.deepEqual(renderWatch(watch, plain, 30_000), [
      'watch    error limit           ░░░░░░░░░░  E 0.2 of 100  12 of 400 (3 %)',
      'watch    errors beside stable  ██████░░░░  E 26 of 200   12 of 400 (3 %), stable 20 of 3600 (0.556 %)',
      'decision in about 20s: rolls back by errors beside stable, if it goes on like this',
    ]);
  });

  it('is a bar for each measured series, and the word of a judge by name', () => {
    const lag = { name: 'lag', candidate: '12.5', stable: '3', allowed: 'higher by 5 allowed' };
    const series = [{ ...lag, towardsRollback: 0.5, dryRun: true, sentence: 's' }];
    const [, , measured, judged] = renderWatch({ ...watch, series, named: 'score 82' }, plain, 0);
    assert.equal(
      measured,
      'watch    lag                   █████░░░░░  12.5, stable 3 (dry run)  higher by 5 allowed',
    );
    assert.equal(judged, 'judge    score 82');
  });

  it('draws the way of what is nearest to its limit, once there are two looks', () => {
    const trails = new Map([
      ['errorRate', [0.9, 0.9]],
      ['errorsBesideStable', [0, 0.3, 0.618]],
    ]);
    const lines = renderWatch(watch, plain, 0, trails);
    assert.equal(lines[2], 'trend    ▁▃▅  errors beside stable');
    const begun = new Map([['errorsBesideStable', [0.3]]]);
    assert.ok(!renderWatch(watch, plain, 0, begun).some((line) => line.startsWith('trend')));
  });

  it('says the earliest end, why it is blind, and that it waits for its weight', () => {
    const end: WatchSummary = { ...watch, expected: { kind: 'goOn', atMs: 300_000, check: null } };
    assert.equal(
      renderWatch(end, plain, 30_000).at(-1),
      'decision in 4m30s at the earliest: goes on, if nothing comes up',
    );
    const blind = renderWatch({ ...watch, missed: 'no\nanswer\u001b[2J' }, plain, 0);
    assert.ok(blind.includes('blind    no answer[2J'), blind.join('\n'));
    const held = { ...end, heldBy: '0 requests of the candidate in this step, 1 needed' };
    assert.equal(renderWatch(held, plain, 400_000).at(-1), `held     ${held.heldBy}`);
    const window = { startedAtMs: null, endsAtMs: null, requests: 0, errors: 0 };
    const waiting = { ...watch, window, expected: null };
    assert.equal(renderWatch(waiting, plain, 0).at(-1), 'decision once its weight is seen');
    const dry = { ...watch, checks: [check({ dryRun: true })] };
    assert.match(renderWatch(dry, plain, 0)[0] ?? '', /E 26 of 200 \(dry run\)/);
  });

  it('get shows it under a rollout and under the release that it belongs to', async () => {
    for (const reference of ['checkout/production#3', 'checkout@1.1.0']) {
      const { out, err } = await runSluice(['get', reference], answers);
      assert.equal(err, '');
      assert.match(out, /watch +errors beside stable +█{6}░{4} +E 26 of 200/, reference);
      assert.match(out, /decision in about 30s: rolls back/, reference);
    }
  });

  it('get --json carries the numbers, and null when it is over or cannot be had', async () => {
    const read = async (given: Partial<typeof answers>): Promise<unknown> => {
      const { out } = await runSluice(['get', 'checkout/production#3', '--json'], {
        ...(given as typeof answers),
      });
      return (JSON.parse(out) as { watch: unknown }).watch;
    };
    assert.deepEqual(await read(answers), watch);
    assert.equal(await read({ [rolloutPath]: answers[rolloutPath] }), null);
    const over = () => aRollout({ outcome: 'promoted', phase: 'Promoted' });
    assert.equal(await read({ ...answers, [rolloutPath]: over }), null);
  });

  it('watch shows it while the rollout runs', async () => {
    let polls = 0;
    const running = () =>
      polls++ < 3 ? aRollout() : aRollout({ outcome: 'promoted', phase: 'Promoted' });
    const given = { isTerminal: true, columns: () => 160 };
    const { out, asked } = await runSluice(
      ['watch', 'checkout/production#3'],
      { ...answers, [rolloutPath]: running },
      given,
    );
    assert.ok(asked.some(({ path }) => path.endsWith('/3/watch')));
    assert.match(out, /errors beside stable/);
  });
});

/** Following on the command line: by server-sent events, and by long polls where those cannot be had. */
import assert from 'node:assert/strict';
import type { WatchSummary } from '../../../src/domain/analysis/explain-watch.js';
import { runSluice } from '../../support/cli-under-test.js';
import { aRelease, aRollout } from '../../support/views.js';

const place = '/v1/rollouts/checkout/production/3';
const ended = aRollout({ outcome: 'promoted', phase: 'Promoted' });
const snapshot = (id: number, view: object) =>
  `id: ${id}\nevent: snapshot\ndata: ${JSON.stringify(view)}\n\n`;
const aside = (watch: object) =>
  `event: watch\ndata: ${JSON.stringify({ rolloutId: aRollout().rolloutId, watch })}\n\n`;
const problem = (status: number) =>
  `event: problem\ndata: ${JSON.stringify({ type: '/x', title: 't', status, code: 'Unavailable', detail: 'd' })}\n\n`;

/** A stream of these pieces, cut in the middle of letters too; it breaks after them when it is told to. */
function streamOf(text: string, how: 'ends' | 'breaks' = 'ends', type = 'text/event-stream') {
  const bytes = new TextEncoder().encode(`retry: 2000\n\n:\n\n${text}`);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 7) controller.enqueue(bytes.slice(at, at + 7));
      if (how === 'ends') controller.close();
    },
    pull(controller) {
      if (how === 'breaks') controller.error(new Error('cut'));
    },
  });
  return new Response(body, { headers: { 'content-type': `${type}; charset=utf-8` } });
}

const watch: WatchSummary = {
  ...{ looks: 30, missedLooks: 0, seenAtMs: 20_000, missed: null, inFlight: 0, restarts: 0 },
  checks: [
    {
      ...{ check: 'errorRate', candidate: { requests: 400, bad: 12 }, stable: null, eValue: 26 },
      ...{ eLimit: 100, towardsRollback: 0.6, dryRun: false, sentence: 's' },
    },
  ],
  ...{ series: [], named: null, expected: null, heldBy: null },
  window: { startedAtMs: 0, endsAtMs: 300_000, requests: 400, errors: 12 },
};
const terminal = { isTerminal: true, columns: () => 160 };

describe('following', () => {
  it('takes what a stream tells, the watch under way included, and asks for nothing else', async () => {
    const { out, code, asked } = await runSluice(
      ['watch', 'checkout/production#3'],
      {
        [`GET ${place}/events`]: () =>
          streamOf(snapshot(1, aRollout()) + aside(watch) + snapshot(2, ended)),
      },
      terminal,
    );
    assert.equal(code, 0);
    assert.deepEqual(
      asked.map(({ path }) => path),
      [`${place}/events`],
    );
    assert.match(out, /errors? limit +█{6}░{4}/);
  });

  it('comes back where it was when a stream ends or breaks', async () => {
    for (const how of ['ends', 'breaks'] as const) {
      const streams = [
        streamOf(snapshot(1, aRollout({ weight: 25 })), how),
        // With nothing new it is a heartbeat long.
        streamOf('', how),
        streamOf(snapshot(2, ended)),
      ];
      const { code, asked } = await runSluice(['watch', 'checkout/production#3'], {
        [`GET ${place}/events`]: () => streams.shift(),
      });
      assert.equal(code, 0, how);
      const known = asked.map(({ headers }) => headers.get('last-event-id'));
      assert.deepEqual(known, [null, '1', '1'], how);
      assert.ok(asked.every(({ path }) => path.endsWith('/events')));
    }
  });

  it('bears with a stream that says that the view cannot be read, for a while', async () => {
    const { code, asked } = await runSluice(['watch', 'checkout/production#3'], {
      [`GET ${place}/events`]: () =>
        streamOf(snapshot(1, aRollout()) + problem(503) + snapshot(2, ended)),
    });
    assert.equal(code, 0);
    assert.equal(asked.length, 1);
  });

  const without: readonly (readonly [name: string, answer: () => unknown])[] = [
    ['is not there', () => undefined],
    ['is a page of something on the way', () => streamOf('<html>', 'ends', 'text/html')],
    [
      'breaks before its first word',
      () => new Response(null, { headers: { 'content-type': 'text/event-stream' } }),
    ],
    ['speaks of other things', () => streamOf('event: snapshot\nid: 1\ndata: {"n"\n\n')],
  ];
  for (const [name, answer] of without) {
    it(`goes on by long polls when the stream ${name}`, async () => {
      let polls = 0;
      const { code, asked } = await runSluice(['watch', 'checkout/production#3'], {
        [`GET ${place}/events`]: answer,
        [`GET ${place}`]: () => {
          polls += 1;
          const view = polls < 3 ? aRollout({ weight: polls }) : ended;
          return Response.json(view, { headers: { etag: `"${polls}"` } });
        },
      });
      assert.equal(code, 0);
      const paths = asked.map(({ path }) => path).filter((path) => !path.endsWith('/watch'));
      assert.deepEqual(
        paths.slice(-2),
        [1, 2].map((n) => `${place}?since=%22${n}%22&wait=25000ms`),
      );
      assert.ok(paths.filter((path) => path.endsWith('/events')).length <= 2, paths.join(' '));
    });
  }

  it('streams a release and the rollout that it is at', async () => {
    const release = '/v1/releases/checkout/1.1.0';
    let send: (text: string) => void = () => {};
    const { code, asked } = await runSluice(['watch', 'checkout@1.1.0'], {
      [`GET ${release}/events`]: () => {
        const body = new ReadableStream<Uint8Array>({
          start(controller) {
            send = (text) => controller.enqueue(new TextEncoder().encode(text));
            send(snapshot(1, aRelease()));
          },
        });
        return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
      },
      [`GET ${place}/events`]: () => {
        send(snapshot(2, aRelease({ outcome: 'rolledBack', phase: 'RolledBack' })));
        return streamOf(snapshot(1, aRollout()));
      },
    });
    assert.equal(code, 3);
    const paths = asked.map(({ path }) => path);
    assert.deepEqual(paths.slice(0, 2), [`${release}/events`, `${place}/events`]);
  });
});

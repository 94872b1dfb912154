/** History from a Prometheus: raw readings in pieces, each look with what was known at its time. */
import assert from 'node:assert/strict';
import { counterDialects } from '../../../src/domain/analysis/counter-dialect.js';
import {
  type RangeRequest,
  readPrometheusHistory,
  seriesQuery,
} from '../../../src/history/prometheus-range.js';

const { pods, traefik } = counterDialects;
const fromMs = Date.UTC(2026, 0, 15, 12);

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Every 15 s since `sinceMs`, `untilMs` included. */
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly valueAt: (reading: number) => number;
}

/** Answers range selectors as Prometheus does: readings after the range's begin, until its end. */
function prometheusWith(all: readonly Series[]) {
  const asked: { query: string; time: number; authorization: string | null }[] = [];
  const answer: typeof fetch = async (_url, init) => {
    const body = new URLSearchParams(init?.body as string);
    const query = body.get('query') ?? '';
    const time = Number(body.get('time'));
    asked.push({ query, time, authorization: new Headers(init?.headers).get('authorization') });
    const [, side = '', seconds = '0'] = /version="(\d)"\}\[(\d+)s\]$/.exec(query) ?? [];
    const result = all
      .filter(({ labels }) => labels['version'] === side)
      .map(({ labels, sinceMs, untilMs, valueAt }) => {
        const values: [number, string][] = [];
        for (let n = 0, atMs = sinceMs; atMs <= untilMs; n++, atMs += 15_000) {
          const at = atMs / 1000;
          if (at > time - Number(seconds) && at <= time) values.push([at, String(valueAt(n))]);
        }
        return { metric: labels, values };
      })
      .filter(({ values }) => values.length > 0);
    return Response.json({ status: 'success', data: { resultType: 'matrix', result } });
  };
  return { asked, answer };
}

const hourMs = 3_600_000;
const series = (version: string, name: string, more: object, valueAt: Series['valueAt']) => ({
  labels: { __name__: name, version, instance: `pod-${version}`, ...more },
  ...{ sinceMs: fromMs - 2 * hourMs, untilMs: fromMs + 2 * hourMs, valueAt },
});

function requestOf(given: Partial<RangeRequest>): RangeRequest {
  return {
    url: 'http://prometheus.test/',
    ...{ fromMs, toMs: fromMs + hourMs, everyMs: 15_000, dialect: pods },
    candidate: '{version="2"}',
    stable: '{version="1"}',
    fetch: prometheusWith([]).answer,
    ...given,
  };
}

describe('history from a Prometheus', () => {
  const requests = 'http_requests_total';
  const durations = 'http_request_duration_seconds_bucket';
  const both: readonly Series[] = [
    series('1', requests, { code: '200' }, (n) => 100 * n),
    series('1', requests, { code: '503' }, (n) => n),
    series('1', durations, { le: '0.3' }, (n) => 90 * n),
    series('1', durations, { le: '+Inf' }, (n) => 101 * n),
    {
      ...series('2', requests, { code: '200' }, (n) => 10 * n),
      sinceMs: fromMs + 607_000,
      untilMs: fromMs + 1_207_000,
    },
  ];

  it('each look has the newest readings until then, with the time at which they were read', async () => {
    const { answer, asked } = prometheusWith(both);
    const looks = await readPrometheusHistory(
      requestOf({ fetch: answer, authorization: 'Bearer t' }),
    );
    assert.equal(looks.length, 241);
    const first = looks[0]?.stable?.instances[0];
    assert.equal(first?.requests, 480 * 101);
    assert.equal(first?.errors, 480);
    assert.deepEqual(first?.buckets, [{ leMs: 300, count: 480 * 90 }]);
    assert.equal(first?.asOfMs, fromMs);
    // Before it was read for the first time, and five minutes after the last, it is not there.
    const candidates = looks.map(({ candidate }) => candidate.instances[0]);
    assert.deepEqual([candidates[40], candidates[41]?.requests], [undefined, 0]);
    assert.equal(candidates[42]?.requests, 10);
    assert.equal(candidates[42]?.asOfMs, fromMs + 622_000);
    assert.equal(candidates[80]?.asOfMs, fromMs + 1_192_000);
    assert.equal(candidates[100]?.asOfMs, fromMs + 1_207_000);
    assert.equal(candidates[101], undefined);
    // Two pieces a side, the first of which looks back for what is known at the first look.
    assert.equal(asked.length, 4);
    assert.match(
      asked[0]?.query ?? '',
      /^\{__name__=~"http_requests_total\|.*",version="2"\}\[2100s\]$/,
    );
    assert.match(asked[1]?.query ?? '', /\[1800s\]$/);
    assert.equal(asked[0]?.authorization, 'Bearer t');
  });

  it('pods behind a gateway are told beside its counters', async () => {
    const { answer } = prometheusWith(both);
    const looks = await readPrometheusHistory(
      requestOf({ fetch: answer, pods: { candidate: 2, stable: 9 } }),
    );
    const last = looks.at(-1);
    assert.equal(last?.candidate.countedAtSplit, true);
    assert.deepEqual([last?.candidateInstances.length, last?.stableInstances], [2, 9]);
  });

  it('a selector is labels in braces, with or without the name of the counter', () => {
    assert.equal(
      seriesQuery(pods, ' http_requests_total{pod=~"a{2}",version="2",} ', '--candidate'),
      '{__name__=~"http_requests_total|http_request_duration_seconds_bucket",pod=~"a{2}",version="2"}',
    );
    for (const wrong of ['version="2"', 'rate(http_requests_total{a="b"}[1m])', 'other{a="b"}']) {
      assert.throws(() => seriesQuery(pods, wrong, '--stable'), /--stable is no selector/);
    }
    assert.match(
      seriesQuery(traefik, '{service="x"}', '--stable'),
      /traefik_service_requests_total/,
    );
  });

  it('says which side has no readings, what Prometheus refused, and what range is too long', async () => {
    const nothing = prometheusWith(both.slice(0, 4)).answer;
    await assert.rejects(
      readPrometheusHistory(requestOf({ fetch: nothing })),
      /no readings for --candidate/,
    );
    const refused: typeof fetch = async () =>
      Response.json({ status: 'error', error: 'parse error at char 3' }, { status: 400 });
    await assert.rejects(readPrometheusHistory(requestOf({ fetch: refused })), {
      code: 'InvalidInput',
      message: /answered 400: parse error at char 3/,
    });
    await assert.rejects(
      readPrometheusHistory(requestOf({ toMs: fromMs + 1000 * hourMs })),
      /no looks, or too many/,
    );
  });
});

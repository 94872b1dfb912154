/** What every source of measured series promises, over a server that answers in its recorded form. */
import assert from 'node:assert/strict';
import { createGuardedWeb } from '../../src/adapters/http/guarded-web.js';
import { Failure } from '../../src/domain/failures.js';
import type { SeriesQuery } from '../../src/domain/series/series.js';
import type { SeriesContext, SeriesReading, SeriesSource } from '../../src/ports/series-source.js';
import type { Web } from '../../src/ports/web.js';
import { type LocalServer, startServer } from '../unit/http/local-server.js';

export interface SeriesCase {
  readonly name: string;
  readonly open: (url: string, web: Web, now: () => number) => SeriesSource;
  /** Of the series of one revision. */
  readonly query: SeriesQuery;
  /** A body with such values, null being a gap in the data. */
  readonly answer: (values: readonly (number | null)[]) => unknown;
  /** The same, with what it could not look into; null: it has no way to say so. */
  readonly partial: ((values: readonly number[]) => unknown) | null;
  readonly refused: { readonly status: number; readonly body: unknown; readonly said: RegExp };
  /** Other JSON than was asked for. */
  readonly malformed: readonly unknown[];
}

interface Given {
  readonly status?: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
}

export const secret = 'a-very-secret-key';
export const startMs = Date.parse('2026-03-01T12:00:00Z');
const timeoutMs = 400;

const values = (revision: string) => {
  return { service: 'checkout', environment: 'production', revision, instances: ['a', 'b'] };
};
const context: SeriesContext = { candidate: values('rev-c'), stable: values('rev-s') };

export function seriesSourceContract(given: SeriesCase): void {
  const { name, query, answer, partial, refused, malformed } = given;
  describe(`series from ${name}`, () => {
    let server: LocalServer;
    let source: SeriesSource;
    let nowMs: number;
    let asked: string[];
    let say: (revision: string) => Given;

    before(async () => {
      server = await startServer((request, response) => {
        let text = decodeURIComponent(request.url ?? '');
        request.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        request.on('end', () => {
          const revision = /rev-[cs]/.exec(text)?.[0] ?? '';
          asked.push(revision);
          const { status = 200, body, headers = {}, delayMs = 0, ...more } = say(revision);
          const said = more.text ?? JSON.stringify(body);
          setTimeout(() => response.writeHead(status, headers).end(said), delayMs);
        });
      });
    });
    after(() => server.close());
    beforeEach(() => {
      asked = [];
      nowMs = startMs;
      const now = () => nowMs;
      const web = createGuardedWeb({ networks: ['127.0.0.0/8'], timeoutMs, now });
      source = given.open(server.base, web, now);
    });
    afterEach(() => source.close());

    const read = (): Promise<SeriesReading> => source.readSeries(query, context);

    async function fails(pattern: RegExp): Promise<Failure> {
      try {
        await read();
      } catch (error) {
        assert.ok(error instanceof Failure, String(error));
        assert.equal(error.code, 'Unavailable');
        assert.match(error.message, pattern);
        assert.match(error.message, new RegExp(name), 'it names the source');
        assert.match(error.message, /asked: .*rev-[cs]/, 'it names the query');
        const told = JSON.stringify([error.message, error.details, String(error.cause)]);
        assert.doesNotMatch(told, new RegExp(secret));
        return error;
      }
      assert.fail('it did not fail');
    }

    it('gives the values of both sides', async () => {
      say = (revision) => ({ body: answer(revision === 'rev-c' ? [1.5, -2] : [3]) });
      const { candidate, stable, gap } = await read();
      assert.deepEqual(
        [candidate.toSorted((a, b) => a - b), stable, gap],
        [[-2, 1.5], [3], undefined],
      );
      assert.deepEqual(
        asked.toSorted((a, b) => a.localeCompare(b)),
        ['rev-c', 'rev-s'],
      );
    });

    it('gives nothing where there is no data, and never zero', async () => {
      for (const none of [[], [null]]) {
        say = (revision) => ({ body: answer(revision === 'rev-c' ? none : [0]) });
        const { candidate, stable } = await read();
        assert.deepEqual([candidate, stable], [[], [0]]);
      }
    });

    it('does not ask about a side that is not there', async () => {
      say = () => ({ body: answer([1]) });
      const { candidate, stable } = await source.readSeries(query, { ...context, stable: null });
      assert.deepEqual([candidate, stable, asked], [[1], [], ['rev-c']]);
    });

    if (partial) {
      it('says what of it is missing', async () => {
        say = () => ({ body: partial([1]) });
        const { candidate, gap } = await read();
        assert.deepEqual(candidate, [1]);
        assert.match(gap ?? '', /store-1/);
      });
    }

    it('is unavailable when it does not answer in time', async () => {
      say = () => ({ body: answer([1]), delayMs: 3 * timeoutMs });
      await fails(/does not answer within 400 ms/);
    });

    it('leaves a busy server alone for as long as it asks, and then asks again', async () => {
      say = () => ({ status: 429, headers: { 'retry-after': '7' }, body: {} });
      await assert.rejects(read(), /429/);
      const before = asked.length;
      const { details } = await fails(/left alone for another 7 s/);
      assert.equal(details.retryAfterMs, 7000);
      assert.equal(asked.length, before);
      say = () => ({ body: answer([1]) });
      nowMs += 7001;
      assert.deepEqual((await read()).candidate, [1]);
    });

    it('names 429 and the wait', async () => {
      say = () => ({ status: 429, headers: { 'retry-after': '7' }, body: {} });
      await fails(/429|left alone for another 7 s/);
    });

    it('is unavailable when its credential is refused', async () => {
      const body = JSON.stringify(refused.body).replace('%', secret);
      say = () => ({ status: refused.status, text: body });
      await fails(refused.said);
    });

    it('is unavailable when the server fails or leads elsewhere', async () => {
      for (const status of [500, 502, 503]) {
        say = () => ({ status, text: '<html>' });
        await fails(new RegExp(`answered ${status}`));
      }
      say = () => ({ status: 302, headers: { location: `${server.base}/other` }, text: '' });
      await fails(/answered 302/);
    });

    it('is unavailable when the answer is something else', async () => {
      for (const body of malformed) {
        say = () => ({ body });
        await fails(/answered|did not answer|refused/);
      }
      say = () => ({ text: 'hello' });
      await fails(/not JSON|metric data/);
      say = () => ({ text: JSON.stringify(answer([1])).padEnd(1024 * 1024 + 1) });
      await fails(/more than 1048576 bytes/);
    });
  });
}

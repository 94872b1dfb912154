/** Those who attack, in a process of their own: each attack goes on until it is told to end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { digestA, secrets } from '../../support/api-under-test.js';
import { openRaw, writeRaw } from '../../support/raw-http.js';
import { answerCalls } from '../child.js';

type Attack = (url: string, signal: AbortSignal) => Promise<void>;

const plan = JSON.stringify({ service: 'checkout', version: '1.0.0', digest: digestA });
const withToken = `Host: sluice\r\nAuthorization: Bearer ${secrets.all}\r\n`;
const json = 'Content-Type: application/json\r\n';
const post = (...more: readonly string[]) =>
  `POST /v1/plan HTTP/1.1\r\n${withToken}${json}${more.map((line) => `${line}\r\n`).join('')}\r\n`;
const get = (path: string) => `GET ${path} HTTP/1.1\r\n${withToken}\r\n`;
const webhook = (...more: readonly string[]) =>
  `POST /v1/webhooks/github HTTP/1.1\r\nHost: sluice\r\n${json}X-GitHub-Event: push\r\n` +
  `X-GitHub-Delivery: 00000000-0000-0000-0000-000000000000\r\nX-Hub-Signature-256: sha256=${'0'.repeat(64)}\r\n` +
  `${more.map((line) => `${line}\r\n`).join('')}\r\n`;
const nested = `${'['.repeat(40_000)}${']'.repeat(40_000)}`;
const bomb = gzipSync(Buffer.alloc(50_000_000, '0'));
const largest = Buffer.alloc(25 * 1024 * 1024, ' ');
const tiny = '1\r\n \r\n'.repeat(200_000);

/** So many connections, each kept: `first` is written at once, then a byte of `drip` a second; who is cut off comes again. */
function crowd(
  count: number,
  first: string,
  drip: string,
  prepare?: (socket: Socket) => void,
): Attack {
  return async (url, signal) => {
    const one = async (n: number): Promise<void> => {
      await sleep((n * 2000) / count);
      while (!signal.aborted) {
        // Not let in at all is an answer, too.
        const socket = await openRaw(url).catch(() => null);
        if (socket === null) continue;
        prepare?.(socket);
        socket.write(first);
        for (let at = 0; !socket.destroyed && !signal.aborted; at += 1) {
          if (drip !== '') socket.write(drip[at % drip.length] ?? '');
          await sleep(1000);
        }
        socket.destroy();
      }
    };
    await Promise.all(Array.from({ length: count }, (_, n) => one(n)));
  };
}

/** So many attackers, each with one request after the other and a pause between. */
function volley(count: number, pauseMs: number, parts: () => readonly (string | Buffer)[]): Attack {
  return async (url, signal) => {
    const one = async (): Promise<void> => {
      while (!signal.aborted) {
        await Promise.race([writeRaw(url, parts()).catch(() => ''), sleep(10_000)]);
        await sleep(pauseMs);
      }
    };
    await Promise.all(Array.from({ length: count }, one));
  };
}

const unread = (socket: Socket) => void socket.pause();

export const attacks = {
  'headers, a byte a second, on 3,000 connections': crowd(
    3000,
    'GET /v1/releases HTTP/1.1\r\nX-',
    'a',
  ),
  'bodies, a byte a second, of 1,000 webhooks': crowd(1000, webhook('Content-Length: 1000'), ' '),
  'bodies, a byte a second, of 1,000 requests with a token': crowd(
    1000,
    post('Content-Length: 1000'),
    ' ',
  ),
  'events that 200 readers never read': crowd(
    200,
    get('/v1/releases/checkout/1.0.0/events'),
    '',
    unread,
  ),
  'answers that 1,000 readers never read': crowd(1000, get('/docs').repeat(8), '', unread),
  'JSON 40,000 deep, 40 a second': volley(4, 100, () => [
    post(`Content-Length: ${nested.length}`),
    nested,
  ]),
  '50 MB of zeros in gzip, 40 a second': volley(4, 100, () => [
    post('Content-Encoding: gzip', `Content-Length: ${bomb.length}`),
    bomb,
  ]),
  '25 MB of unsigned webhook, 8 at once': volley(8, 1000, () => [
    webhook(`Content-Length: ${largest.length}`),
    largest,
  ]),
  'bodies in pieces of a byte, 10 a second': volley(2, 200, () => [
    post('Transfer-Encoding: chunked'),
    tiny,
  ]),
  'a length and pieces, 200 a second': volley(20, 100, () => [
    post('Transfer-Encoding: chunked', 'Content-Length: 4'),
    `${plan.length.toString(16)}\r\n${plan}\r\n0\r\n\r\n${get('/healthz')}`,
  ]),
  'headers of 64 kB, 200 a second': volley(20, 100, () => [post(`X-More: ${'x'.repeat(65_536)}`)]),
  '400 requests ahead, 40 a second': volley(4, 100, () => [get('/openapi.json').repeat(400)]),
  '8,000 connections that say nothing': crowd(8000, '', ''),
} as const satisfies Record<string, Attack>;

export type AttackName = keyof typeof attacks;

async function start({ url }: { readonly url: string }) {
  let end = new AbortController();
  let under: Promise<void> = Promise.resolve();
  return {
    begin(name: AttackName) {
      end = new AbortController();
      under = attacks[name](url, end.signal);
    },
    async end() {
      end.abort();
      await under;
    },
    stop() {},
  };
}

answerCalls(start);

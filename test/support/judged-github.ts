/** A stand-in of which every exchange and every webhook is held against GitHub's descriptions. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Exchange } from '../../src/github-standin/server.js';
import {
  type GithubStandin,
  type StandinOptions,
  startGithubStandin,
} from '../../src/github-standin/standin.js';
import type { Delivery } from '../../src/github-standin/state.js';
import { judgeDelivery, judgeExchange, type Violation } from './github-description.js';

export interface JudgedGithub extends GithubStandin {
  readonly exchanges: readonly Exchange[];
  readonly deliveries: readonly Delivery[];
  readonly violations: () => Promise<readonly Violation[]>;
  /** Fails with what is broken. */
  readonly assertTrue: () => Promise<void>;
}

export async function startJudgedGithub(options: StandinOptions = {}): Promise<JudgedGithub> {
  const exchanges: Exchange[] = [];
  const deliveries: Delivery[] = [];
  const standin = await startGithubStandin({
    log: (line) => {
      throw new Error(line);
    },
    ...options,
    watch: (exchange) => exchanges.push(exchange),
    watchDelivery: (delivery) => deliveries.push(delivery),
  });
  const violations = async () => {
    const found: Violation[] = [];
    for (const exchange of exchanges) {
      const violation = await judgeExchange(exchange);
      if (violation !== null) found.push(violation);
    }
    for (const delivery of deliveries) {
      const violation = judgeDelivery(delivery);
      if (violation !== null) found.push(violation);
    }
    return found;
  };
  return {
    ...standin,
    exchanges,
    deliveries,
    violations,
    assertTrue: async () => assert.deepEqual(await violations(), []),
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Whatever it is: each test says so by looking at it. */
  readonly body: ReturnType<JSON['parse']>;
}

export type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

/** Plain requests with a token: no client between the test and the wire. */
export function askWith(url: string, token: string): Ask {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(path.startsWith('http') ? path : url + path, {
      method,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'x-github-api-version': '2022-11-28',
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'manual',
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    };
  };
}

/** Takes webhooks and answers what it is told to. */
export async function startHookSink(status = 202) {
  const received: { headers: Record<string, unknown>; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(status).end('ok');
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    received,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export function newKeyPair() {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

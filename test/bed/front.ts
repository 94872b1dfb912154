/**
 * The gateway's way to the API server: a proxy that passes everything on. Told to wait, it keeps requests that come while
 * the API server is away until it is ready again, instead of refusing them: clients of Go's client library answer every
 * refusal with a longer pause, of up to a minute.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as requestTls } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { apiServerUrl } from './control-plane.js';

const host = '127.0.0.1';
const port = 6444;
const askAgainMs = 50;

export const frontUrl = `http://${host}:${port}`;

export interface Front {
  /** From now on requests wait for an API server that is away, or are refused as it refuses them. */
  wait(does: boolean): void;
}

export async function startFront(): Promise<Front> {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  let waits = false;

  /** Null when the API server gives no answer. */
  function pass(
    asked: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
    body: Buffer,
  ): Promise<IncomingMessage | null> {
    return new Promise((resolve) => {
      const { method, headers } = asked;
      const options = { agent, method: method ?? 'GET', headers };
      const onward = requestTls(new URL(asked.url ?? '/', apiServerUrl), options, resolve);
      onward.on('error', () => resolve(null));
      onward.end(body);
    });
  }

  async function isReady({ authorization }: IncomingMessage['headers']): Promise<boolean> {
    const asked = {
      method: 'GET',
      url: '/readyz',
      headers: authorization ? { authorization } : {},
    };
    const answer = await pass(asked, Buffer.alloc(0));
    answer?.resume();
    return answer?.statusCode === 200;
  }

  async function answer(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of asked) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    let found = await pass(asked, body);
    while (found === null && waits && !response.destroyed) {
      await sleep(askAgainMs);
      if (await isReady(asked.headers)) found = await pass(asked, body);
    }
    if (found === null || response.destroyed) {
      found?.destroy();
      response.destroy();
      return;
    }
    response.writeHead(found.statusCode ?? 502, found.headers);
    // Whoever watches must be told at once that the stream is open, and that it has ended.
    response.flushHeaders();
    found.on('close', () => found.complete || response.destroy()).pipe(response);
    response.on('close', () => found.destroy());
  }

  const server = createServer((asked, response) => {
    answer(asked, response).catch(() => response.destroy());
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    wait(does) {
      waits = does;
    },
  };
}

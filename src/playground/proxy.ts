/** The door of a target: takes users' requests, chooses an instance for each, and tries another when one fails. */
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { sendCopy } from './copy.js';
import type { ForwardResult } from './forward.js';
import { forward, hasBody } from './forward.js';
import type { Instance } from './instance.js';

/** Longer than clients keep idle connections, so that it is they who close. */
const keepAliveMs = 75_000;
const maxAttempts = 3;

export interface Chosen {
  readonly revision: string;
  readonly instance: Instance;
}

/** Where one request goes; asked again with what was tried when an attempt failed. */
export type Choose = (tried: ReadonlySet<Instance>) => Chosen | null;

export interface ProxyOptions {
  readonly upstreamTimeoutMs: number;
  /** Called once per request: takes its share of the traffic. */
  readonly route: (headers: IncomingHttpHeaders) => Choose;
  /** Where a copy of it goes too; null: nowhere. Called once per request that has no body. */
  readonly copyTo: (headers: IncomingHttpHeaders) => Instance | null;
}

const repeatableMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** May the request be sent once more without being done twice? */
function mayRepeat(request: IncomingMessage, failed: ForwardResult & { kind: 'failed' }): boolean {
  if (!failed.sent) return true;
  return !failed.bodyTouched && repeatableMethods.has(request.method ?? '');
}

function refuse(response: ServerResponse, status: number, title: string, detail: string): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const text = JSON.stringify({ type: 'about:blank', title, status, detail });
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(text),
    'x-sluice-proxy': 'playground',
  });
  response.end(text);
}

export function createProxy(options: ProxyOptions): Server {
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    if (!request.url?.startsWith('/')) {
      refuse(response, 400, 'Bad request', 'only paths are served here');
      return;
    }
    const choose = options.route(request.headers);
    const shadow = hasBody(request) ? null : options.copyTo(request.headers);
    if (shadow !== null) sendCopy(request, shadow, options);
    const tried = new Set<Instance>();
    const attempt = () => {
      const chosen = choose(tried);
      if (chosen === null) {
        if (tried.size === 0)
          refuse(response, 503, 'No instance', 'no revision is ready to answer');
        else refuse(response, 502, 'Bad gateway', 'the instance failed and there is no other');
        return;
      }
      tried.add(chosen.instance);
      forward(request, response, chosen, options, (result) => {
        switch (result.kind) {
          case 'answered':
          case 'clientGone':
            return;
          case 'timedOut':
            refuse(
              response,
              504,
              'Gateway timeout',
              `no answer in ${options.upstreamTimeoutMs} ms`,
            );
            return;
          case 'unsendable':
            refuse(response, 400, 'Bad request', result.cause);
            return;
          case 'failed':
            if (tried.size < maxAttempts && mayRepeat(request, result)) attempt();
            else refuse(response, 502, 'Bad gateway', result.cause);
        }
      });
    };
    attempt();
  };
  const server = createServer({ keepAliveTimeout: keepAliveMs }, handle);
  server.headersTimeout = keepAliveMs + 5000;
  return server;
}

/** Stands between a worker and the API server and spoils requests as told: refused, slowed, swallowed, or done without a word. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';

export type Fault =
  | { readonly kind: 'refuse'; readonly status: number; readonly retryAfterS?: number }
  /** Neither passed on nor answered. */
  | { readonly kind: 'swallow' }
  /** Passed on and done; the connection ends without the answer. */
  | { readonly kind: 'loseAnswer' }
  /** Passed on that much later. */
  | { readonly kind: 'delay'; readonly ms: number };

export interface FaultRule {
  readonly fault: Fault;
  /** Default: any. */
  readonly methods?: readonly string[];
  /** Of path and query; default: any. */
  readonly path?: RegExp;
  /** Only the first so many requests; default: all. */
  readonly times?: number;
  /** Ends by itself; default: never. */
  readonly forMs?: number;
}

export interface ActiveFault {
  /** Requests that it has met. */
  readonly met: number;
  end(): void;
}

export interface ApiFaultProxy {
  /** What a kubeconfig names as `server`. */
  readonly url: string;
  /** Of several that fit a request the oldest counts. */
  spoil(rule: FaultRule): ActiveFault;
  close(): void;
}

interface Running extends ActiveFault {
  readonly rule: FaultRule;
  readonly untilMs: number;
  met: number;
}

/** @param target URL of the API server; whoever asks authorizes themselves */
export async function startApiFaultProxy(target: string): Promise<ApiFaultProxy> {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  let faults: readonly Running[] = [];

  function faultFor({ method = 'GET', url = '/' }: IncomingMessage): Fault | null {
    const nowMs = performance.now();
    const found = faults.find(({ rule, met, untilMs }) => {
      const { methods, path, times = Number.POSITIVE_INFINITY } = rule;
      const fits = (methods?.includes(method) ?? true) && (path?.test(url) ?? true);
      return fits && met < times && nowMs < untilMs;
    });
    if (found === undefined) return null;
    found.met += 1;
    return found.rule.fault;
  }

  function pass(asked: IncomingMessage, answer: ServerResponse, losesAnswer: boolean): void {
    const { method, headers } = asked;
    const options = { agent, method: method ?? 'GET', headers };
    const onward = request(new URL(asked.url ?? '/', target), options, (response) => {
      if (losesAnswer) {
        response.resume().on('end', () => answer.destroy());
        return;
      }
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.on('error', () => answer.destroy()).pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  }

  const server = createServer((asked, answer) => {
    const fault = faultFor(asked);
    switch (fault?.kind) {
      case undefined:
        pass(asked, answer, false);
        return;
      case 'loseAnswer':
        pass(asked, answer, true);
        return;
      case 'delay':
        setTimeout(() => pass(asked, answer, false), fault.ms);
        return;
      case 'swallow':
        asked.resume();
        return;
      case 'refuse':
        asked.resume();
        refuse(answer, fault.status, fault.retryAfterS);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spoil(rule) {
      const untilMs = performance.now() + (rule.forMs ?? Number.POSITIVE_INFINITY);
      const running: Running = {
        ...{ rule, untilMs, met: 0 },
        end() {
          faults = faults.filter((one) => one !== running);
        },
      };
      faults = [...faults, running];
      return running;
    },
    close() {
      server.closeAllConnections();
      server.close();
      agent.destroy();
    },
  };
}

/** As the API server words it. */
function refuse(answer: ServerResponse, code: number, retryAfterS: number | undefined): void {
  const reason = new Map([
    [409, 'Conflict'],
    [429, 'TooManyRequests'],
    [500, 'InternalError'],
    [503, 'ServiceUnavailable'],
  ]).get(code);
  const details = retryAfterS === undefined ? {} : { retryAfterSeconds: retryAfterS };
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' };
  const message = `${reason ?? code}, as the test asks`;
  const after = retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) };
  answer.writeHead(code, { 'content-type': 'application/json', ...after });
  answer.end(JSON.stringify({ ...status, code, reason, message, details }));
}

/** Stands between a worker and the code host and tells of every write when it arrives, is done, and is answered. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** `arrived`: not done yet, but it will be; `done`: nobody has heard of it; `answered`: the answer is on its way. */
export const moments = ['arrived', 'done', 'answered'] as const;
export type Moment = (typeof moments)[number];

/** One write on its way. */
export interface PassingWrite {
  /** `POST issues/n/comments`, the field of a mutation, or `git push`. */
  readonly operation: string;
  /** Whether the host has taken it; null before it has answered. */
  isTaken: boolean | null;
}

export interface WriteWatch {
  /** What the worker is told the host's address is. */
  readonly url: string;
  close(): void;
}

/** @param onMoment called in the very moment; what it does comes before anything else */
export async function startWriteWatch(
  target: string,
  onMoment: (moment: Moment, write: PassingWrite) => void,
): Promise<WriteWatch> {
  async function pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await buffer(asked);
    const write = writeOf(asked, body);
    const tell = (moment: Moment) => write && onMoment(moment, write);
    tell('arrived');
    const response = await forward(target, asked, body);
    const text = await buffer(response);
    if (write) {
      const { statusCode = 0 } = response;
      write.isTaken = statusCode < 300 && !text.toString().startsWith('{"errors":');
    }
    tell('done');
    const { 'transfer-encoding': _, ...headers } = response.headers;
    answer.writeHead(response.statusCode ?? 502, { ...headers, 'content-length': text.length });
    answer.end(text);
    tell('answered');
  }

  const server = createServer((asked, answer) => {
    // Whoever was killed in the middle of asking hears nothing.
    pass(asked, answer).catch(() => answer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function forward(target: string, asked: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  const { method = 'GET', url = '/' } = asked;
  const { 'transfer-encoding': _, ...headers } = asked.headers;
  return new Promise((resolve, reject) => {
    const onward = request(
      new URL(url, target),
      { method, headers: { ...headers, 'content-length': body.length } },
      resolve,
    );
    onward.on('error', reject).end(body);
  });
}

function writeOf({ method, url = '/' }: IncomingMessage, body: Buffer): PassingWrite | null {
  const [path = ''] = url.split('?');
  if (method === 'GET' || path.endsWith('/access_tokens')) return null;
  if (path.endsWith('/graphql')) {
    const { query = '' } = JSON.parse(body.toString()) as { readonly query?: string };
    const [, field] = /^\s*mutation[^{]*\{\s*(\w+)/.exec(query) ?? [];
    return field === undefined ? null : { operation: field, isTaken: null };
  }
  if (path.endsWith('/git-receive-pack')) return { operation: 'git push', isTaken: null };
  const [, rest] = /^\/repos\/[^/]+\/[^/]+\/(.+)$/.exec(path) ?? [];
  if (rest === undefined) return null;
  const place = rest.replace(/\b[0-9a-f]{40}\b/g, 'sha').replace(/\b\d+\b/g, 'n');
  return { operation: `${method} ${place}`, isTaken: null };
}

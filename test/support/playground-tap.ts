/** Stands between the worker and the playground: lets writes through one at a time and notes what each did to the disk. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { compareFences, type Fence } from '../../src/domain/rollout/fence.js';
import type { Split } from '../../src/domain/rollout/split.js';

/** What the playground has on disk about a target. */
export interface Declared {
  readonly split: Split;
  readonly fence: Fence | null;
  readonly proxyPort: number;
}

export interface PassedWrite {
  /** `checkout:production` */
  readonly target: string;
  readonly fence: Fence;
  /** What was to be written; null for a write that is about a revision. */
  readonly split: Split | null;
  /** Null: it was never answered. */
  readonly status: number | null;
  /** Its sender was dead when it arrived. */
  readonly wasHeld: boolean;
  /** On disk; null before the target's first write. */
  readonly before: Declared | null;
  readonly after: Declared | null;
}

export interface PlaygroundTap {
  /** What the worker is told the playground's address is. */
  readonly url: string;
  readonly writes: readonly PassedWrite[];
  declared(target: string): Declared | null;
  /** Resolves when a write of a split has been taken from its sender; it arrives once a newer decision is in force. */
  holdNext(): Promise<void>;
  /** Resolves when a write is on its way to the playground. */
  nextPassing(): Promise<void>;
  /** Resolves when everything that was held has arrived. */
  isEmpty(): Promise<void>;
  close(): void;
}

const holdAtMostMs = 15_000;

export async function startPlaygroundTap(options: {
  readonly playgroundUrl: string;
  readonly dataDir: string;
}): Promise<PlaygroundTap> {
  const writes: PassedWrite[] = [];
  const holding: (() => void)[] = [];
  const passing: (() => void)[] = [];
  const held = new Set<Promise<unknown>>();
  let queue: Promise<unknown> = Promise.resolve();

  const declared = (target: string) => readDeclared(options.dataDir, target);
  const pass = (write: Write, wasHeld: boolean): Promise<Answer> => {
    const passed = queue.then(async () => {
      const { target, fence, split } = write;
      const before = declared(target);
      const answered = forward(options.playgroundUrl, write);
      passing.shift()?.();
      const answer = await answered.catch(() => null);
      const after = declared(target);
      writes.push({ target, fence, split, status: answer?.status ?? null, wasHeld, before, after });
      if (answer === null) throw new Error('the playground is gone');
      return answer;
    });
    queue = passed.catch(() => undefined);
    return passed;
  };
  const hold = async (write: Write) => {
    const isOld = () => {
      const now = declared(write.target)?.fence;
      return now !== undefined && now !== null && compareFences(write.fence, now) < 0;
    };
    for (const untilMs = Date.now() + holdAtMostMs; Date.now() < untilMs && !isOld(); )
      await sleep(50);
    while ((await pass(write, true).catch(() => null)) === null) await sleep(50);
  };
  const serve = async (asked: IncomingMessage, answer: ServerResponse) => {
    const body = await buffer(asked);
    const write = writeOf(asked, body);
    const take = write?.split ? holding.shift() : undefined;
    if (write && take) {
      // Its sender hears nothing any more: this is what lies in the network when a process is killed.
      const gone: Promise<void> = hold(write).finally(() => held.delete(gone));
      held.add(gone);
      return take();
    }
    const { status, headers, text } = write
      ? await pass(write, false)
      : await forward(options.playgroundUrl, { asked, body });
    answer.writeHead(status, headers).end(text);
  };
  const server = createServer((asked, answer) => {
    serve(asked, answer).catch(() => answer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    writes,
    declared,
    holdNext: () => new Promise((resolve) => holding.push(resolve)),
    nextPassing: () => new Promise((resolve) => passing.push(resolve)),
    async isEmpty() {
      holding.length = 0;
      await Promise.all(held);
      await queue;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Passing {
  readonly asked: IncomingMessage;
  readonly body: Buffer;
}

interface Write extends Passing {
  readonly target: string;
  readonly fence: Fence;
  readonly split: Split | null;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | number | undefined>;
  readonly text: Buffer;
}

/** Null for what decides nothing: reads, and the end of a single instance. */
function writeOf(asked: IncomingMessage, body: Buffer): Write | null {
  const { method = 'GET', url = '' } = asked;
  const [, target] = /^\/v1\/targets\/([^/]+)\//.exec(url) ?? [];
  if (method === 'GET' || target === undefined || url.includes('/instances/')) return null;
  const { split = null, intent } = JSON.parse(body.toString()) as {
    readonly split?: Split;
    readonly intent: { readonly fence: Fence };
  };
  return { asked, body, target: decodeURIComponent(target), fence: intent.fence, split };
}

function forward(playgroundUrl: string, { asked, body }: Passing): Promise<Answer> {
  const { method = 'GET', url = '/' } = asked;
  const { 'transfer-encoding': _, connection: __, ...headers } = asked.headers;
  return new Promise((resolve, reject) => {
    const onward = request(
      new URL(url, playgroundUrl),
      { method, headers: { ...headers, 'content-length': body.length }, agent: false },
      (response) => {
        buffer(response).then((text) => {
          const { 'transfer-encoding': ___, connection: ____, ...given } = response.headers;
          const status = response.statusCode ?? 502;
          resolve({ status, headers: { ...given, 'content-length': text.length }, text });
        }, reject);
      },
    );
    onward.on('error', reject).end(body);
  });
}

function readDeclared(dataDir: string, name: string): Declared | null {
  let text: string;
  try {
    text = readFileSync(join(dataDir, 'playground', 'playground.json'), 'utf8');
  } catch {
    return null;
  }
  const { targets } = JSON.parse(text) as {
    readonly targets: readonly (Declared & {
      readonly key: { readonly service: string; readonly environment: string };
    })[];
  };
  const found = targets.find(({ key }) => `${key.service}:${key.environment}` === name);
  if (found === undefined) return null;
  const { split, fence, proxyPort } = found;
  return { split, fence, proxyPort };
}

/** Steady keep-alive load on one address, with times: which revision answered what, from when to when. */
import { Agent, request } from 'undici';

export interface RevisionAccount {
  /** Epoch milliseconds, with fractions. */
  firstAtMs: number;
  lastAtMs: number;
  answers: number;
  /** Answers that are not 200, by status. */
  readonly failed: Record<string, number>;
}

export interface LoadAccount {
  sent: number;
  /** By the revision that the proxy names; what the proxy itself said counts under `proxy`. */
  readonly revisions: Map<string, RevisionAccount>;
  /** Requests that got no answer at all, by what became of the connection. */
  readonly broken: Record<string, number>;
}

export interface TimedLoad {
  /** Begins a new account; gives the one so far when all of its requests are answered. */
  take(): Promise<LoadAccount>;
  /** Ends the load, waits for every answer, and gives the account. */
  stop(): Promise<LoadAccount>;
}

export interface LoadOptions {
  /** Makes every third request one that nobody may repeat once it is sent; a split by halves gets some on both sides. */
  readonly post?: boolean;
  /** Sent as `Host`, where the address itself says nothing. */
  readonly host?: string;
  /** Reads the revision out of a body, where no header names it; null: the proxy spoke for itself. */
  readonly revisionIn?: (body: string) => string | null;
  /** Default: 128. */
  readonly connections?: number;
  /** How long an answer is waited for; default: 30 s. */
  readonly patienceMs?: number;
}

const tickMs = 5;

/**
 * Open loop: what is due is sent, whether or not earlier requests were answered.
 */
export function startTimedLoad(
  url: string,
  perSecond: number,
  options: LoadOptions = {},
): TimedLoad {
  const { connections = 128, patienceMs = 30_000 } = options;
  const dispatcher = new Agent({
    connections,
    headersTimeout: patienceMs,
    bodyTimeout: patienceMs,
  });
  const open = new Set<Promise<void>>();
  const startedAtMs = performance.now();
  let account = emptyAccount();
  let sent = 0;

  const send = async (into: LoadAccount, isPost: boolean) => {
    const what = isPost ? { method: 'POST' as const, body: 'one order, please' } : {};
    try {
      const headers = options.host === undefined ? {} : { host: options.host };
      const answer = await request(url, { dispatcher, headers, ...what });
      const text = options.revisionIn ? await answer.body.text() : null;
      if (text === null) await answer.body.dump();
      const atMs = performance.timeOrigin + performance.now();
      const named =
        text === null ? answer.headers['x-sluice-revision'] : options.revisionIn?.(text);
      note(into, String(named ?? 'proxy'), answer.statusCode, atMs);
    } catch (error) {
      const { message } = error as Error;
      into.broken[message] = (into.broken[message] ?? 0) + 1;
    }
  };
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAtMs) * perSecond) / 1000);
    for (; sent < due; sent += 1) {
      account.sent += 1;
      const one: Promise<void> = send(account, options.post === true && sent % 3 === 0).finally(
        () => open.delete(one),
      );
      open.add(one);
    }
  }, tickMs);

  return {
    async take() {
      const taken = account;
      account = emptyAccount();
      await Promise.all(open);
      return taken;
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
      await dispatcher.close();
      return account;
    },
  };
}

function emptyAccount(): LoadAccount {
  return { sent: 0, revisions: new Map(), broken: {} };
}

function note(account: LoadAccount, revision: string, status: number, atMs: number): void {
  const entry = account.revisions.get(revision) ?? {
    ...{ firstAtMs: atMs, lastAtMs: atMs, answers: 0, failed: {} },
  };
  account.revisions.set(revision, entry);
  entry.lastAtMs = atMs;
  entry.answers += 1;
  if (status !== 200) entry.failed[status] = (entry.failed[status] ?? 0) + 1;
}

/** How many answers of these revisions were not 200. */
export function failuresOf(account: LoadAccount, isMeant: (revision: string) => boolean): number {
  const meant = [...account.revisions].filter(([revision]) => isMeant(revision));
  return meant.flatMap(([, { failed }]) => Object.values(failed)).reduce((sum, n) => sum + n, 0);
}

/** Everything that users may not see, whatever runs: broken connections, and failures of these revisions. */
export function lostRequests(account: LoadAccount, isMeant: (revision: string) => boolean): number {
  const broken = Object.values(account.broken).reduce((sum, n) => sum + n, 0);
  return broken + failuresOf(account, isMeant);
}

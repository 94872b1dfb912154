/** Steady load on a target's door, and an exact account of what came back. */
import { Agent, request } from 'undici';

export interface LoadAccount {
  sent: number;
  /** By revision and status, `1.0.0-628d52f2 200`; connection errors under `error: <message>`. */
  readonly answers: Map<string, number>;
}

export interface Load {
  readonly account: LoadAccount;
  /** Ends the load and waits for every answer. */
  stop(): Promise<LoadAccount>;
}

const tickMs = 10;

/** Sends `perSecond` requests over kept connections, whether or not earlier ones were answered. */
export function startLoad(
  url: string,
  options: { readonly perSecond: number; readonly post?: boolean },
): Load {
  const dispatcher = new Agent({ connections: 64 });
  const account: LoadAccount = { sent: 0, answers: new Map() };
  const open = new Set<Promise<void>>();
  const startedAt = performance.now();

  const send = async () => {
    let outcome: string;
    try {
      const method = options.post && account.sent % 2 === 0 ? 'POST' : 'GET';
      const body = method === 'POST' ? 'one order, please' : null;
      const answer = await request(url, { dispatcher, method, body });
      await answer.body.dump();
      const revision = String(answer.headers['x-sluice-revision'] ?? 'proxy');
      outcome = `${revision} ${answer.statusCode}`;
    } catch (error) {
      outcome = `error: ${(error as Error).message}`;
    }
    account.answers.set(outcome, (account.answers.get(outcome) ?? 0) + 1);
  };
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) * options.perSecond) / 1000);
    while (account.sent < due) {
      account.sent += 1;
      const one: Promise<void> = send().finally(() => open.delete(one));
      open.add(one);
    }
  }, tickMs);

  return {
    account,
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
      await dispatcher.close();
      return account;
    },
  };
}

/** Everything but answers of 200: connection errors, and what proxy or service said instead. */
export function failedAnswers({ answers }: LoadAccount): Record<string, number> {
  return Object.fromEntries([...answers].filter(([outcome]) => !outcome.endsWith(' 200')));
}

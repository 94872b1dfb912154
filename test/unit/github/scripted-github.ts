/** A GitHub that answers as a test writes it: for what the stand-in does not do by itself. */
import { createGithubCodeHost } from '../../../src/adapters/github/code-host.js';
import type { AnswerCache, KeptAnswer } from '../../../src/ports/answer-cache.js';
import type { CodeHost } from '../../../src/ports/code-host/code-host.js';

export interface Sent {
  readonly method: string;
  readonly url: URL;
  readonly body: unknown;
  readonly headers: Headers;
}

type Answer = {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
};

export const repository = { owner: 'acme', name: 'shop' };

/** @param script by `METHOD /path`; an Error is thrown as the network would */
export function scriptGithub(
  script: Readonly<Record<string, (sent: Sent) => Answer | Error | 'silence'>>,
  given: { readonly token?: string; readonly answers?: AnswerCache } = {},
): { readonly codeHost: CodeHost; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  const fetchIt: typeof fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : null;
    const one = { method: init?.method ?? 'GET', url, body, headers: new Headers(init?.headers) };
    sent.push(one);
    const answer = script[`${one.method} ${url.pathname}`]?.(one) ?? {
      ...{ status: 404, body: { message: 'Not Found' } },
    };
    if (answer instanceof Error) throw answer;
    if (answer === 'silence') {
      return new Promise((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
      });
    }
    const shown = { status: answer.status ?? 200, headers: answer.headers ?? {} };
    return answer.status === 304 ? new Response(null, shown) : Response.json(answer.body, shown);
  };
  const codeHost = createGithubCodeHost({
    ...{ url: 'https://github.test/api/v3', fetch: fetchIt, timeoutMs: 60, settleMs: 1 },
    identity: { kind: 'token', readToken: async () => given.token ?? 'ghp_secret' },
    ...(given.answers && { answers: given.answers }),
  });
  return { codeHost, sent };
}

export function rememberAnswers(): AnswerCache {
  const kept = new Map<string, KeptAnswer>();
  return {
    get: async (key) => kept.get(key) ?? null,
    put: async (key, answer) => void kept.set(key, answer),
  };
}

export const at = '2030-03-01T12:00:00Z';

export function issueAnswer(number: number, more: object = {}) {
  return {
    ...{ number, node_id: `I_${number}`, title: `No ${number}`, body: null, state: 'open' },
    ...{ labels: [], assignees: [], milestone: null, locked: false, user: null },
    ...{ created_at: at, updated_at: at, closed_at: null, html_url: 'https://github.test/i' },
    repository_url: 'https://github.test/api/v3/repos/acme/shop',
    ...more,
  };
}

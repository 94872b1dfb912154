/** One question to the API; what it refuses comes back as the problem it told. */
import type { Problem } from '../api/schemas/problem.js';

/** An answer that is a problem, or none at all (status 0). */
export class Refusal extends Error {
  readonly status: number;
  readonly hint: string | null;

  constructor(status: number, detail: string, hint: string | null) {
    super(detail);
    this.status = status;
    this.hint = hint;
  }
}

/** GET, or POST when there is a body. @throws Refusal */
export async function ask<Answer>(
  path: string,
  token: string,
  { body, signal }: { readonly body?: unknown; readonly signal?: AbortSignal } = {},
): Promise<Answer> {
  const response = await send(path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  return (await response.json()) as Answer;
}

/** @throws Refusal unless the answer is one of success */
export async function send(path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(path, init).catch((error: unknown) => {
    if (init.signal?.aborted) throw error;
    throw new Refusal(0, 'The API does not answer', 'it is asked again and again');
  });
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const detail = problem.detail ?? `The API answered ${response.status}`;
  throw new Refusal(response.status, detail, problem.hint ?? null);
}

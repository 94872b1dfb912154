/** Sends webhooks as GitHub does, and every way in which somebody else might. */
import { createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { webhookSecret } from './api-under-test.js';

const path = '/v1/webhooks/github';

export function signed(body: string | Uint8Array, secret = webhookSecret): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

export interface Sent {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly ms: number;
}

export interface Sending {
  readonly body?: string | Uint8Array;
  readonly event?: string;
  readonly guid?: string;
  /** Null takes the header away, a list sends it several times. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly secret?: string;
  readonly method?: string;
  /** Of the address, with its question mark. */
  readonly query?: string;
  /** Written without a length, in pieces of this size. */
  readonly chunked?: number;
}

export const pushOf = (branch: string, after = 'b'.repeat(40)) => ({
  ref: `refs/heads/${branch}`,
  before: 'a'.repeat(40),
  after,
  repository: { full_name: 'acme/shop', default_branch: 'main', pushed_at: 1_760_000_000 },
  sender: { login: 'ann', type: 'User' },
});

/** By node:http and not fetch, which mends what is to be sent broken. */
export function send(url: string, sending: Sending = {}): Promise<Sent> {
  const body = Buffer.from(sending.body ?? JSON.stringify(pushOf('main')));
  const headers: Record<string, string | readonly string[] | null> = {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/0000000',
    'x-github-event': sending.event ?? 'push',
    'x-github-delivery': sending.guid ?? randomUUID(),
    'x-hub-signature-256': signed(body, sending.secret),
    ...(sending.chunked === undefined ? { 'content-length': `${body.length}` } : {}),
    ...sending.headers,
  };
  const startedAtMs = performance.now();
  return new Promise((resolve, reject) => {
    const out = request(
      `${url}${path}${sending.query ?? ''}`,
      {
        method: sending.method ?? 'POST',
        headers: Object.fromEntries(
          Object.entries(headers).flatMap(([name, value]) =>
            value === null ? [] : [[name, typeof value === 'string' ? value : [...value]]],
          ),
        ),
      },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () => {
          const text = Buffer.concat(parts).toString('utf8');
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: text.startsWith('{') ? (JSON.parse(text) as Sent['body']) : {},
            ms: performance.now() - startedAtMs,
          });
        });
      },
    );
    // An answer may come before all is sent, and the connection be closed under what is still written.
    out.on('error', reject);
    if (sending.chunked === undefined) out.end(body);
    else {
      for (let at = 0; at < body.length; at += sending.chunked) {
        out.write(body.subarray(at, at + sending.chunked));
      }
      out.end();
    }
  });
}

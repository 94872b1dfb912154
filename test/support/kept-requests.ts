/** Requests on kept connections, whose body may wait until their head is accepted; a broken connection is an answer too. */
import { type Agent, request } from 'node:http';

export interface Heard {
  readonly what: string;
  /** Null: the connection broke before the answer was complete. */
  readonly status: number | null;
  /** Or how the connection broke. */
  readonly text: string;
  readonly etag: string | null;
}

export interface Asked {
  readonly agent: Agent;
  readonly method: string;
  readonly url: string;
  readonly token: string;
  readonly body?: object;
  /** Idempotency key. */
  readonly key?: string;
  /** The body is sent when this resolves, and not before the server has said that it takes it. */
  readonly bodyAfter?: Promise<unknown>;
  readonly onAccepted?: () => void;
}

export function askKept(asked: Asked): Promise<Heard> {
  const { agent, method, url, token, body, key, bodyAfter, onAccepted } = asked;
  const text = body === undefined ? '' : JSON.stringify(body);
  const what = `${method} ${new URL(url).pathname}`;
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body && { 'content-type': 'application/json', 'content-length': text.length }),
    ...(key && { 'idempotency-key': key }),
    ...(bodyAfter && { expect: '100-continue' }),
  };
  return new Promise((resolve) => {
    const broken = ({ message }: Error) =>
      resolve({ what, status: null, text: message, etag: null });
    const sent = request(url, { method, agent, headers }, (answer) => {
      let said = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        said += part;
      });
      answer.once('error', broken);
      answer.once('end', () => {
        const { etag = null } = answer.headers;
        resolve({ what, status: answer.statusCode ?? null, text: said, etag });
      });
    });
    sent.once('error', broken);
    if (bodyAfter === undefined) return void sent.end(text);
    sent.once('continue', () => {
      onAccepted?.();
      void bodyAfter.then(() => sent.end(text));
    });
    sent.flushHeaders();
  });
}

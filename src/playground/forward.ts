/** Sends one request to one instance and streams the answer back, or says why that was not possible. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { errors } from 'undici';
import { requestHeaders, responseHeaders } from './headers.js';
import type { Instance } from './instance.js';

/** A stream that stands still for longer than this is given up. */
const idleStreamMs = 60_000;

export type ForwardResult =
  | { readonly kind: 'answered' }
  /** No answer within the limit. */
  | { readonly kind: 'timedOut' }
  /**
   * The connection failed before an answer began. `sent`: the instance may have got the request;
   * `bodyTouched`: part of the body is gone with it.
   */
  | {
      readonly kind: 'failed';
      readonly cause: string;
      readonly sent: boolean;
      readonly bodyTouched: boolean;
    }
  /** The message itself cannot be sent to anyone. */
  | { readonly kind: 'unsendable'; readonly cause: string }
  | { readonly kind: 'clientGone' };

class UpstreamTimeout extends Error {}
class ClientGone extends Error {}

export const hasBody = (request: IncomingMessage) =>
  request.headers['content-length'] !== undefined
    ? request.headers['content-length'] !== '0'
    : request.headers['transfer-encoding'] !== undefined;

/** Ends `done` exactly once. Counts the attempt at the instance's meter. */
export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  to: { readonly instance: Instance; readonly revision: string },
  limits: { readonly upstreamTimeoutMs: number },
  done: (result: ForwardResult) => void,
): void {
  const { meter, pool, id } = to.instance;
  const attempt = meter.begin();
  let sent = false;
  let bodyTouched = false;
  let status: number | null = null;
  let control: Dispatcher.DispatchController | null = null;
  let ended = false;

  const finish = (result: ForwardResult, counted: number | null) => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    response.off('close', onClientClose);
    if (counted === null) meter.forget(attempt);
    else meter.end(attempt, counted);
    done(result);
  };
  const timer = setTimeout(() => {
    finish({ kind: 'timedOut' }, 504);
    control?.abort(new UpstreamTimeout());
  }, limits.upstreamTimeoutMs);
  const onClientClose = () => {
    if (response.writableFinished) return;
    if (status !== null) {
      finish({ kind: 'clientGone' }, status);
      control?.abort(new ClientGone());
    } else if (!request.complete) {
      finish({ kind: 'clientGone' }, null);
      control?.abort(new ClientGone());
    }
    // Otherwise the instance has the whole request and still owes the answer. It is waited for, because a revision
    // that answers nobody must not look idle only because its users have no patience.
  };
  response.once('close', onClientClose);

  async function* body() {
    bodyTouched = true;
    // Ending the loop early must not destroy the client's connection: it still gets an answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  }

  pool.dispatch(
    {
      path: request.url ?? '/',
      method: (request.method ?? 'GET') as Dispatcher.HttpMethod,
      headers: requestHeaders(request),
      body: hasBody(request)
        ? (body() as unknown as Dispatcher.DispatchOptions['body'] & object)
        : null,
      bodyTimeout: idleStreamMs,
    },
    {
      onRequestStart(controller) {
        control = controller;
        sent = true;
        if (ended) controller.abort(new ClientGone());
      },
      onResponseStart(controller, code, _headers, message) {
        if (code < 200 || ended) return;
        status = code;
        clearTimeout(timer);
        if (response.destroyed) {
          finish({ kind: 'clientGone' }, code);
          controller.abort(new ClientGone());
          return;
        }
        const headers = responseHeaders(controller.rawHeaders as Buffer[], {
          revision: to.revision,
          instance: id,
        });
        response.writeHead(code, message ?? '', headers);
        response.flushHeaders();
      },
      onResponseData(controller, chunk) {
        if (ended || response.write(chunk)) return;
        controller.pause();
        response.once('drain', () => controller.resume());
      },
      onResponseEnd() {
        if (ended) return;
        response.end();
        finish({ kind: 'answered' }, status ?? 502);
      },
      onResponseError(_controller, error) {
        if (ended) return;
        if (error instanceof errors.InvalidArgumentError) {
          finish({ kind: 'unsendable', cause: error.message }, null);
        } else if (status !== null) {
          // Half an answer is out: cutting the connection is the only way left to say that it is not whole.
          response.destroy();
          finish({ kind: 'answered' }, 502);
        } else {
          finish({ kind: 'failed', cause: error.message, sent, bodyTouched }, 502);
        }
      },
    },
  );
}

/** Sends a copy of a request to an instance and drops the answer, which counts at the instance all the same. */
import type { IncomingMessage } from 'node:http';
import type { Dispatcher } from 'undici';
import { requestHeaders } from './headers.js';
import type { Instance } from './instance.js';

/** Never waited for, and never fails: the user's own request knows nothing of it. The request must have no body. */
export function sendCopy(
  request: IncomingMessage,
  { meter, pool }: Instance,
  limits: { readonly upstreamTimeoutMs: number },
): void {
  const sent = meter.begin();
  const answered = async () => {
    const { statusCode, body } = await pool.request({
      path: request.url ?? '/',
      method: (request.method ?? 'GET') as Dispatcher.HttpMethod,
      headers: requestHeaders(request),
      signal: AbortSignal.timeout(limits.upstreamTimeoutMs),
    });
    await body.dump();
    return statusCode;
  };
  void answered()
    .catch((error: unknown) => ((error as Error).name === 'TimeoutError' ? 504 : 502))
    .then((status) => meter.end(sent, status, true));
}

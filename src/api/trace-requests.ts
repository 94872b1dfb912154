/** Every request as a span: what is done for its sake stands beneath it, and it beneath the caller's. */
import type { RequestHandler, Response } from 'express';
import type { Subject } from '../domain/subject.js';
import { placeOf, readTraceContext } from '../domain/trace.js';
import type { OpenSpan, Tracing } from '../ports/tracing.js';

/** Asked by the second by whoever balances, and about nothing. */
const probes: readonly string[] = ['/healthz', '/readyz'];

/** What a request is about and in which trace it stands, as far as it is known by now. */
export function aboutOf({ locals }: Response): Subject & { readonly traceId?: string } {
  const { subject, traceId } = locals as { subject?: Subject; traceId?: string };
  return { ...subject, ...(traceId !== undefined && { traceId }) };
}

/** Headers, query and body stay out of it: the route is told with its parameters unfilled. */
export function traceRequests(tracing: Tracing): RequestHandler {
  return (request, response, next) => {
    if (probes.includes(request.path)) return next();
    const { method } = request;
    const under = readTraceContext(request.headers);
    const attributes = { 'http.request.method': method };
    const answered = tracing.span({ name: method, kind: 'server', under, attributes }, (open) => {
      const here = tracing.here();
      response.locals.traceId = (here && placeOf(here))?.traceId;
      const closed = new Promise<void>((resolve) => response.once('close', resolve));
      next();
      return closed.then(() => tellAnswer(open, response));
    });
    answered.catch(next);
  };
}

function tellAnswer(open: OpenSpan, { req: request, statusCode, locals }: Response): void {
  const { releaseId, rolloutId, targetId } = (locals.subject ?? {}) as Subject;
  const route = (request.route as { readonly path?: string } | undefined)?.path;
  if (route !== undefined) open.rename(`${request.method} ${route}`);
  open.set({
    'http.route': route,
    'http.response.status_code': statusCode,
    'error.type': locals.failure as string | undefined,
    'sluice.request.id': locals.requestId as string | undefined,
    'sluice.release.id': releaseId,
    'sluice.rollout.id': rolloutId,
    'sluice.target.id': targetId,
  });
  if (statusCode >= 500) open.fail(`answered ${statusCode}`);
}

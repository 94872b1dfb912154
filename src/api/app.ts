/** The HTTP application: guards, the operations, and problems for everything else. Pure of the process. */
import { randomUUID } from 'node:crypto';
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import { z } from 'zod';
import { Failure } from '../domain/failures.js';
import { holdsSecret } from '../domain/secret-text.js';
import { subjectOf } from '../domain/subject.js';
import { admitSigned } from './alert-access.js';
import { serveDashboard } from './dashboard-files.js';
import { codecPaths, serveCodec } from './codec.js';
import type { ApiDeps } from './deps.js';
import { sendEvents } from './event-stream.js';
import { jobTokensPath, serveJobTokens } from './job-tokens.js';
import { admitAtOnce, type Lane, limitLane, refuseSecrets } from './limits.js';
import { refuseWhenBehind } from './loop-lag.js';
import { describeApi } from './openapi.js';
import type { Operation } from './operation.js';
import { operations } from './operations.js';
import { answerProblems, invalidInput } from './problem.js';
import { readJson } from './read-json.js';
import { renderReference } from './reference-page.js';
import { createDocument, sendDocument } from './send-document.js';
import { aboutOf, traceRequests } from './trace-requests.js';
import { versionOf } from './views.js';
import { type Bearer, bearerSecret, requireScope, requireService } from './tokens.js';
import { serveWebhooks, webhookPath } from './webhooks.js';

const probeMs = 2000;

export function createApp(deps: ApiDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  if (deps.tracing) app.use(traceRequests(deps.tracing));
  if (deps.metrics) app.use(deps.metrics.countRequests);
  app.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          styleSrc: ["'unsafe-inline'"],
          frameAncestors: ["'none'"],
          baseUri: ["'none'"],
          formAction: ["'none'"],
        },
      },
    }),
    identifyRequest(deps),
  );
  serveProbes(app, deps);
  serveReference(app);
  for (const path of serveDashboard(app)) refuseOtherMethods(app, path, ['GET']);
  serveOperations(app, deps);
  serveWebhooks(app, deps);
  serveJobTokens(app, deps);
  serveCodec(app, deps);
  for (const path of codecPaths) refuseOtherMethods(app, path, ['POST']);
  refuseOtherMethods(app, jobTokensPath, ['POST']);
  refuseOtherMethods(app, webhookPath, ['POST']);
  app.use((request) => {
    throw new Failure('NotFound', `There is nothing at ${request.path}`, {
      where: request.path,
      next: 'see what there is: GET /docs',
    });
  });
  app.use(answerProblems(deps.logger));
  return app;
}

const requestIdPattern = /^[A-Za-z0-9._-]{1,64}$/;

/** Gives every request an id, and the log one line about it without headers, query or body. */
function identifyRequest({ logger, stopping }: ApiDeps): RequestHandler {
  return (request, response, next) => {
    const given = request.get('x-request-id');
    const isFit = given && requestIdPattern.test(given) && !holdsSecret(given);
    const requestId = isFit ? given : randomUUID();
    response.locals.requestId = requestId;
    response.set('X-Request-Id', requestId);
    if (stopping.aborted) response.set('Connection', 'close');
    const { method, path } = request;
    const startedAtMs = performance.now();
    response.on('close', () => {
      const tokenId = (response.locals.bearer as Bearer | undefined)?.tokenId;
      const code = response.locals.failure as string | undefined;
      const ms = Math.round(performance.now() - startedAtMs);
      const level = path === '/healthz' || path === '/readyz' ? 'debug' : 'info';
      const status = response.statusCode;
      const said = { requestId, method, path, status, ms, tokenId, code, ...aboutOf(response) };
      logger[level](said, 'request');
    });
    requireOneHost(request);
    next();
  };
}

/** Of two, a proxy may have gone by the other one. */
function requireOneHost(request: Request): void {
  const hosts = request.headersDistinct.host?.length ?? 0;
  if (hosts <= 1) return;
  throw new Failure('InvalidInput', 'The request names more than one host', {
    ...{ where: 'Host', seen: hosts, limit: 1 },
  });
}

function serveProbes(app: Express, { client, stopping }: ApiDeps): void {
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  app.get('/readyz', async (_request, response) => {
    if (stopping.aborted) {
      throw new Failure('NotReady', 'The API is shutting down', { next: 'ask another replica' });
    }
    try {
      await client.withDeadline(Date.now() + probeMs, () =>
        client.workflowService.getSystemInfo({}),
      );
    } catch (error) {
      const next = 'see that the Temporal server runs: sluice up';
      throw new Failure('Unavailable', 'Temporal does not answer', { next }, error);
    }
    response.json({ status: 'ok' });
  });
  refuseOtherMethods(app, '/healthz', ['GET']);
  refuseOtherMethods(app, '/readyz', ['GET']);
}

function serveReference(app: Express): void {
  const described = describeApi();
  const document = createDocument('json', JSON.stringify(described));
  const page = createDocument('html', renderReference(described));
  app.get('/openapi.json', (request, response) => sendDocument(request, response, document));
  app.get('/docs', (request, response) => sendDocument(request, response, page));
  refuseOtherMethods(app, '/openapi.json', ['GET']);
  refuseOtherMethods(app, '/docs', ['GET']);
}

function serveOperations(app: Express, deps: ApiDeps): void {
  const guard = (lane: Lane) => ({
    // A rescue is the last that is refused because others ask too much.
    busy:
      lane === 'rescue'
        ? []
        : [refuseWhenBehind(deps.lag, deps.limits.lagMs, () => deps.metrics?.refused('lag'))],
    rate: limitLane(lane, deps.limits, deps.metrics),
    place: admitAtOnce(lane, deps.limits, deps.metrics),
  });
  const lanes = { read: guard('read'), write: guard('write'), rescue: guard('rescue') };
  const json = readJson(deps.limits, deps.metrics);
  for (const group of byPath(operations)) {
    const [{ path }] = group;
    for (const operation of group) {
      const { busy, rate, place } = lanes[operation.lane];
      const byToken = authenticate(operation, deps);
      app[operation.method](
        expressPath(path),
        ...busy,
        ...(operation.signed ? admitSigned(deps, byToken) : [byToken]),
        rate,
        ...(operation.body ? json : []),
        // Only now: whoever sends slowly takes up no place of those who have sent.
        place,
        // An alert is heard whatever it says.
        ...(operation.body && !operation.signed ? [keepNoSecret] : []),
        run(operation, deps),
      );
    }
    // After all methods of the path, and before anything reads a body: 405 outranks 415.
    const methods = group.map(({ method }) => method.toUpperCase());
    refuseOtherMethods(app, expressPath(path), methods);
  }
}

/** A written name stands before a parameter in its place, so that no `{number}` is asked whether it is called `sweep`. */
function byPath(all: readonly Operation[]): readonly (readonly [Operation, ...Operation[]])[] {
  const groups = new Map<string, [Operation, ...Operation[]]>();
  for (const operation of all) {
    const group = groups.get(operation.path);
    if (group) group.push(operation);
    else groups.set(operation.path, [operation]);
  }
  // `{` comes after every letter.
  return [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function refuseOtherMethods(app: Express, path: string, methods: readonly string[]): void {
  const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
  app.all(path, (request, response) => {
    response.set('Allow', allowed.join(', '));
    throw new Failure('MethodNotAllowed', `${request.path} does not take ${request.method}`, {
      seen: request.method,
      limit: allowed.join(', '),
      next: 'see what it takes: GET /docs',
    });
  });
}

function authenticate(operation: Operation, { tokens }: ApiDeps): RequestHandler {
  return async (request, response, next) => {
    const bearer = await tokens.identify(secretOf(request));
    requireScope(bearer, operation.scope);
    if (whereService(operation) !== 'body') requireReach(operation, bearer, request.params);
    response.locals.bearer = bearer;
    next();
  };
}

function secretOf(request: Request): string {
  const secret = bearerSecret(request);
  if (secret !== undefined) return secret;
  throw new Failure('Unauthenticated', 'The request carries no token', {
    where: 'Authorization',
    next: 'send Authorization: Bearer <token>; for the command line: export SLUICE_TOKEN=<token>',
  });
}

const keepNoSecret: RequestHandler = (request, _response, next) => {
  refuseSecrets(request.body);
  next();
};

function run(operation: Operation, deps: ApiDeps): RequestHandler {
  return async (request, response) => {
    const params = parse(operation.params, request.params, 'parameters');
    const query = parse(operation.query, request.query, 'parameters');
    const body = operation.body ? parse(operation.body, request.body, 'body') : undefined;
    response.locals.subject = subjectOf(Object.assign({}, body, query, params));
    const bearer = response.locals.bearer as Bearer;
    if (whereService(operation) === 'body') requireReach(operation, bearer, body);
    const signal = AbortSignal.any([deps.stopping, closed(response)]);
    const answer = await operation.handle(
      {
        params,
        query,
        body,
        bearer,
        header: (name) => request.get(name) ?? null,
        signal,
      },
      deps,
    );
    if ('events' in answer) {
      deps.metrics?.streams(response);
      return await sendEvents(request, response, answer.events, {
        stillAdmitted: async () => void (await deps.tokens.identify(secretOf(request))),
      });
    }
    const { body: answered, headers, status = operation.success.status } = answer;
    if (operation.method === 'get') return show(request, response, answered);
    response
      .set({ 'Cache-Control': 'no-store', ...headers })
      .status(status)
      .json(answered);
  };
}

/** Where a request says which service it is about; a path is looked at before anything of the body is. */
function whereService({ path, body }: Operation): 'path' | 'body' | 'nowhere' {
  if (path.includes('{service}')) return 'path';
  return body instanceof z.ZodObject && 'service' in body.shape ? 'body' : 'nowhere';
}

function requireReach({ narrows }: Operation, bearer: Bearer, place: unknown): void {
  if (narrows === true) return;
  const { service } = (place ?? {}) as { readonly service?: unknown };
  requireService(bearer, typeof service === 'string' ? service : null);
}

/** With its ETag, or 304 to whoever has it already. Said here, for Express looks away when `fetch` asks for it. */
function show(request: Request, response: Response, body: unknown): void {
  const version = versionOf(body);
  response.set({ 'Cache-Control': 'private, no-cache', ETag: `"${version}"` });
  const known = (request.get('if-none-match') ?? '').split(',');
  const isKnown = known.some((tag) => tag.trim().replace(/^W\//, '') === `"${version}"`);
  if (isKnown) response.status(304).end();
  else response.status(200).json(body);
}

/** Express leaves an absent body undefined, and that is what the schema then misses. */
function parse(schema: z.ZodType, input: unknown, place: 'body' | 'parameters'): unknown {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalidInput(parsed.error, schema, input, place);
}

function closed(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}

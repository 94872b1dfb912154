/** The control API over HTTP: reads and writes targets, shows metrics, tells failures as problem+json. */
import type { Express, NextFunction, Request, Response } from 'express';
import express from 'express';
import type { z } from 'zod';
import { ZodError } from 'zod';
import { Failure, failureRules } from '../domain/failures.js';
import type { TargetKey } from '../domain/names.js';
import { parseTargetWorkflowId } from '../domain/names.js';
import type { Platform } from './platform.js';
import type { Problem } from './protocol.js';
import { applyRevisionSchema, applySplitSchema, removeRevisionSchema } from './protocol.js';

export interface ApiOptions {
  readonly platform: Platform;
  readonly metrics: () => Promise<string>;
  readonly isAuthorized: (authorization: string | undefined) => boolean;
  readonly log: (line: string) => void;
}

/** `checkout:production` or `checkout:production:eu`, one segment of a path. */
const targetOf = (request: Request): TargetKey =>
  parseTargetWorkflowId(`target:${String(request.params['target'])}`);

const revisionOf = (request: Request) => String(request.params['revision']);

function parse<T>(schema: z.ZodType<T>, request: Request): T {
  return schema.parse(request.body ?? {});
}

export function createApi({ platform, metrics, isAuthorized, log }: ApiOptions): Express {
  const app = express().disable('x-powered-by');
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.use((request, _response, next) => {
    if (!isAuthorized(request.get('authorization'))) {
      throw new Failure('Unauthenticated', 'the bearer token is missing or wrong', {
        next: 'send the token from the file in SLUICE_PLAYGROUND_TOKEN_FILE',
      });
    }
    next();
  });
  app.get('/metrics', async (_request, response) => {
    response.type('text/plain; version=0.0.4').send(await metrics());
  });
  app.use(express.json({ limit: '256kb' }));
  app.get('/v1/targets', (_request, response) => {
    response.json({ targets: platform.list() });
  });
  app.get('/v1/targets/:target', (request, response) => {
    response.json(platform.read(targetOf(request)));
  });
  app.put('/v1/targets/:target/revisions/:revision', async (request, response) => {
    const body = parse(applyRevisionSchema, request);
    await platform.applyRevision(targetOf(request), revisionOf(request), body);
    response.status(204).end();
  });
  app.delete('/v1/targets/:target/revisions/:revision', async (request, response) => {
    const { intent } = parse(removeRevisionSchema, request);
    await platform.removeRevision(targetOf(request), revisionOf(request), intent);
    response.status(204).end();
  });
  app.delete('/v1/targets/:target/revisions/:revision/instances/:instance', (request, response) => {
    const instance = String(request.params['instance']);
    platform.replaceInstance(targetOf(request), revisionOf(request), instance);
    response.status(204).end();
  });
  app.put('/v1/targets/:target/split', async (request, response) => {
    const before = await platform.applySplit(targetOf(request), parse(applySplitSchema, request));
    response.json({ before });
  });
  app.use((request) => {
    throw new Failure('NotFound', 'there is no such path', { where: request.path });
  });
  // Express tells an error handler by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    const problem = problemOf(error);
    if (problem === null) log(`${request.method} ${request.path}: ${(error as Error).stack}`);
    const { status, ...rest } = problem ?? unforeseen;
    response
      .status(status)
      .type('application/problem+json')
      .json({ status, ...rest });
  });
  return app;
}

/** A bug: told without detail, logged with all of it. */
const unforeseen = {
  type: 'about:blank',
  title: 'The playground has a fault',
  status: 500,
  detail: 'see its log',
  code: 'Unavailable',
} satisfies Problem;

function problemOf(error: unknown): Problem | null {
  const failure = failureOf(error);
  if (failure === null) return null;
  const { code, message, details } = failure;
  const { status, title } = failureRules[code];
  return { type: 'about:blank', title, status, detail: message, code, ...details };
}

function failureOf(error: unknown): Failure | null {
  if (error instanceof Failure) return error;
  if (error instanceof ZodError) {
    const faults = error.issues.map(({ path, message }) => ({ where: path.join('.'), message }));
    const first = faults[0];
    const said = first === undefined ? 'the body does not fit' : `${first.where}: ${first.message}`;
    return new Failure('InvalidInput', said, { faults });
  }
  // What express itself refuses (bad JSON, too large, bad percent-encoding) carries a status.
  const { status, message } = error as { status?: unknown; message?: string };
  if (status === 413) return new Failure('PayloadTooLarge', 'a body has at most 256 kB');
  if (typeof status === 'number' && status < 500) {
    return new Failure('InvalidInput', message ?? 'the request cannot be read');
  }
  return null;
}

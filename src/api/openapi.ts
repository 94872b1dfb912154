/** The OpenAPI 3.1 document, made from the same operations and schemas that serve the requests. */
import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { type FailureCode, failureRules } from '../domain/failures.js';
import { jobTokenDescription, jobTokenFailures, jobTokensPath } from './job-tokens.js';
import type { Operation } from './operation.js';
import { operations } from './operations.js';
import { problemContentType } from './problem.js';
import { problemSchema } from './schemas/problem.js';
import { signatureHeader } from './signature.js';
import { webhookDescription, webhookFailures } from './webhook-description.js';
import { hubSignatureHeader } from './webhook-signature.js';
import { webhookPath } from './webhooks.js';

export type OpenApiDocument = ReturnType<typeof createDocument>;

const always: readonly FailureCode[] = [
  'InvalidInput',
  'Unauthenticated',
  'Forbidden',
  'RateLimited',
  'Unavailable',
  'DeadlineExceeded',
];
const withBody: readonly FailureCode[] = ['PayloadTooLarge', 'UnsupportedMediaType'];
/** It may be gone, renamed, or hidden from the App. */
const ofRepository: readonly FailureCode[] = ['NotFound'];

/** Failure codes an operation may answer with, each once. */
export function failuresOf(operation: Operation): readonly FailureCode[] {
  const codes = [
    ...always,
    ...(operation.body ? withBody : []),
    ...(operation.tag === 'repositories' ? ofRepository : []),
    ...operation.failures,
  ];
  return [...new Set(codes)];
}

export function describeApi(): OpenApiDocument {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {
    '/healthz': { get: probe('healthz', 'The process is alive', 'Alive.') },
    '/readyz': {
      get: probe('readyz', 'Requests can be served', 'Ready.', ['Unavailable', 'NotReady']),
    },
  };
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  paths[webhookPath] = { post: beside(webhookDescription, webhookFailures) };
  paths[jobTokensPath] = { post: beside(jobTokenDescription, jobTokenFailures) };
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Sluice',
      version: '1',
      description:
        'Releases, rollouts and targets. Changes within /v1 only add. Every error is a problem (RFC 9457).',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: [
      { name: 'releases', description: 'A version on its way through the environments.' },
      { name: 'rollouts', description: 'The shift of one target to a candidate.' },
      { name: 'targets', description: 'A service in an environment: its single writer.' },
      { name: 'alerts', description: 'From those who watch what runs.' },
      { name: 'audit', description: 'The record of everything that was done.' },
      { name: 'repositories', description: 'What is kept in order in a repository.' },
      { name: 'tokens', description: 'Who asks.' },
      { name: 'probes', description: 'For balancers and supervisors.' },
    ],
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A token that begins with `slc_`.' },
        githubActions: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The OIDC token of a job of GitHub Actions.',
        },
        hubSignature: {
          type: 'apiKey',
          in: 'header',
          name: hubSignatureHeader,
          description: '`sha256=<hex of HMAC-SHA256 over the body>`',
        },
        signature: {
          type: 'apiKey',
          in: 'header',
          name: signatureHeader,
          description: '`t=<unix seconds>,v1=<hex of HMAC-SHA256 over "<t>.<body>">`',
        },
      },
    },
  });
}

/** What is served beside the operations, for it knows other ways to say who asks. */
function beside(
  { success, ...text }: typeof webhookDescription,
  failures: readonly FailureCode[],
): ZodOpenApiOperationObject {
  return { ...text, responses: { ...success, ...problems(failures) } };
}

function describe(operation: Operation): ZodOpenApiOperationObject {
  const { success, alternative } = operation;
  const isShown = operation.method === 'get' && success.contentType === undefined;
  const requestHeaders = { ...operation.requestHeaders, ...(isShown ? conditional.request : {}) };
  const headers = { ...success.headers, ...(isShown ? conditional.answer : {}) };
  const responses: ZodOpenApiResponsesObject = {
    [`${success.status}` as '200']: {
      description: success.description,
      content: { [success.contentType ?? 'application/json']: { schema: success.schema } },
      headers: headersOf(headers),
    },
    ...(isShown ? { 304: { description: 'It is as `If-None-Match` says.' } } : {}),
    ...problems(failuresOf(operation)),
  };
  if (alternative) {
    responses[`${alternative.status}` as '200'] = {
      description: alternative.description,
      content: { 'application/json': { schema: alternative.schema } },
    };
  }
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    description: [operation.description, `Scope: \`${operation.scope}\`.`]
      .filter((text) => text !== undefined)
      .join('\n\n'),
    requestParams: {
      path: operation.params,
      query: operation.query,
      header: z.object(requestHeaders),
    },
    ...(operation.body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: operation.body } },
          },
        }
      : {}),
    security: [{ bearer: [operation.scope] }, ...(operation.signed ? [{ signature: [] }] : [])],
    responses,
  };
}

/** Of whatever is read, beside its own headers. */
const conditional = {
  request: {
    'If-None-Match': z.string().optional().meta({
      description: 'ETag of what is known already.',
      example: '"5d41402abc4b2a76b971"',
    }),
  },
  answer: {
    ETag: 'Version of what is shown; for `If-None-Match`, and for `since` where there is one.',
  },
};

function headersOf(texts: Readonly<Record<string, string>>): z.ZodObject {
  return z.object(
    Object.fromEntries(
      Object.entries(texts).map(([name, description]) => [
        name,
        z.string().optional().meta({ description }),
      ]),
    ),
  );
}

function problems(codes: readonly FailureCode[]): ZodOpenApiResponsesObject {
  const byStatus = new Map<number, string[]>([[500, ['Internal: A fault of the server']]]);
  for (const code of codes) {
    const { status, title } = failureRules[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), `${code}: ${title}`]);
  }
  const responses: ZodOpenApiResponsesObject = {};
  for (const [status, texts] of byStatus) {
    responses[`${status}` as '400'] = {
      description: texts.join('; '),
      content: { [problemContentType]: { schema: problemSchema } },
    };
  }
  return responses;
}

function probe(
  operationId: string,
  summary: string,
  description: string,
  failures: readonly FailureCode[] = [],
): ZodOpenApiOperationObject {
  const schema = z.object({ status: z.literal('ok') });
  return {
    operationId,
    tags: ['probes'],
    summary,
    security: [],
    responses: {
      200: { description, content: { 'application/json': { schema } } },
      ...problems(failures),
    },
  };
}

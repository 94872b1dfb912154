/** The edge for webhooks in the OpenAPI document: beside the operations, for it reads bytes and knows no token. */
import { z } from 'zod';
import type { ZodOpenApiOperationObject } from 'zod-openapi';
import type { FailureCode } from '../domain/failures.js';
import { deliveryPattern, eventPattern } from './webhooks.js';

export const webhookFailures: readonly FailureCode[] = [
  ...(['InvalidInput', 'Unauthenticated', 'NotFound', 'PayloadTooLarge'] as const),
  ...(['UnsupportedMediaType', 'NotReady', 'Unavailable'] as const),
];

const taken = z
  .object({
    delivery: z.string(),
    result: z.enum(['accepted', 'duplicate', 'ignored']),
    reason: z.string().optional(),
  })
  .meta({ id: 'DeliveryTaken' });

export const webhookDescription: Omit<ZodOpenApiOperationObject, 'responses'> & {
  readonly success: ZodOpenApiOperationObject['responses'];
} = {
  operationId: 'takeGithubWebhook',
  tags: ['repositories'],
  summary: 'Take a webhook of GitHub',
  description:
    'Signed over its raw bytes with one of `github.webhookSecrets`. The same delivery sent again does nothing.',
  security: [{ hubSignature: [] }],
  requestParams: {
    header: z.object({
      'X-GitHub-Event': z.string().regex(eventPattern).meta({ example: 'push' }),
      'X-GitHub-Delivery': z.string().regex(deliveryPattern).meta({ description: 'GUID.' }),
    }),
  },
  requestBody: {
    required: true,
    content: { 'application/json': { schema: z.unknown() } },
  },
  success: {
    '202': {
      description: 'It is kept, was kept before, or is nothing that anybody asks for.',
      content: { 'application/json': { schema: taken } },
    },
  },
};

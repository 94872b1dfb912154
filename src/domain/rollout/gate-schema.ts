/** How smoke tests and webhook gates are written down. */
import { z } from 'zod';
import { durationText } from '../schema-parts.js';
import type { SmokeTest, WebhookGate } from './strategy.js';

/** A smoke test whose path may be left to the service: null is its health path. */
export type SmokeTestSpec = Omit<SmokeTest, 'path'> & { readonly path: string | null };
/** A webhook gate without the project's rules about hosts. */
export type WebhookSpec = Omit<WebhookGate, 'allowedHosts' | 'allowInsecure'>;

export const pathText = z.string().regex(/^\/[^\s]*$/, { error: 'a path that begins with /' });

export const smokeTestSchema = z
  .strictObject({
    path: pathText.optional().describe("Default: the service's health path."),
    expectStatus: z.int().min(100).max(599).default(200),
    expectBody: z.string().optional().describe('Text that the body must contain.'),
    requests: z.int().min(1).max(1000).default(1).describe('Requests to each instance.'),
    retries: z.int().min(0).max(100).default(3),
    retryDelay: durationText.prefault('2s'),
    timeout: durationText.prefault('5s'),
  })
  .transform(
    (test): SmokeTestSpec => ({
      path: test.path ?? null,
      expectStatus: test.expectStatus,
      expectBody: test.expectBody ?? null,
      requests: test.requests,
      retries: test.retries,
      retryDelayMs: test.retryDelay,
      timeoutMs: test.timeout,
    }),
  );

export const webhookSchema = z
  .strictObject({
    url: z.url({ protocol: /^https?$/, error: 'an http(s) URL' }),
    timeout: durationText.prefault('5s'),
    retries: z.int().min(0).max(100).default(3),
    retryDelay: durationText.prefault('2s'),
  })
  .transform(
    (gate): WebhookSpec => ({
      url: gate.url,
      timeoutMs: gate.timeout,
      retries: gate.retries,
      retryDelayMs: gate.retryDelay,
    }),
  );

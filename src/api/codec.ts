/** The codec server: what Temporal keeps encrypted, in clear for those who may see it, by the protocol of Temporal's UI and CLI. */
import type { Payload } from '@temporalio/common';
import type { Express, Request, RequestHandler } from 'express';
import { z } from 'zod';
import { admitToCodec, type CodecAct } from './codec-access.js';
import type { ApiDeps } from './deps.js';
import { type ApiLimits, admitAtOnce, limitLane } from './limits.js';
import { invalidInput } from './problem.js';
import { readJson } from './read-json.js';
import { type Bearer } from './tokens.js';

/** Temporal's own limit is 2 MB for one payload, before base64. */
const bodyBytes = 4 * 1024 * 1024;
const acts: readonly CodecAct[] = ['decode', 'encode'];

export const codecPaths: readonly string[] = acts.map((act) => `/codec/${act}`);

/** Protobuf's JSON: bytes are base64. https://docs.temporal.io/production-deployment/data-encryption */
const bytesText = z.base64().transform((text) => new Uint8Array(Buffer.from(text, 'base64')));
const bodySchema = z.object({
  payloads: z
    .array(
      z.object({
        metadata: z.record(z.string().max(200), bytesText).default({}),
        data: bytesText.optional(),
      }),
    )
    .max(1000),
});

export function serveCodec(app: Express, deps: ApiDeps): void {
  const limits: ApiLimits = { ...deps.limits, bodyBytes };
  const { metrics } = deps;
  const guard = {
    rate: limitLane('read', limits, metrics),
    place: admitAtOnce('read', limits, metrics),
  };
  const json = readJson(limits, metrics);
  for (const act of acts) {
    const path = `/codec/${act}`;
    app.use(path, allowOrigin(deps));
    app.post(path, admitToCodec(act, deps), guard.rate, ...json, guard.place, answer(act, deps));
  }
}

function answer(act: CodecAct, { codec, logger }: ApiDeps): RequestHandler {
  return async (request, response) => {
    const payloads = payloadsOf(request);
    const done = await codec.payloads[act](payloads);
    const { owner } = response.locals.bearer as Bearer;
    logger.info({ owner, act, payloads: payloads.length }, 'payloads were read or encrypted');
    response.set('Cache-Control', 'no-store').json({ payloads: done.map(written) });
  };
}

function payloadsOf(request: Request): Payload[] {
  const parsed = bodySchema.safeParse(request.body);
  if (!parsed.success) throw invalidInput(parsed.error, bodySchema, request.body, 'body');
  return parsed.data.payloads.map(({ metadata, data }) => ({ metadata, data: data ?? null }));
}

function written({ metadata, data }: Payload) {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const fields = Object.entries(metadata ?? {}).map(([name, bytes]) => [name, text(bytes)]);
  return { metadata: Object.fromEntries(fields), ...(data && { data: text(data) }) };
}

/** Browsers may ask from the one place where the UI is served. They send the token in a header, so no cookie is needed. */
function allowOrigin({ codec }: ApiDeps): RequestHandler {
  return async (request, response, next) => {
    const access = await codec.access();
    response.vary('Origin');
    if (access === null || request.get('origin') !== access.origin) return next();
    response.set({
      'Access-Control-Allow-Origin': access.origin,
      'Access-Control-Allow-Methods': 'POST',
      'Access-Control-Allow-Headers': 'Authorization, Content-Type, X-Namespace',
      'Access-Control-Max-Age': '600',
    });
    if (request.method === 'OPTIONS') response.status(204).end();
    else next();
  };
}

/** Webhooks of GitHub over HTTP: checked over their raw bytes, made durable, and answered within a second. */
import type { Express, RequestHandler } from 'express';
import { Failure } from '../domain/failures.js';
import { readEvent } from '../domain/webhook/read-event.js';
import { approveFromHost } from './approve-from-host.js';
import type { ApiDeps } from './deps.js';
import { type Bytes, readBytes } from './read-bytes.js';
import { parseJson } from './read-json.js';
import { type Taken, takeDelivery } from './take-delivery.js';
import { hubSignatureHeader, requireHubSignature } from './webhook-signature.js';

export const webhookPath = '/v1/webhooks/github';

/** GitHub sends nothing longer. */
const largestBytes = 25 * 1024 * 1024;
/** The longest there is and, beside it, many of the usual size. */
const mostBytesHeld = 32 * 1024 * 1024;
const mostAtOnce = 200;
/** Shorter can be guessed offline from one signed message. */
const shortestSecret = 16;

export const eventPattern = /^[a-z][a-z0-9_]{0,63}$/;
export const deliveryPattern = /^[A-Za-z0-9-]{8,64}$/;

interface Answered {
  readonly delivery: string;
  readonly result: Taken | 'ignored';
  readonly reason?: string;
}

export function serveWebhooks(app: Express, deps: ApiDeps): void {
  app.post(
    webhookPath,
    requireForm,
    countDelivery(deps),
    readBytes({ largestBytes, mostBytesHeld, mostAtOnce }, deps.metrics),
    async (request, response) => {
      const bytes = request.body as Bytes;
      const secrets = await secretsOf(deps);
      await requireHubSignature(request.get(hubSignatureHeader) ?? '', bytes, secrets);
      const name = request.get('x-github-event') ?? '';
      const delivery = request.get('x-github-delivery') ?? '';
      const payload = parseJson(bytes);
      const event = readEvent({ name, delivery, receivedAtMs: deps.clock() }, payload);
      // A repetition, too: the first time may have been cut off.
      if (event.kind === 'deploymentReview') await approveFromHost(deps, event);
      const answer: Answered =
        event.kind === 'ignored'
          ? { delivery, result: 'ignored', reason: event.reason }
          : { delivery, result: await takeDelivery(deps, event) };
      response.locals.delivered = answer.result;
      response.set('Cache-Control', 'no-store').status(202).json(answer);
    },
  );
}

/** Whoever is refused before his body is read has delivered nothing. */
function countDelivery({ metrics }: ApiDeps): RequestHandler {
  return (_request, response, next) => {
    response.once('close', () => {
      const taken = response.locals.delivered as Answered['result'] | undefined;
      metrics?.delivered(taken ?? (response.statusCode < 500 ? 'refused' : 'failed'));
    });
    next();
  };
}

/** What can be refused without the body is refused before it is read. */
const requireForm: RequestHandler = (request, _response, next) => {
  if (!/^application\/json\s*(?:;|$)/i.test(request.get('content-type') ?? '')) {
    throw new Failure('UnsupportedMediaType', 'Only application/json is understood here', {
      where: 'Content-Type',
      seen: (request.get('content-type') ?? 'none').slice(0, 100),
      limit: 'application/json',
      next: 'set the webhook’s content type to application/json',
    });
  }
  requireHeader(request.get('x-github-event'), 'X-GitHub-Event', eventPattern);
  requireHeader(request.get('x-github-delivery'), 'X-GitHub-Delivery', deliveryPattern);
  if (request.get(hubSignatureHeader) === undefined) {
    throw new Failure('Unauthenticated', 'The webhook is not signed', {
      where: hubSignatureHeader,
      next: 'give the webhook a secret',
    });
  }
  next();
};

function requireHeader(value: string | undefined, name: string, pattern: RegExp): void {
  if (value === undefined) {
    const next = 'send what GitHub sends';
    throw new Failure('InvalidInput', `The header ${name} is missing`, { where: name, next });
  }
  if (pattern.test(value)) return;
  throw new Failure('InvalidInput', `The header ${name} is not valid`, {
    where: name,
    seen: `${value.length} characters`,
    limit: pattern.source,
  });
}

async function secretsOf({ webhookSecrets }: ApiDeps): Promise<readonly string[]> {
  const secrets = await webhookSecrets();
  if (secrets.length === 0) {
    throw new Failure('NotFound', 'No webhooks are taken here', {
      where: 'github.webhookSecrets',
      next: 'write github.webhookSecrets into sluice.yaml',
    });
  }
  const fit = secrets.filter((secret) => secret.length >= shortestSecret);
  if (fit.length > 0) return fit;
  throw new Failure('NotReady', `The webhook secret is shorter than ${shortestSecret} characters`, {
    where: 'github.webhookSecrets',
    next: 'make one: openssl rand -hex 32',
  });
}

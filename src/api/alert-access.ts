/** Lets signed bodies in where there is no token: whoever holds the secret may send alerts, and nothing else. */
import type { RequestHandler } from 'express';
import { Failure } from '../domain/failures.js';
import type { ApiDeps } from './deps.js';
import { type Bytes, readBytes } from './read-bytes.js';
import { parseJson } from './read-json.js';
import { requireSignature, signatureHeader } from './signature.js';
import type { Bearer } from './tokens.js';

const signer: Bearer = {
  tokenId: 'signed-alerts',
  owner: 'signed alerts',
  scopes: ['alert'],
  environments: null,
  services: null,
};

/** Shorter can be guessed offline from one signed message. */
const shortestSecret = 16;

/** A request with a token goes to `orToken`; a signature is checked over the bytes before they are read as JSON. */
export function admitSigned(deps: ApiDeps, orToken: RequestHandler): readonly RequestHandler[] {
  const { limits } = deps;
  const read = readBytes({ largestBytes: limits.bodyBytes, ...limits.bodies });
  const isSigned = (request: Parameters<RequestHandler>[0]) =>
    request.get('authorization') === undefined && request.get(signatureHeader) !== undefined;
  return [
    (request, response, next) =>
      isSigned(request) ? read(request, response, next) : orToken(request, response, next),
    async (request, response, next) => {
      if (!isSigned(request)) return next();
      const bytes = request.body as Bytes;
      const { signature } = await deps.alerts();
      if (signature === null) throw notHere();
      const secret = await secretOf(signature.readSecret);
      const { toleranceMs } = signature;
      const header = request.get(signatureHeader) ?? '';
      requireSignature(header, bytes, { secret, toleranceMs, nowMs: deps.clock() });
      response.locals.bearer = signer;
      request.body = parseJson(bytes);
      next();
    },
  ];
}

function notHere(): Failure {
  return new Failure('Unauthenticated', 'Signatures are not known here', {
    where: signatureHeader,
    next: 'send a token of scope alert, or write alerts.signature into sluice.yaml',
  });
}

async function secretOf(readSecret: () => Promise<string>): Promise<string> {
  const secret = await readSecret().catch((error: unknown) => {
    throw unready('The secret of signatures cannot be read', error);
  });
  if (secret.length >= shortestSecret) return secret;
  throw unready(`The secret of signatures is shorter than ${shortestSecret} characters`, null);
}

/** Ours to mend, and whoever alerts asks again until it is. */
function unready(message: string, cause: unknown): Failure {
  const next = 'write it where alerts.signature.secret of sluice.yaml says';
  return new Failure('NotReady', message, { where: 'alerts.signature.secret', next }, cause);
}

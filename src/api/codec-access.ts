/** Who may have payloads read or encrypted: tokens of ours by their scopes, users of the Temporal UI by their role there. */
import type { RequestHandler } from 'express';
import type { TokenScope } from '../domain/access/scope.js';
import { Failure } from '../domain/failures.js';
import type { UiVisitor } from '../ports/ui-identity.js';
import type { ApiDeps } from './deps.js';
import { type Bearer, bearerSecret, requireScope } from './tokens.js';

/** Whoever may see histories in clear, and whoever may write what goes into them. */
const codecScopes = { decode: 'decode', encode: 'operate' } as const;
const roles = { decode: ['read', 'write', 'admin'], encode: ['write', 'admin'] } as const;
export type CodecAct = keyof typeof codecScopes;

/** Puts the bearer where the limits look for it. */
export function admitToCodec(act: CodecAct, deps: ApiDeps): RequestHandler {
  return async (request, response, next) => {
    const secret = bearerSecret(request);
    if (secret === undefined) throw noToken();
    requireNamespace(request.get('x-namespace'), deps.client.options.namespace);
    const isOurs = secret.startsWith('slc_');
    const access = isOurs ? null : await deps.codec.access();
    response.locals.bearer =
      access === null
        ? await ownBearer(secret, act, deps)
        : visitingBearer(await deps.codec.identity.verify(secret, access), act, deps);
    next();
  };
}

async function ownBearer(secret: string, act: CodecAct, { tokens }: ApiDeps): Promise<Bearer> {
  const bearer = await tokens.identify(secret);
  requireScope(bearer, codecScopes[act]);
  if (bearer.services === null && bearer.environments === null) return bearer;
  throw new Failure('Forbidden', `The token of ${bearer.owner} is for some places alone`, {
    where: 'services, environments',
    next: 'use a token without them: of a payload nobody knows where it belongs',
  });
}

function visitingBearer(
  { subject, permissions }: UiVisitor,
  act: CodecAct,
  { client }: ApiDeps,
): Bearer {
  const { namespace } = client.options;
  const wanted = roles[act].flatMap((role) => [`${namespace}:${role}`, `system:${role}`]);
  if (!permissions.some((each) => wanted.includes(each.toLowerCase()))) {
    throw new Failure('Forbidden', `Your role in ${namespace} does not let you ${act} payloads`, {
      where: 'permissions',
      seen: permissions.join(', ').slice(0, 200) || 'none',
      limit: wanted.join(', '),
      next: 'ask whoever runs the single sign-on for a role: docs/production.md',
    });
  }
  const scopes: readonly TokenScope[] = [codecScopes[act]];
  return { tokenId: `ui:${subject}`, owner: subject, scopes, environments: null, services: null };
}

/** Keys are one installation's, and it lives in one namespace. */
function requireNamespace(asked: string | undefined, own: string): void {
  if (asked === undefined || asked === own) return;
  throw new Failure('NotFound', `Payloads of the namespace ${asked.slice(0, 100)} are not ours`, {
    ...{ where: 'X-Namespace', seen: asked.slice(0, 100), limit: own },
    next: 'set the codec endpoint for that namespace alone',
  });
}

function noToken(): Failure {
  return new Failure('Unauthenticated', 'The request carries no token', {
    where: 'Authorization',
    next: 'temporal workflow show --codec-auth "Bearer <token>"; in the UI: docs/production.md',
  });
}

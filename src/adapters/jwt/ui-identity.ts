/** Access tokens of the Temporal UI's users, checked with the keys that their issuer publishes. */
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import { Failure } from '../../domain/failures.js';
import type { UiIdentity, UiTrust } from '../../ports/ui-identity.js';

/** Never one that a public key would verify as a shared secret. */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const clockToleranceS = 30;

const claimsSchema = z.object({
  sub: z.string().min(1).max(400),
  permissions: z.array(z.string().max(400)).max(1000).default([]),
});

/** @param options.fetch how the keys are read */
export function createUiIdentity(options: {
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly fetch: typeof fetch;
}): UiIdentity {
  // It keeps the keys, and asks at most every 30 s for one it does not know.
  const sets = new Map<string, JWTVerifyGetKey>();

  function keysOf({ keysUrl }: UiTrust): JWTVerifyGetKey {
    const set =
      sets.get(keysUrl) ?? createRemoteJWKSet(new URL(keysUrl), { [customFetch]: options.fetch });
    sets.set(keysUrl, set);
    return set;
  }

  return {
    async verify(token, trust) {
      try {
        const { payload } = await jwtVerify(token, keysOf(trust), {
          ...{ issuer: trust.issuer, audience: trust.audience, algorithms },
          ...{ requiredClaims: ['exp'], clockTolerance: clockToleranceS },
          currentDate: new Date(options.clock()),
        });
        const { sub, permissions } = claimsSchema.parse(payload);
        return { subject: sub, permissions };
      } catch (error) {
        throw failureOf(error);
      }
    },
  };
}

function failureOf(error: unknown): Failure {
  if (error instanceof errors.JWTExpired) return refused('has expired', 'exp');
  if (error instanceof errors.JWTClaimValidationFailed)
    return refused(`does not hold: ${error.claim}`, error.claim);
  if (error instanceof z.ZodError) return refused('names nobody', 'sub');
  const isOutage =
    !(error instanceof errors.JOSEError) ||
    [errors.JWKSTimeout.code, errors.JWKSInvalid.code, errors.JOSEError.code].includes(error.code);
  if (!isOutage) return refused('is not signed by whom this installation trusts', 'signature');
  return new Failure(
    'Unavailable',
    'The keys of the issuer cannot be read',
    { where: 'access.temporalUi.keysUrl', next: 'ask again in a moment', retryAfterMs: 5000 },
    error,
  );
}

function refused(what: string, where: string): Failure {
  return new Failure('Unauthenticated', `The access token ${what}`, {
    where,
    next: 'sign in again; what a token must hold: docs/production.md',
  });
}

/** Access tokens of the Temporal UI's users, checked with the keys that their issuer publishes. */
import { z } from 'zod';
import { Failure } from '../../domain/failures.js';
import type { UiIdentity } from '../../ports/ui-identity.js';
import { createVerifier, type VerifierOptions } from './verifier.js';

/** Never one that a public key would verify as a shared secret. */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];

const claimsSchema = z.object({
  sub: z.string().min(1).max(400),
  permissions: z.array(z.string().max(400)).max(1000).default([]),
});

export function createUiIdentity(options: VerifierOptions): UiIdentity {
  const verify = createVerifier(options, {
    ...{ keysSetting: 'access.temporalUi.keysUrl', refused },
    misread: () => refused('names nobody', 'sub'),
  });
  return {
    verify: (token, { keysUrl, issuer, audience }) =>
      verify(
        token,
        { ...{ keysUrl, issuer, audience, algorithms }, requiredClaims: ['exp'] },
        (payload) => {
          const { sub, permissions } = claimsSchema.parse(payload);
          return { subject: sub, permissions };
        },
      ),
  };
}

function refused(what: string, where: string): Failure {
  return new Failure('Unauthenticated', `The access token ${what}`, {
    where,
    next: 'sign in again; what a token must hold: docs/production.md',
  });
}

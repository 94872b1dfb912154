/** Short tokens, signed with a key that is derived from the one that approvals are signed with. */
import { hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { tokenScopes } from '../../domain/access/scope.js';
import { Failure } from '../../domain/failures.js';
import type { ShortTokens } from '../../ports/short-tokens.js';

/** Scanners look for it, and the scrubber of the logs. */
const prefix = 'slc_ci_';
const purpose = 'sluice-short-token-1';
const keyBytes = 32;

const claimsSchema = z.strictObject({
  sub: z.string(),
  owner: z.string(),
  scopes: z.array(z.enum(tokenScopes)),
  services: z.array(z.string()),
  environments: z.array(z.string()).nullable(),
  iat: z.number(),
  exp: z.number(),
  aud: z.literal(purpose),
});

export type ShortTokenOptions = {
  /** Epoch milliseconds. */
  readonly clock: () => number;
} & ({ readonly key: Uint8Array } | { readonly keyFile: string });

export function createShortTokens(options: ShortTokenOptions): ShortTokens {
  const { clock } = options;
  const root = 'key' in options ? options.key : readFileSync(options.keyFile);
  const key = new Uint8Array(hkdfSync('sha256', root, '', purpose, keyBytes));
  return {
    async issue({ tokenId, owner, scopes, services, environments, expiresAtMs }) {
      const token = new SignJWT({
        owner,
        scopes: [...scopes],
        services: [...services],
        environments,
      })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(tokenId)
        .setAudience(purpose)
        .setIssuedAt(Math.floor(clock() / 1000))
        .setExpirationTime(Math.floor(expiresAtMs / 1000));
      return `${prefix}${await token.sign(key)}`;
    },

    async read(secret) {
      if (!secret.startsWith(prefix)) return null;
      try {
        const { payload } = await jwtVerify(secret.slice(prefix.length), key, {
          audience: purpose,
          algorithms: ['HS256'],
          requiredClaims: ['exp', 'iat', 'sub'],
          currentDate: new Date(clock()),
        });
        const { sub, exp, ...claims } = claimsSchema.parse(payload);
        const { owner, scopes, services, environments } = claims;
        return { tokenId: sub, owner, scopes, services, environments, expiresAtMs: exp * 1000 };
      } catch (error) {
        const isOver = error instanceof errors.JWTExpired;
        throw new Failure(
          'Unauthenticated',
          isOver ? 'The token of the job has expired' : 'The token is not known here',
          { next: 'ask for a new one with a token of GitHub Actions: docs/ci.md' },
          error,
        );
      }
    },
  };
}

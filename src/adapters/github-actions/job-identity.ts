/** Tokens of GitHub Actions, checked with the keys that GitHub publishes. */
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import type { JobClaims } from '../../domain/access/job.js';
import { Failure } from '../../domain/failures.js';
import type { JobIdentity, JobTrust } from '../../ports/job-identity.js';

const keysPath = '/.well-known/jwks';
/** Clocks differ; GitHub's tokens begin at the second they are made. */
const clockToleranceS = 30;
/** GitHub's live for minutes; a token older than this was kept by somebody. */
const oldestS = 900;

const idText = z.string().regex(/^\d{1,20}$/);
const nameText = z.string().min(1).max(400);

/** Extra claims are passed over: GitHub adds some from time to time. */
const claimsSchema = z.object({
  // A list would make it good for others as well.
  aud: z.string(),
  exp: z.number(),
  jti: nameText,
  repository: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/)
    .max(200),
  repository_id: idText,
  repository_owner_id: idText,
  ref: z.string().startsWith('refs/').max(400),
  event_name: z.string().regex(/^[a-z_]{1,64}$/),
  environment: nameText.optional(),
  job_workflow_ref: nameText.optional(),
  actor: z.string().regex(/^[A-Za-z0-9][\w.[\]-]{0,99}$/),
  run_id: idText,
});

export interface JobIdentityOptions {
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** How the keys are read. */
  readonly fetch: typeof fetch;
}

export function createJobIdentity({ clock, fetch: ask }: JobIdentityOptions): JobIdentity {
  // One set for each issuer ever named: it keeps the keys, and asks at most every 30 s for one it does not know.
  const sets = new Map<string, JWTVerifyGetKey>();

  function keysOf({ issuer }: JobTrust): JWTVerifyGetKey {
    const known = sets.get(issuer);
    if (known !== undefined) return known;
    const url = new URL(`${issuer.replace(/\/$/, '')}${keysPath}`);
    const set = createRemoteJWKSet(url, { [customFetch]: ask });
    sets.set(issuer, set);
    return set;
  }

  return {
    async verify(token, trust) {
      try {
        const { payload } = await jwtVerify(token, keysOf(trust), {
          issuer: trust.issuer,
          audience: trust.audience,
          algorithms: ['RS256'],
          requiredClaims: ['exp', 'iat', 'nbf', 'jti'],
          clockTolerance: clockToleranceS,
          maxTokenAge: oldestS,
          currentDate: new Date(clock()),
        });
        return claimsOf(claimsSchema.parse(payload));
      } catch (error) {
        throw failureOf(error);
      }
    },
  };
}

function claimsOf(claims: z.output<typeof claimsSchema>): JobClaims {
  return {
    repositoryId: claims.repository_id,
    repository: claims.repository,
    ownerId: claims.repository_owner_id,
    ref: claims.ref,
    event: claims.event_name,
    environment: claims.environment ?? null,
    workflow: claims.job_workflow_ref ?? null,
    actor: claims.actor,
    runId: claims.run_id,
    tokenId: claims.jti,
    expiresAtMs: claims.exp * 1000,
  };
}

/** What is wrong with the token is said; what cannot be known because nobody answers is not held against it. */
function failureOf(error: unknown): Failure {
  if (error instanceof errors.JWTExpired) return refused('has expired', 'exp');
  if (error instanceof errors.JWTClaimValidationFailed) {
    return refused(`does not hold: ${error.claim}`, error.claim);
  }
  if (error instanceof z.ZodError) {
    const claim = error.issues[0]?.path.map(String).join('.') ?? 'claims';
    return refused(`is not as GitHub writes it: ${claim}`, claim);
  }
  const isOutage =
    !(error instanceof errors.JOSEError) ||
    [errors.JWKSTimeout.code, errors.JWKSInvalid.code, errors.JOSEError.code].includes(error.code);
  if (!isOutage) return refused('is not signed by whom this installation trusts', 'signature');
  return new Failure(
    'Unavailable',
    'The keys of the issuer cannot be read',
    { where: 'access.githubActions.issuer', next: 'ask again in a moment', retryAfterMs: 5000 },
    error,
  );
}

function refused(what: string, where: string): Failure {
  return new Failure('Unauthenticated', `The token of the job ${what}`, {
    where,
    next: 'ask GitHub for a token with the audience of access.githubActions: docs/ci.md',
  });
}

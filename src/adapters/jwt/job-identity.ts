/** Tokens of GitHub Actions, checked with the keys that GitHub publishes. */
import { z } from 'zod';
import type { JobClaims } from '../../domain/access/job.js';
import { Failure } from '../../domain/failures.js';
import type { JobIdentity } from '../../ports/job-identity.js';
import { createVerifier, type VerifierOptions } from './verifier.js';

const keysPath = '/.well-known/jwks';
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

export function createJobIdentity(options: VerifierOptions): JobIdentity {
  const verify = createVerifier(options, {
    ...{ keysSetting: 'access.githubActions.issuer', refused },
    misread(error) {
      const claim = error.issues[0]?.path.map(String).join('.') ?? 'claims';
      return refused(`is not as GitHub writes it: ${claim}`, claim);
    },
  });
  return {
    verify: (token, { issuer, audience }) =>
      verify(
        token,
        {
          ...{ issuer, audience, keysUrl: `${issuer.replace(/\/$/, '')}${keysPath}` },
          algorithms: ['RS256'],
          requiredClaims: ['exp', 'iat', 'nbf', 'jti'],
          maxTokenAge: oldestS,
        },
        (payload) => claimsOf(claimsSchema.parse(payload)),
      ),
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

function refused(what: string, where: string): Failure {
  return new Failure('Unauthenticated', `The token of the job ${what}`, {
    where,
    next: 'ask GitHub for a token with the audience of access.githubActions: docs/ci.md',
  });
}

/** Jobs of GitHub Actions over HTTP: their own token for a short one of ours, without a secret that is stored anywhere. */
import type { Express, Request } from 'express';
import type { ZodOpenApiOperationObject } from 'zod-openapi';
import { admitJob, ownerOfJob } from '../domain/access/admit-job.js';
import type { JobClaims } from '../domain/access/job.js';
import { Failure, type FailureCode } from '../domain/failures.js';
import type { ApiDeps } from './deps.js';
import type { JobAccess } from './job-access.js';
import { type JobToken, jobTokenSchema } from './schemas/job-token.js';
import { bearerSecret } from './tokens.js';

export const jobTokensPath = '/v1/tokens/github-actions';

const mostAtOnce = 50;

export const jobTokenFailures: readonly FailureCode[] = [
  ...(['Unauthenticated', 'Forbidden', 'NotFound'] as const),
  ...(['NotReady', 'Unavailable'] as const),
];

export const jobTokenDescription: Omit<ZodOpenApiOperationObject, 'responses'> & {
  readonly success: ZodOpenApiOperationObject['responses'];
} = {
  operationId: 'postJobToken',
  tags: ['tokens'],
  summary: 'Exchange the token of a job of GitHub Actions for a short one of ours',
  description:
    'The token of the job is good once, for what the rules of `access.githubActions` say of its repository, ' +
    'ref, event, environment and workflow.',
  security: [{ githubActions: [] }],
  success: {
    '201': {
      description: 'The token.',
      content: { 'application/json': { schema: jobTokenSchema } },
    },
  },
};

export function serveJobTokens(app: Express, deps: ApiDeps): void {
  const used = rememberUsed(deps.clock);
  let underWay = 0;
  app.post(jobTokensPath, async (request, response) => {
    if (underWay >= mostAtOnce) throw tooMany();
    underWay += 1;
    try {
      const token = tokenOf(request);
      const access = await deps.jobs.access();
      if (access === null) throw notHere();
      const claims = await deps.jobs.identity.verify(token, access);
      used.claim(claims);
      const answer = await issue(claims, access, deps);
      deps.logger.info(
        { owner: answer.owner, repositoryId: claims.repositoryId, runId: claims.runId },
        'a job got a token',
      );
      response.set('Cache-Control', 'no-store').status(201).json(answer);
    } finally {
      underWay -= 1;
    }
  });
}

async function issue(claims: JobClaims, access: JobAccess, deps: ApiDeps): Promise<JobToken> {
  const admission = admitJob(claims, access.rules);
  if (admission.kind === 'refused') {
    const { claim, seen, limit } = admission;
    throw new Failure('Forbidden', `No rule lets this job of ${claims.repository} in`, {
      ...{ where: claim, seen, limit },
      next: 'write what it may do into access.githubActions.jobs of sluice.yaml: docs/ci.md',
    });
  }
  const { services, environments = null, scopes, validForMs } = admission.rule;
  const grant = {
    // The repository's, not the run's: the same Idempotency-Key is the same request in a run that is repeated.
    tokenId: `gha-${claims.repositoryId}`,
    owner: ownerOfJob(claims),
    ...{ scopes, services, environments },
    expiresAtMs: deps.clock() + validForMs,
  };
  const { expiresAtMs, tokenId: _, ...shown } = grant;
  return {
    token: await deps.jobs.tokens.issue(grant),
    ...shown,
    scopes: [...scopes],
    services: [...services],
    environments: environments && [...environments],
    expiresAt: new Date(expiresAtMs).toISOString(),
  };
}

/** A token that was read by somebody on its way is worth nothing once the job has used it at this replica. */
function rememberUsed(clock: () => number): { claim: (claims: JobClaims) => void } {
  const used = new Map<string, number>();
  return {
    claim({ tokenId, expiresAtMs }) {
      for (const [id, untilMs] of used) if (untilMs < clock()) used.delete(id);
      if (used.has(tokenId)) {
        throw new Failure('Unauthenticated', 'The token of the job was used already', {
          where: 'jti',
          next: 'ask GitHub for a new one: each is good once',
        });
      }
      // As long as clocks may differ.
      used.set(tokenId, expiresAtMs + 60_000);
    },
  };
}

function tokenOf(request: Request): string {
  const token = bearerSecret(request);
  if (token !== undefined) return token;
  throw new Failure('Unauthenticated', 'The request carries no token', {
    where: 'Authorization',
    next: 'send the token of the job, as docs/ci.md shows',
  });
}

function notHere(): Failure {
  return new Failure('NotFound', 'Jobs of GitHub Actions get no tokens here', {
    where: 'access.githubActions',
    next: 'write access.githubActions into sluice.yaml: docs/ci.md',
  });
}

function tooMany(): Failure {
  return new Failure('Unavailable', 'Too many jobs ask for tokens', {
    ...{ seen: `${mostAtOnce} at once`, limit: `${mostAtOnce} at once`, retryAfterMs: 1000 },
    next: 'ask again in a moment',
  });
}

/** Which version of a Worker Deployment this process is, in the variables that Temporal's worker controller sets. */
import { z } from 'zod';
import { Failure } from '../domain/failures.js';

/** What Temporal takes as part of a version's name; a dot or a colon would end it. */
const namePart = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/);
const variables = z.object({
  TEMPORAL_DEPLOYMENT_NAME: namePart.optional(),
  TEMPORAL_WORKER_BUILD_ID: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/)
    .optional(),
});

export interface VersionWish {
  readonly deploymentName: string;
  /** Null: made of the code. */
  readonly buildId: string | null;
}

/**
 * Null: this process takes part in no deployment, as in the embedded stack.
 * @throws InvalidInput naming the variable
 */
export function readVersionWish(
  env: Readonly<Record<string, string | undefined>>,
): VersionWish | null {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = variables.safeParse(set);
  if (!parsed.success) {
    const where = String(parsed.error.issues[0]?.path[0]);
    throw new Failure('InvalidInput', `${where} is no name that Temporal takes`, {
      where,
      ...(set[where] !== undefined && { seen: set[where] }),
      limit: 'letters, digits, _ and -, at most 100; in a build also . and +',
      next: `correct ${where}`,
    });
  }
  const { TEMPORAL_DEPLOYMENT_NAME: deploymentName, TEMPORAL_WORKER_BUILD_ID: buildId } =
    parsed.data;
  if (deploymentName !== undefined) return { deploymentName, buildId: buildId ?? null };
  if (buildId === undefined) return null;
  throw new Failure('InvalidInput', 'a build without a deployment that it belongs to', {
    where: 'TEMPORAL_DEPLOYMENT_NAME',
    next: 'set TEMPORAL_DEPLOYMENT_NAME too, or neither of the two',
  });
}

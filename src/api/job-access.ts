/** Which jobs get tokens, out of `sluice.yaml`: an edit counts from the next job on. */
import type { Project } from '../config/project.js';
import type { JobRule } from '../domain/access/job.js';
import { Failure } from '../domain/failures.js';
import type { JobTrust } from '../ports/job-identity.js';
import { keepReading } from '../config/kept-reading.js';

export interface JobAccess extends JobTrust {
  readonly rules: readonly JobRule[];
}

/** Null where jobs get none. What was read last stays in force while the file is faulty. */
export function createJobAccess(options: {
  readonly readProject: () => Promise<Pick<Project, 'access'>>;
  readonly clock: () => number;
}): () => Promise<JobAccess | null> {
  const { readProject, clock } = options;
  const read = async (): Promise<JobAccess | null> => {
    const { githubActions } = (await readProject()).access;
    if (githubActions === undefined) return null;
    const { issuer, audience, jobs } = githubActions;
    const rules = jobs.map(({ validFor, ...rule }) => ({ ...rule, validForMs: validFor }));
    return { issuer, audience, rules };
  };
  return keepReading({ read, unreadable: unreadableAccess, clock });
}

export function unreadableAccess(cause: unknown): Failure {
  return new Failure(
    'NotReady',
    'The configuration of access cannot be read',
    { where: 'access', next: 'mend the file, then run: sluice validate' },
    cause,
  );
}

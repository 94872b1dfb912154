/** Looks before a revision is deployed for the first time whether its platform could run it. */
import { Failure } from '../domain/failures.js';
import type { TargetKey } from '../domain/names.js';
import { describeProblem } from '../domain/rollout/preview.js';
import { type Revision, revisionName } from '../domain/rollout/revision.js';
import type { WorkloadSpec } from '../domain/rollout/workload.js';
import type { Platform } from '../ports/platform.js';

export interface Candidate {
  readonly target: TargetKey;
  readonly candidate: Revision;
  readonly workload: WorkloadSpec;
}

/** @throws PreflightFailed naming every problem; Unavailable */
export async function requireFit(
  { preview, workload: workloads }: Platform,
  { target, candidate, workload }: Candidate,
  instances: number,
): Promise<void> {
  if (preview === undefined) return;
  const there = await workloads.readRevisions(target);
  if (there.some(({ name }) => name === revisionName(candidate))) return;
  const { problems } = await preview.previewRevision({
    ...{ target, workload, revision: candidate },
    // What later steps need is asked for now, or a rollout would stop half-way for it.
    instances: Math.max(instances, workload.instances),
  });
  const [first] = problems;
  if (first === undefined) return;
  const told = problems.map(describeProblem).join('; ');
  throw new Failure('PreflightFailed', `nothing was deployed: ${told}`, {
    where: first.where,
    next: first.next,
    faults: problems.map(({ where, message }) => ({ where, message })),
  });
}

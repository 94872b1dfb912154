/** What the record says is under way and nobody knows of: lost with Temporal's database. */
import type { Unfinished } from '../domain/ledger/unfinished.js';
import {
  parseReleaseWorkflowId,
  parseRolloutWorkflowId,
  parseTargetWorkflowId,
} from '../domain/names.js';
import { type ApiClient, ApiProblem } from './client.js';

/** Asks for each; in the order in which they are given. */
export async function findLost(
  client: ApiClient,
  unfinished: readonly Unfinished[],
): Promise<readonly Unfinished[]> {
  const lost: Unfinished[] = [];
  for (const one of unfinished) if (!(await isKnown(client, one))) lost.push(one);
  return lost;
}

async function isKnown(client: ApiClient, { kind, subject }: Unfinished): Promise<boolean> {
  try {
    switch (kind) {
      case 'release':
        await client.getRelease(parseReleaseWorkflowId(subject));
        return true;
      case 'rollout':
        await client.getRollout(parseRolloutWorkflowId(subject));
        return true;
      case 'lock':
        return (await client.getTarget(parseTargetWorkflowId(subject))).view.lock !== null;
    }
  } catch (error) {
    if (error instanceof ApiProblem && error.problem.code === 'NotFound') return false;
    throw error;
  }
}

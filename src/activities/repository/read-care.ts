/** What a repository's own workflow has noted for all to read. */
import type { CareMemo } from '../../domain/repository/care.js';
import {
  type RepositoryKey,
  repositoryPath,
  repositoryWorkflowId,
} from '../../domain/repository/names.js';
import type { ActivityPorts } from '../ports.js';

const nothing: CareMemo = { off: {}, failing: [] };
const latelyMs = 30_000;
const mostKept = 1_000;

interface Kept {
  readonly atMs: number;
  readonly memo: CareMemo;
}
const keptBy = new WeakMap<ActivityPorts, Map<string, Kept>>();

/** @param when `lately`: what was read within half a minute does as well */
export async function readCare(
  ports: ActivityPorts,
  repository: RepositoryKey,
  when: 'now' | 'lately',
): Promise<CareMemo> {
  if (ports.flows === undefined) return nothing;
  const kept = keptBy.get(ports) ?? new Map<string, Kept>();
  keptBy.set(ports, kept);
  const key = repositoryPath(repository).toLowerCase();
  const known = kept.get(key);
  if (when === 'lately' && known && ports.now() - known.atMs < latelyMs) return known.memo;
  const found = await ports.flows.readMemo(repositoryWorkflowId('repository', repository));
  const memo = { ...nothing, ...(found as Partial<CareMemo> | null) };
  kept.delete(key);
  kept.set(key, { atMs: ports.now(), memo });
  const [oldest] = kept.keys();
  if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
  return memo;
}

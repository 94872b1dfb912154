/** The base of the sync as it lies in its ref: its records, and the trail of its log. */
import type { TrailStep } from '../../../src/domain/issue-sync/audit.js';
import { parseRecord, recordNumber } from '../../../src/domain/issue-sync/record.js';
import type { BaseRecord } from '../../../src/domain/issue-sync/shapes.js';
import { commitAt } from './tree.js';
import type { World } from './world.js';

const ref = 'refs/sync/issues';

export function recordsOf({ repository }: World): ReadonlyMap<number, BaseRecord> {
  const records = new Map<number, BaseRecord>();
  for (const [path, text] of commitAt(repository, ref)?.files ?? []) {
    const number = recordNumber(path);
    if (number !== null) records.set(number, parseRecord(path, text));
  }
  return records;
}

/** Oldest first. */
export function trailOf({ repository }: World): readonly TrailStep[] {
  const steps: TrailStep[] = [];
  let at = commitAt(repository, ref);
  while (at !== null) {
    const before = repository.commits.get(at.parent ?? '') ?? null;
    const paths = new Set([...at.files.keys(), ...(before?.files.keys() ?? [])]);
    const writes = [...paths].flatMap((path) => {
      const text = at?.files.get(path) ?? null;
      return recordNumber(path) === null || text === (before?.files.get(path) ?? null)
        ? []
        : [{ path, text }];
    });
    steps.unshift({ sha: at.sha, message: at.message, writes });
    at = before;
  }
  return steps;
}

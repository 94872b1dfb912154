/** What stood on a branch of the sync is kept before it is overwritten or deleted. */
import { Failure } from '../../domain/failures.js';
import { repositoryPath } from '../../domain/repository/names.js';
import { type ActivityPorts, codeHostOf } from '../ports.js';
import { recordAct } from '../record.js';
import type { StepInput } from './sync-step.js';

interface Overwritten {
  /** Short name. */
  readonly branch: string;
  readonly tip: string;
  /** With the backup the branch goes, in the same call. */
  readonly isDeleted: boolean;
  /** The same for every attempt. */
  readonly nowMs: number;
}

/** Older ones go: most of what is overwritten was written by us. */
const mostBackups = 20;

/**
 * @returns full name of the backup
 * @throws Conflict when the branch is elsewhere by now, PolicyDenied, Forbidden: nothing was done
 */
export async function backUp(
  ports: ActivityPorts,
  call: Pick<StepInput, 'repository' | 'subject' | 'reason'>,
  { branch, tip, isDeleted, nowMs }: Overwritten,
): Promise<string> {
  const { repository } = call;
  const { refs } = codeHostOf(ports);
  const name = `${new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${tip.slice(0, 12)}`;
  for (const place of ['refs/backup/', 'refs/heads/backup/']) {
    const prefix = `${place}${branch}/`;
    const backup = `${prefix}${name}`;
    try {
      const earlier = await refs.listRefs(repository, prefix);
      const others = earlier.filter(({ ref }) => ref !== backup);
      const old = others
        .toSorted((a, b) => (a.ref < b.ref ? -1 : 1))
        .slice(0, Math.max(0, others.length + 1 - mostBackups));
      await refs.updateRefs(repository, [
        { ref: backup, before: null, after: tip, force: false },
        ...(isDeleted
          ? [{ ref: `refs/heads/${branch}`, before: tip, after: null, force: true }]
          : []),
        ...old.map(({ ref, sha }) => ({ ref, before: sha, after: null, force: true })),
      ]);
    } catch (error) {
      // A host without refs of our own keeps it as a branch.
      const isOther = error instanceof Failure && error.code === 'InvalidInput';
      if (isOther && place === 'refs/backup/') continue;
      throw error;
    }
    const data = {
      ...{ repository: repositoryPath(repository), cause: call.reason, branch },
      ...{ before: { sha: tip }, after: { backup } },
    };
    const kind = isDeleted ? 'syncBranchDeleted' : 'syncBranchBackedUp';
    await recordAct(ports, call, kind, data, branch);
    return backup;
  }
  throw new Failure('InvalidInput', 'the host takes no backup in either form');
}

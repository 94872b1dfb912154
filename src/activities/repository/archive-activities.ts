/** Archived branches: found, brought back, and after their time deleted for good. */
import { activityInfo } from '@temporalio/activity';
import {
  type ArchivedBranch,
  archiveFolder,
  archivesOf,
  parseArchiveRef,
} from '../../domain/branch/archive-name.js';
import { Failure } from '../../domain/failures.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import { type ActivityPorts, codeHostOf } from '../ports.js';
import { recordAct } from '../record.js';

export interface FoundArchive {
  readonly ref: string;
  readonly sha: string;
  readonly archivedAtMs: number;
}

export function createArchiveActivities(ports: ActivityPorts) {
  return {
    /** The newest of a branch, or the one with that tip. @throws NotFound */
    async findArchive(input: {
      readonly repository: RepositoryKey;
      readonly branch: string;
      /** Beginning of the tip; null: the newest. */
      readonly sha: string | null;
    }): Promise<FoundArchive> {
      const refs = new Map<string, string>();
      for (const form of ['ref', 'branch'] as const) {
        const prefix = `${archiveFolder(form)}${input.branch}@`;
        const found = await codeHostOf(ports).refs.listRefs(input.repository, prefix);
        for (const { ref, sha } of found) refs.set(ref, sha);
      }
      const [archive] = archivesOf(input.branch, [...refs.keys()])
        .map((archived) => ({ ...archived, sha: refs.get(archived.ref) ?? '' }))
        .filter(({ sha }) => sha.startsWith(input.sha ?? ''));
      if (archive) {
        const { ref, sha, archivedAtMs } = archive;
        return { ref, sha, archivedAtMs };
      }
      throw new Failure('NotFound', 'there is no such archived branch', {
        where: `${repositoryPath(input.repository)} ${input.branch}`,
        next: `sluice branch list ${repositoryPath(input.repository)} --archived`,
      });
    },

    /** Branch back and archive away in one call. @throws Conflict when there is another branch of the name */
    async restoreArchive(input: {
      readonly repository: RepositoryKey;
      readonly branch: string;
      readonly archive: FoundArchive;
      readonly subject: string;
      readonly actor: string;
      readonly reason: string;
    }): Promise<void> {
      const { repository, branch, archive, subject, actor, reason } = input;
      const { ref, sha } = archive;
      const { refs } = codeHostOf(ports);
      const head = `refs/heads/${branch}`;
      // Branch and archive change together: without the archive an earlier attempt has done it, and somebody may have
      // pushed to the branch since.
      const isDone =
        activityInfo().attempt > 1 &&
        (await refs.readRef(repository, ref)) === null &&
        (await refs.readRef(repository, head)) !== null;
      if (!isDone) {
        await refs.updateRefs(repository, [
          { ref: head, before: null, after: sha, force: false },
          { ref, before: sha, after: null, force: true },
        ]);
      }
      await recordAct(ports, { subject, reason }, 'branchRestored', {
        repository: repositoryPath(repository),
        cause: `${actor}: ${reason}`,
        before: { ref, sha },
        after: { ref: head, sha },
      });
    },

    /** All of ours, oldest first. */
    async listArchives(input: {
      readonly repository: RepositoryKey;
    }): Promise<readonly (ArchivedBranch & { readonly sha: string })[]> {
      const archives: ArchivedBranch[] = [];
      for (const form of ['ref', 'branch'] as const) {
        const found = await codeHostOf(ports).refs.listRefs(input.repository, archiveFolder(form));
        for (const { ref, sha } of found) {
          const parsed = parseArchiveRef(ref);
          if (parsed !== null) archives.push({ ...parsed, sha });
        }
      }
      return archives.sort((a, b) => a.archivedAtMs - b.archivedAtMs);
    },

    /** Deletes what was archived before that, for good, each only where it still is what was listed. */
    async deleteOldArchives(input: {
      readonly repository: RepositoryKey;
      readonly beforeMs: number;
      readonly subject: string;
      readonly reason: string;
      readonly atMost: number;
    }): Promise<number> {
      const { repository, beforeMs, subject, reason, atMost } = input;
      const { refs } = codeHostOf(ports);
      const old: { ref: string; sha: string }[] = [];
      for (const form of ['ref', 'branch'] as const) {
        for (const { ref, sha } of await refs.listRefs(repository, archiveFolder(form))) {
          const parsed = parseArchiveRef(ref);
          // A tip that is not the one in the name was moved there by somebody, and stays.
          if (parsed === null || !sha.startsWith(parsed.sha)) continue;
          if (parsed.archivedAtMs < beforeMs) old.push({ ref, sha });
        }
      }
      const chosen = old.slice(0, atMost);
      if (chosen.length === 0) return 0;
      const updates = chosen.map(({ ref, sha }) => ({
        ref,
        before: sha,
        after: null,
        force: true,
      }));
      const change = {
        ...{ repository: repositoryPath(repository), cause: reason },
        ...{ before: chosen, after: null },
      };
      // Afterwards nothing tells any more what there was.
      await recordAct(ports, { subject, reason }, 'archivesMeantForDeletion', change);
      await refs.updateRefs(repository, updates);
      await recordAct(ports, { subject, reason }, 'archivesDeleted', change);
      return chosen.length;
    },
  };
}

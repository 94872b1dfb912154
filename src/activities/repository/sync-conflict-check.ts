/** What people do with the pull request of a conflict: push an answer to it, which is checked, or close it, which is none. */
import { conflictBranch } from '../../domain/issue-sync/hear.js';
import { type RepositoryKey, repositoryPath } from '../../domain/repository/names.js';
import { type ActivityPorts, codeHostOf } from '../ports.js';
import { recordAct } from '../record.js';
import { checkMarkers, ownComment } from './sync-conflict.js';
import { conflictMarker } from './sync-host.js';

export interface CheckConflictsInput {
  readonly repository: RepositoryKey;
  /** Workflow id and cause, for the record. */
  readonly subject: string;
  readonly reason: string;
  readonly conflicts: readonly AskedConflict[];
}

interface AskedConflict {
  readonly number: number;
  readonly path: string;
  readonly pull: number;
  /** The tip that was checked last. */
  readonly checkedSha: string | null;
  /** Whether the comment says already that it was closed. */
  readonly isClosed: boolean;
}

export interface CheckedConflict {
  readonly number: number;
  /** Tip of its branch, for the next time; null: there is none any more. */
  readonly sha: string | null;
  /** Its pull request was closed and not merged: the question stays open. */
  readonly isClosed?: boolean;
}

export function checkSyncConflictsWith(ports: ActivityPorts) {
  return async (input: CheckConflictsInput): Promise<readonly CheckedConflict[]> => {
    const checked: CheckedConflict[] = [];
    for (const asked of input.conflicts) {
      const sha = await checkTip(ports, input.repository, asked);
      checked.push({ number: asked.number, sha, isClosed: await checkPull(ports, input, asked) });
    }
    return checked;
  };
}

async function checkTip(
  ports: ActivityPorts,
  repository: RepositoryKey,
  { number, path, checkedSha }: AskedConflict,
): Promise<string | null> {
  const host = codeHostOf(ports);
  const sha = await host.refs.readRef(repository, `refs/heads/${conflictBranch(number)}`);
  if (sha === null || sha === checkedSha) return sha;
  const text = await host.contents.readFile(repository, path, sha);
  // Where it lies elsewhere by now, nobody can say.
  if (text !== null) await checkMarkers(host, repository, number, sha, text);
  return sha;
}

/** Closing is no answer: the comment asks again, and as before once it is open again. */
async function checkPull(
  ports: ActivityPorts,
  call: CheckConflictsInput,
  { number, pull, isClosed: wasClosed }: AskedConflict,
): Promise<boolean> {
  const { repository } = call;
  const { pulls, items } = codeHostOf(ports);
  const now = await pulls.readPull(repository, pull);
  const isClosed = now?.state === 'closed' && !now.isMerged;
  if (isClosed === wasClosed || now?.isMerged === true) return isClosed;
  const known = await ownComment(codeHostOf(ports), repository, number);
  const marker = conflictMarker(number);
  const note = closedNote(pull);
  const before = known?.body ?? null;
  const asking = before?.startsWith(note) ? before.slice(note.length).trimStart() : before;
  const after = isClosed ? [note, ...(asking === null ? [] : [asking])].join('\n\n') : asking;
  if (after === null || after === before) return isClosed;
  if (known === undefined) {
    await items.createComment(repository, number, after, { marker, retriedSinceMs: null });
  } else {
    await items.editComment(repository, known.id, after);
  }
  await recordAct(ports, call, isClosed ? 'conflictAskedAgain' : 'conflictReopened', {
    ...{ repository: repositoryPath(repository), cause: call.reason, number, pull },
    ...{ before, after },
  });
  return isClosed;
}

function closedNote(pull: number): string {
  return `**#${pull} was closed without being merged, so the question stays open.** Open it again, make both sides the same, or answer with \`sluice sync resolve\`.`;
}

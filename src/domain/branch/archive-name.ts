/** Where an archived branch lies: its name, the instant and its tip stand in the ref, so that none hides another. */

const archiveRefPrefix = 'refs/archive/';
/** Branches under it are archives, where a host takes no refs of other kinds. */
export const archiveBranchPrefix = 'archive/';

export type ArchiveForm = 'ref' | 'branch';

export interface ArchivedBranch {
  /** Full name of the ref. */
  readonly ref: string;
  readonly form: ArchiveForm;
  readonly branch: string;
  /** Whole seconds. */
  readonly archivedAtMs: number;
  /** First twelve digits of the tip. */
  readonly sha: string;
}

/**
 * The plain name would stand in the way of another: git has no `a/b` beside `a`.
 * @example archiveRef('ref', 'fix/a', '0123456789abcdef…', 0) === 'refs/archive/fix/a@19700101T000000Z-0123456789ab'
 */
export function archiveRef(form: ArchiveForm, branch: string, sha: string, atMs: number): string {
  const at = new Date(atMs).toISOString().replace(/\.\d+/, '').replace(/[-:]/g, '');
  return `${archiveFolder(form)}${branch}@${at}-${sha.slice(0, 12)}`;
}

/** All archives of a form lie under it. */
export function archiveFolder(form: ArchiveForm): string {
  return form === 'ref' ? archiveRefPrefix : `refs/heads/${archiveBranchPrefix}`;
}

const tail = /^(.+)@(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-([0-9a-f]{12})$/;

/** Inverse of {@link archiveRef}; null for refs that are not of this form, which are somebody else's. */
export function parseArchiveRef(ref: string): ArchivedBranch | null {
  const form: ArchiveForm = ref.startsWith(archiveRefPrefix) ? 'ref' : 'branch';
  if (!ref.startsWith(archiveFolder(form))) return null;
  const match = tail.exec(ref.slice(archiveFolder(form).length));
  if (match === null) return null;
  const [, branch = '', year, month, day, hour, minute, second, sha = ''] = match;
  const archivedAtMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(archivedAtMs) ? null : { ref, form, branch, archivedAtMs, sha };
}

/** Of one branch, newest first. */
export function archivesOf(branch: string, refs: readonly string[]): readonly ArchivedBranch[] {
  return refs
    .flatMap((ref) => parseArchiveRef(ref) ?? [])
    .filter((archived) => archived.branch === branch)
    .sort((a, b) => b.archivedAtMs - a.archivedAtMs);
}

/** Files without a link and issues without a file that are one and the same: made by an attempt before, or there before the sync. */
import { nameKey } from './canon.js';
import { numberInName } from '../issue/archive-path.js';
import type { HostIssue, IssueFields, IssueFile } from './shapes.js';

export interface UnlinkedFile {
  readonly file: Pick<IssueFile, 'path' | 'fields'>;
  /** Whole line, of the intent to make an issue of it. */
  readonly marker: string;
}

/**
 * Numbers by path. By the marker of the intent, else by all that people wrote; on the first pass, where nothing was made by us, by
 * the title alone if no other has it, or by the title and the number in the file's name.
 */
export function pairUnlinked(
  files: readonly UnlinkedFile[],
  issues: readonly HostIssue[],
  isFirst: boolean,
): ReadonlyMap<string, number> {
  const pairs = new Map<string, number>();
  const free = new Map(issues.map((issue) => [issue.number, issue]));
  const take = (
    fits: (file: UnlinkedFile, issue: HostIssue) => boolean,
    isUnique: boolean,
  ): void => {
    for (const file of files) {
      if (pairs.has(file.file.path)) continue;
      const found = [...free.values()].filter((issue) => fits(file, issue));
      const others = files.filter(
        (other) =>
          other !== file && !pairs.has(other.file.path) && found[0] && fits(other, found[0]),
      );
      const [issue] = found;
      if (issue === undefined || (isUnique && (found.length > 1 || others.length > 0))) continue;
      pairs.set(file.file.path, issue.number);
      free.delete(issue.number);
    }
  };
  take(({ marker }, { markers }) => markers.includes(marker), false);
  take(({ file }, issue) => isSameText(file.fields, issue.fields), true);
  if (!isFirst) return pairs;
  const isTitled = ({ file }: UnlinkedFile, issue: HostIssue): boolean =>
    nameKey(file.fields.title) === nameKey(issue.fields.title);
  take(
    (file, issue) => isTitled(file, issue) && numberInName(file.file.path) === issue.number,
    true,
  );
  take(isTitled, true);
  return pairs;
}

function isSameText(a: IssueFields, b: IssueFields): boolean {
  return a.title === b.title && a.body === b.body && a.body !== '';
}

/**
 * What an issue was made of, of which nobody knows more than that it is there: new ones are open, and what the host has not of
 * names it has not taken yet. Null where their texts differ: then nobody knows which is the newer one.
 */
export function madeOf(file: IssueFields, host: IssueFields): IssueFields | null {
  if (file.title !== host.title || file.body !== host.body) return null;
  const both = (a: readonly string[], b: readonly string[]): readonly string[] => {
    const keys = new Set(b.map(nameKey));
    return a.filter((name) => keys.has(nameKey(name)));
  };
  return {
    ...{ title: file.title, body: file.body, state: 'open', reason: null },
    labels: both(file.labels, host.labels),
    assignees: both(file.assignees, host.assignees),
    milestone: host.milestone === null ? null : file.milestone,
  };
}

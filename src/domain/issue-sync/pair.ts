/** Files without a link and issues without a file that are one and the same: made by an attempt before, or there before the sync. */
import { nameKey } from './canon.js';
import { inMarker, pathInMarker } from './markers.js';
import { numberInName } from '../issue/archive-path.js';
import type { HostIssue, IssueFields, IssueFile } from './shapes.js';

export interface UnlinkedFile {
  readonly file: Pick<IssueFile, 'path' | 'fields'>;
  /** Where it lay when an issue was to be made of it; where it was not renamed since, its path. */
  readonly intended: string;
}

/**
 * Numbers by path. By the intent to make an issue of it, else by all that people wrote; on the first pass, where nothing was made by
 * us, by the title alone if no other has it, or by the title and the number in the file's name.
 */
export function pairUnlinked(
  files: readonly UnlinkedFile[],
  issues: readonly HostIssue[],
  isFirst: boolean,
): ReadonlyMap<string, number> {
  const pairs = new Map<string, number>();
  const taken = new Set<number>();
  /** @param isUnique whether several of one key cannot be told apart, so that none is paired */
  const take = (
    fileKey: (file: UnlinkedFile) => string | null,
    issueKeys: (issue: HostIssue) => readonly string[],
    isUnique: boolean,
  ): void => {
    const byKey = new Map<string, HostIssue[]>();
    for (const issue of issues) {
      if (taken.has(issue.number)) continue;
      for (const key of issueKeys(issue)) push(byKey, key, issue);
    }
    const filesByKey = new Map<string, UnlinkedFile[]>();
    for (const file of files) {
      const key = pairs.has(file.file.path) ? null : fileKey(file);
      if (key !== null) push(filesByKey, key, file);
    }
    for (const [key, same] of filesByKey) {
      const found = byKey.get(key) ?? [];
      if (isUnique && (same.length > 1 || found.length > 1)) continue;
      for (const { file } of same) {
        const issue = found.find(({ number }) => !taken.has(number));
        if (issue === undefined) break;
        pairs.set(file.path, issue.number);
        taken.add(issue.number);
      }
    }
  };
  // Where it lies now it may have been meant once more, and there an issue was made of it at last.
  for (const pathOf of [
    ({ file }: UnlinkedFile) => file.path,
    ({ intended }: UnlinkedFile) => intended,
  ]) {
    take(
      (file) => inMarker(pathOf(file)),
      ({ markers }) => markers.flatMap((marker) => pathInMarker(marker) ?? []),
      false,
    );
  }
  take(
    ({ file }) => textKey(file.fields),
    ({ fields }) => [textKey(fields)].flatMap((key) => key ?? []),
    true,
  );
  if (!isFirst) return pairs;
  const numbered = (title: string, number: number): string =>
    JSON.stringify([nameKey(title), number]);
  take(
    ({ file: { fields, path } }) => {
      const number = numberInName(path);
      return number === null ? null : numbered(fields.title, number);
    },
    ({ fields, number }) => [numbered(fields.title, number)],
    true,
  );
  take(
    ({ file }) => nameKey(file.fields.title),
    ({ fields }) => [nameKey(fields.title)],
    true,
  );
  return pairs;
}

function textKey({ title, body }: IssueFields): string | null {
  return body === '' ? null : JSON.stringify([title, body]);
}

function push<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
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

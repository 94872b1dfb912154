/** Three texts become one, line by line (diff3); where both sides wrote in the same lines, both are shown. */
import { diff3MergeRegions, diffIndices } from 'node-diff3';

export type Side = 'file' | 'github';

type Part =
  | { readonly kind: 'same'; readonly lines: readonly string[] }
  | {
      readonly kind: 'both';
      readonly file: readonly string[];
      readonly github: readonly string[];
      /** Null where nobody knows what was there before. */
      readonly base: readonly string[] | null;
    };

export interface MergedBody {
  /** No line that both sides wrote. */
  readonly isClean: boolean;
  /** Where both wrote, by that side. */
  text(preferred: Side): string;
  /** Where both wrote, the lines of both, the file's first. */
  allText(): string;
  /** With both sides between markers, as git writes them (`merge.conflictStyle` diff3). */
  conflictText(): string;
  /** What is left out when that side is preferred; null where it is nothing. */
  leftOut(preferred: Side): string | null;
}

const opens = '<<<<<<< file';
const was = '||||||| before';
const middle = '=======';
const closes = '>>>>>>> github';

/** Beyond so many pairs of lines that differ, looking for what they have in common would take seconds. */
const mostPairs = 4_000_000;

/** @param base null: unknown, so every difference is one that somebody has to decide */
export function mergeBody(base: string | null, file: string, github: string): MergedBody {
  if (file === github) return merged([{ kind: 'same', lines: linesOf(file) }]);
  if (base === null) return merged(compare(linesOf(file), linesOf(github)));
  if (file === base) return merged([{ kind: 'same', lines: linesOf(github) }]);
  if (github === base) return merged([{ kind: 'same', lines: linesOf(file) }]);
  return merged(merge(linesOf(base), linesOf(file), linesOf(github)));
}

/** Both whole texts between markers: for titles and milestones too. */
export function conflictLines(
  base: readonly string[] | null,
  file: readonly string[],
  github: readonly string[],
): readonly string[] {
  return [opens, ...file, ...(base === null ? [] : [was, ...base]), middle, ...github, closes];
}

/** The number of the first line (from 1) of markers that a person left in a text; null without any. */
export function leftOverMarker(text: string): number | null {
  const lines = text.split(/\r\n?|\n/).map((line) => line.trimEnd());
  const start = lines.indexOf(opens);
  if (start < 0) return null;
  const end = lines.indexOf(closes, start);
  return end > start && lines.slice(start, end).includes(middle) ? start + 1 : null;
}

/** What a file that is refused says beside its reason; empty where no markers are left in it. */
export function noteOfMarkers(text: string): string {
  const line = leftOverMarker(text);
  return line === null ? '' : `; markers of a conflict are left in line ${line}`;
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.split('\n');
}

function merge(base: readonly string[], file: readonly string[], github: readonly string[]) {
  const most = (length: number): number => Math.min(length, base.length);
  const [fileStart, hostStart] = [sameStart(base, file), sameStart(base, github)];
  const start = Math.min(fileStart, hostStart, most(file.length), most(github.length));
  const rest = (lines: readonly string[]) => lines.length - start;
  const end = Math.min(
    sameEnd(base, file, Math.min(rest(base), rest(file))),
    sameEnd(base, github, Math.min(rest(base), rest(github))),
  );
  const inner = (lines: readonly string[]) => lines.slice(start, lines.length - end);
  return [
    same(base.slice(0, start)),
    ...mergeInner(inner(base), inner(file), inner(github)),
    same(base.slice(base.length - end)),
  ];
}

function mergeInner(
  base: readonly string[],
  file: readonly string[],
  github: readonly string[],
): readonly Part[] {
  if (base.length * Math.max(file.length, github.length) > mostPairs) {
    return [{ kind: 'both', file, github, base }];
  }
  return diff3MergeRegions([...file], [...base], [...github]).map((region): Part => {
    if (region.stable) return same(region.bufferContent);
    const [ours, old, theirs] = [region.aContent, region.oContent, region.bContent];
    if (isSame(ours, theirs)) return same(ours);
    if (isSame(ours, old)) return same(theirs);
    if (isSame(theirs, old)) return same(ours);
    return { kind: 'both', file: ours, github: theirs, base: old };
  });
}

function compare(file: readonly string[], github: readonly string[]): readonly Part[] {
  if (file.length * github.length > mostPairs) return [{ kind: 'both', file, github, base: null }];
  const parts: Part[] = [];
  let at = 0;
  for (const { buffer1, ...content } of diffIndices([...file], [...github])) {
    parts.push(same(file.slice(at, buffer1[0])));
    const [ours, theirs] = [content.buffer1Content, content.buffer2Content];
    parts.push({ kind: 'both', file: ours, github: theirs, base: null });
    at = buffer1[0] + buffer1[1];
  }
  return [...parts, same(file.slice(at))];
}

function merged(parts: readonly Part[]): MergedBody {
  const both = parts.filter((part) => part.kind === 'both');
  const join = (linesOfBoth: (part: (typeof both)[number]) => readonly string[]): string =>
    parts.flatMap((part) => (part.kind === 'same' ? part.lines : linesOfBoth(part))).join('\n');
  return {
    isClean: both.length === 0,
    text: (preferred) => join((part) => part[preferred]),
    allText: () => join(({ file, github }) => [...file, ...github]),
    conflictText: () => join(({ base, file, github }) => conflictLines(base, file, github)),
    leftOut(preferred) {
      const other: Side = preferred === 'file' ? 'github' : 'file';
      const lines = both.flatMap((part) => part[other]);
      return lines.length === 0 ? null : lines.join('\n');
    },
  };
}

function same(lines: readonly string[]): Part {
  return { kind: 'same', lines };
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, at) => line === b[at]);
}

function sameStart(a: readonly string[], b: readonly string[]): number {
  const most = Math.min(a.length, b.length);
  let count = 0;
  while (count < most && a[count] === b[count]) count += 1;
  return count;
}

function sameEnd(a: readonly string[], b: readonly string[], most: number): number {
  let count = 0;
  while (count < most && a[a.length - 1 - count] === b[b.length - 1 - count]) count += 1;
  return count;
}

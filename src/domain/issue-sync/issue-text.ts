/** The text of an issue's file in lines: which keep their ends, what is fenced, and how people's text is kept from looking like ours. */

/** A line with its end as it is written. */
export interface RawLine {
  readonly text: string;
  /** `\n`, `\r\n`, `\r`, or nothing at the end of the file. */
  readonly end: string;
}

export type LineEnd = '\n' | '\r\n';

export function rawLines(text: string): readonly RawLine[] {
  const lines: RawLine[] = [];
  for (const match of text.matchAll(/([^\r\n]*)(\r\n|\r|\n|$)/g)) {
    if (match[0] === '') break;
    lines.push({ text: match[1] ?? '', end: match[2] ?? '' });
  }
  return lines;
}

export function joinRaw(lines: readonly RawLine[]): string {
  return lines
    .map(({ text, end }, at) => {
      const next = lines[at + 1];
      // Before a new blank line, a lone return would become one line end with it.
      return text + (end === '\r' && next?.text === '' && next.end === '\n' ? '\n' : end);
    })
    .join('');
}

/** What new lines of the text end with: what its first line ends with. */
export function lineEndOf(text: string): LineEnd {
  return /\r\n|\r|\n/.exec(text)?.[0] === '\r\n' ? '\r\n' : '\n';
}

export function isBlank(line: string): boolean {
  return line.trim() === '';
}

/** The line that begins the comments, and everything of ours after it. */
export const commentsLine = '<!-- sluice:issue-sync/comments -->';
/** What a person writes on a line of its own above a new comment. */
export const newCommentLine = '/comment';

const ours = /<!-- sluice:(\\*)issue-sync\//g;
const oursHidden = /<!-- sluice:\\(\\*)issue-sync\//g;
const asked = /^\\*\/comment[ \t]*$/;

/** Whether each of the lines stands in a code fence or opens or closes one. */
export function fenced(lines: readonly string[]): readonly boolean[] {
  let fence: string | null = null;
  return lines.map((line) => {
    if (fence !== null) {
      const close = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line)?.[1];
      if (close?.startsWith(fence)) fence = null;
      return true;
    }
    const open = /^ {0,3}(?:(`{3,})[^`]*|(~{3,}).*)$/.exec(line);
    fence = open?.[1] ?? open?.[2] ?? null;
    return fence !== null;
  });
}

/**
 * People's text as it may stand in the file: what looks like ours gets a backslash more.
 * @param isBody above the comments, where `/comment` means nothing in code; among comments it does, because a fence that
 * somebody left open must not swallow the next one
 */
export function guarded(lines: readonly string[], isBody: boolean): readonly string[] {
  const inFence = isBody ? fenced(lines) : [];
  return lines.map((line, at) => {
    const text = line.replace(ours, '<!-- sluice:\\$1issue-sync/');
    return inFence[at] !== true && asked.test(text) ? `\\${text}` : text;
  });
}

/** The reverse of {@link guarded}. */
export function unguarded(lines: readonly string[], isBody: boolean): readonly string[] {
  const inFence = isBody ? fenced(lines) : [];
  return lines.map((line, at) => {
    const text = line.replace(oursHidden, '<!-- sluice:$1issue-sync/');
    return inFence[at] !== true && text.startsWith('\\') && asked.test(text) ? text.slice(1) : text;
  });
}

/** Where a person asks for a new comment, outside of code. */
export function asksForComment(line: string, isFenced: boolean): boolean {
  return !isFenced && line.startsWith('/') && asked.test(line);
}

/** The lines `wanted` with the ends that the same lines have in `old`, from both its ends; others end as told. */
export function withEndsOf(
  old: readonly RawLine[],
  wanted: readonly string[],
  end: LineEnd,
): readonly RawLine[] {
  let start = 0;
  while (start < Math.min(old.length, wanted.length) && old[start]?.text === wanted[start]) {
    start += 1;
  }
  const most = Math.min(old.length, wanted.length) - start;
  let tail = 0;
  while (tail < most && old.at(-1 - tail)?.text === wanted.at(-1 - tail)) tail += 1;
  return wanted.map((text, at) => {
    const from =
      at < start ? at : at >= wanted.length - tail ? at - wanted.length + old.length : -1;
    const kept = old[from]?.end ?? '';
    return { text, end: kept === '' ? end : kept };
  });
}

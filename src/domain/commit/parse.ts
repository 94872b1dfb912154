/** Reads a commit message by Conventional Commits 1.0.0, and by what git itself writes: merges, reverts, fixups. */

export interface Footer {
  /** As written; `BREAKING CHANGE` and `BREAKING-CHANGE` are one. */
  readonly token: string;
  readonly value: string;
}

export interface ConventionalCommit {
  readonly kind: 'conventional';
  readonly header: string;
  /** Lower case: units are not case sensitive. */
  readonly type: string;
  /** As written. */
  readonly scope: string | null;
  readonly description: string;
  readonly body: string | null;
  readonly footers: readonly Footer[];
  /** What breaks, in the writer's words; empty for one that breaks nothing. */
  readonly breaking: readonly string[];
  /** Commits it takes back. */
  readonly reverts: readonly string[];
  /** What the specification forbids though the header can be read. */
  readonly faults: readonly string[];
}

export type ParsedCommit =
  | ConventionalCommit
  | { readonly kind: 'merge'; readonly header: string }
  /** `fixup!`, `squash!`, `amend!`: to be folded into another before merging. */
  | { readonly kind: 'autosquash'; readonly header: string }
  /** As git writes it: `Revert "…"`; what it takes back may be unknown. */
  | { readonly kind: 'revert'; readonly header: string; readonly reverts: readonly string[] }
  | { readonly kind: 'free'; readonly header: string; readonly fault: string };

const header =
  /^(?<type>[\p{L}\p{N}][\p{L}\p{N}_-]*)(?:\((?<scope>[^()\r\n]+)\))?(?<mark>!)?: (?<description>\S.*)$/u;
// The separator is colon and space, or space and hash; what breaks is only ever told after a colon.
const footer =
  /^(?:(?<breaking>BREAKING[ -]CHANGE): |(?<token>[A-Za-z0-9][A-Za-z0-9-]*)(?:: | #))(?<value>\S.*)$/;
const mergeHeader =
  /^Merge (?:branch|branches|pull request|remote-tracking branch|remote-tracking branches|tag|commit)\b/;
const revertHeader = /^(?:Revert|Reapply) "/;
const autosquashHeader = /^(?:fixup|squash|amend)! /;
const revertedSha = /\bThis reverts commit ([0-9a-f]{7,64})\b/gi;
const shaWord = /\b[0-9a-f]{7,64}\b/gi;

/**
 * @example parseCommit('feat(api)!: drop v1') → conventional, type `feat`, scope `api`, breaking `['drop v1']`
 * @example parseCommit('Update readme') → free, with the fault to mend
 */
export function parseCommit(message: string): ParsedCommit {
  const lines = message
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .replace(/^\s*\n/, '')
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());
  const [first = '', ...rest] = lines;
  if (mergeHeader.test(first)) return { kind: 'merge', header: first };
  if (autosquashHeader.test(first)) return { kind: 'autosquash', header: first };
  if (revertHeader.test(first)) {
    return { kind: 'revert', header: first, reverts: revertedIn(rest.join('\n')) };
  }
  const groups = header.exec(first)?.groups;
  if (groups === undefined) return { kind: 'free', header: first, fault: faultOf(first) };
  const { type = '', scope = null, mark, description = '' } = groups;
  const { body, footers } = splitRest(rest);
  const notes = footers.filter(isBreaking).map(({ value }) => value);
  return {
    kind: 'conventional',
    header: first,
    type: type.toLowerCase(),
    scope,
    description,
    body,
    footers,
    breaking: notes.length > 0 ? notes : mark === undefined ? [] : [description],
    reverts: type.toLowerCase() === 'revert' ? revertsOf(body, footers) : [],
    faults: rest[0] ? ['the body begins without a blank line after the description'] : [],
  };
}

function isBreaking({ token }: Footer): boolean {
  return token === 'BREAKING CHANGE' || token === 'BREAKING-CHANGE';
}

/** Footers begin where a paragraph begins with one; from there on every line is a footer or continues its value. */
function splitRest(lines: readonly string[]): {
  readonly body: string | null;
  readonly footers: readonly Footer[];
} {
  const begins = lines.findIndex((line, index) => lines[index - 1] === '' && footer.test(line));
  const end = begins < 0 ? lines.length : begins;
  const body = lines.slice(0, end).join('\n').trim();
  const footers: { token: string; value: string }[] = [];
  for (const line of lines.slice(end)) {
    const groups = footer.exec(line)?.groups;
    const last = footers.at(-1);
    if (groups)
      footers.push({ token: groups.breaking ?? groups.token ?? '', value: groups.value ?? '' });
    else if (last) last.value += `\n${line}`;
  }
  return {
    body: body === '' ? null : body,
    footers: footers.map(({ token, value }) => ({ token, value: value.trim() })),
  };
}

function revertsOf(body: string | null, footers: readonly Footer[]): readonly string[] {
  const named = footers
    .filter(({ token }) => /^(?:refs?|reverts?)$/i.test(token))
    .flatMap(({ value }) => value.match(shaWord) ?? []);
  const texts = [body ?? '', ...footers.map(({ value }) => value)].join('\n');
  return [...new Set([...named, ...revertedIn(texts)].map((sha) => sha.toLowerCase()))];
}

function revertedIn(text: string): readonly string[] {
  return [...text.matchAll(revertedSha)].map(([, sha = '']) => sha.toLowerCase());
}

/** The first thing to mend, in words that say how. */
function faultOf(whole: string): string {
  // Some of these patterns take the square of a line's length, and a header is short.
  const line = whole.slice(0, 200);
  if (line.trim() === '') return 'the message is empty';
  if (/^\s/.test(line)) return 'the header begins with a space';
  if (/^[^\s:()]+!\([^)]*\):/.test(line))
    return 'the `!` stands right before the colon, after the scope';
  if (/^[^\s:()!]+\(\s*\)!?:/.test(line))
    return 'the scope in the parentheses is empty: name it or leave them out';
  if (/^[^\s:()!]+(?:\([^)]*\))?\s+!?\s*:/.test(line)) return 'there is a space before the colon';
  if (/^[^\s:()!]+\s+\(/.test(line)) return 'there is a space between the type and its scope';
  if (/^[^\s:()!]+(?:\([^)]*\))?!?:\s*$/.test(line))
    return 'there is no description after the colon';
  if (/^[^\s:()!]+(?:\([^)]*\))?!?:\s{2,}/.test(line))
    return 'exactly one space stands after the colon';
  if (/^[^\s:()!]+(?:\([^)]*\))?!?:\S/.test(line)) return 'there is no space after the colon';
  if (/^[^:]*\s[^:]*:/.test(line))
    return 'what stands before the colon is not one word: `type(scope): description`';
  return 'it does not begin with a type and a colon, such as `fix: …`';
}

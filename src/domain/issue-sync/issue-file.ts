/** The text of an issue's file: read into fields, or changed where it stands so that people's bytes stay. */
import { canonicalFields, canonicalTitle, isSameField } from './canon.js';
import {
  commentsOf,
  type CommentSection,
  newCommentsOf,
  printSection,
  readSection,
  sectionStart,
} from './comment-section.js';
import { type Matter, MatterRefusal, type Parts, readMatter, splitMatter } from './front-matter.js';
import { editMatter, type MatterValue } from './front-matter-edit.js';
import {
  guarded,
  isBlank,
  joinRaw,
  type LineEnd,
  lineEndOf,
  type RawLine,
  rawLines,
  unguarded,
  withEndsOf,
} from './issue-text.js';
import { noteOfMarkers } from './merge-body.js';
import type { FileRefusal } from './pass.js';
import type { IssueComment, IssueFields, IssueFile, IssueLink } from './shapes.js';

export type FileReading =
  | { readonly kind: 'file'; readonly file: IssueFile }
  | { readonly kind: 'refused'; readonly refusal: FileRefusal };

/** What a file is to say. */
export interface WantedFile {
  readonly link: IssueLink | null;
  readonly fields: IssueFields;
  /** Null: they stay as they are. */
  readonly comments: readonly IssueComment[] | null;
  readonly newComments: readonly string[];
  /** Where the issue went to; left out: the key stays as it is. */
  readonly movedTo?: string;
}

interface Read {
  readonly parts: Parts;
  readonly matter: Matter;
  readonly fields: IssueFields;
  readonly link: IssueLink | null;
  /** Blank lines, and the heading that is the title with those after it. */
  readonly head: readonly RawLine[];
  readonly hasHeading: boolean;
  readonly body: readonly RawLine[];
  /** Blank lines between the body and the comments. */
  readonly gap: readonly RawLine[];
  readonly section: CommentSection;
}

export function parseIssueFile(path: string, text: string): FileReading {
  try {
    const { fields, link, section } = read(text);
    const comments = commentsOf(section);
    return {
      kind: 'file',
      file: { path, link, fields, comments, newComments: newCommentsOf(section) },
    };
  } catch (error) {
    if (!(error instanceof MatterRefusal)) throw error;
    const message = error.message + noteOfMarkers(text);
    return { kind: 'refused', refusal: { path, line: error.line, message } };
  }
}

/**
 * The text with what is wanted in it: what already says so keeps its bytes.
 * @param previous as {@link parseIssueFile} reads it; null: there is none yet
 * @throws MatterRefusal for a text that cannot be read
 */
export function printIssueFile(previous: string | null, wanted: WantedFile): string {
  const old = read(previous ?? blankFile);
  const end = previous === null ? '\n' : lineEndOf(previous);
  const head = printHead(old, wanted, end);
  const section = printSection(
    old.section,
    wanted.comments ?? commentsOf(old.section),
    wanted.comments === null ? newCommentsOf(old.section) : wanted.newComments,
    end,
    // A new fence in the body may swallow what only `/comment` keeps apart from it.
    wanted.fields.body !== old.fields.body,
  );
  return (
    old.parts.bom +
    printMatter(old, wanted, head.hasHeading, end) +
    joinRaw(
      spread(old, {
        head: head.lines,
        body: printBody(old, wanted.fields.body, end),
        section,
        end,
      }),
    )
  );
}

const blankFile = '---\ntitle: x\n---\n\n';

function read(text: string): Read {
  const parts = splitMatter(text);
  const matter = readMatter(parts.yaml);
  const lines = rawLines(parts.rest);
  const before = rawLines(parts.open + parts.yaml + parts.close).length;
  const start = sectionStart(lines.map((line) => line.text));
  const section = readSection(lines.slice(start));
  if ('message' in section) {
    throw new MatterRefusal(before + start + section.line + 1, section.message);
  }
  const content = lines.slice(0, start);
  const first = content.findIndex((line) => !isBlank(line.text));
  const heading = matter.title === null ? headingOf(content[first]?.text ?? '') : null;
  const title = matter.title ?? heading;
  if (title === null) {
    throw new MatterRefusal(
      Math.max(before, 1),
      'it has no title, neither as a key nor as a # heading first',
    );
  }
  const from = behindBlank(content, heading === null ? 0 : first + 1);
  const to = beforeBlank(content, from);
  const body = content.slice(from, to);
  const fields = canonicalFields({
    ...matter,
    title,
    body: unguarded(
      body.map((line) => line.text),
      true,
    ).join('\n'),
  });
  return {
    parts,
    matter,
    fields,
    link: matter.link,
    head: content.slice(0, from),
    hasHeading: heading !== null,
    body,
    gap: content.slice(to),
    section,
  };
}

/** Of `# Title`, closed or not; null for any other line. By hand: a pattern for both ends takes the square of their length. */
function headingOf(line: string): string | null {
  const start = /^ {0,3}#[ \t]+/.exec(line);
  if (start === null) return null;
  const text = withoutEnd(line.slice(start[0].length), ' \t');
  const open = withoutEnd(text, '#');
  // Hashes close it only where a blank sets them off.
  const isClosed = open.length < text.length && /[ \t]/.test(open.slice(-1));
  return canonicalTitle(isClosed ? open : text) || null;
}

function withoutEnd(text: string, chars: string): string {
  let end = text.length;
  while (end > 0 && chars.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

function behindBlank(lines: readonly RawLine[], from: number): number {
  let at = from;
  while (at < lines.length && isBlank(lines[at]?.text ?? '')) at += 1;
  return at;
}

function beforeBlank(lines: readonly RawLine[], from: number): number {
  let at = lines.length;
  while (at > from && isBlank(lines[at - 1]?.text ?? '')) at -= 1;
  return at;
}

/** A heading stays one as long as it can say the title. */
function printHead(old: Read, { fields }: WantedFile, end: LineEnd) {
  if (!old.hasHeading || fields.title === old.fields.title) {
    return { lines: old.head, hasHeading: old.hasHeading };
  }
  const text = `# ${fields.title}`;
  if (headingOf(text) !== fields.title) return { lines: [], hasHeading: false };
  const at = old.head.findIndex((line) => !isBlank(line.text));
  const lines = old.head.map((line, index) =>
    index === at ? { text, end: line.end || end } : line,
  );
  return { lines, hasHeading: true };
}

function printBody(old: Read, wanted: string, end: LineEnd): readonly RawLine[] {
  if (wanted === old.fields.body) return old.body;
  const lines = wanted === '' ? [] : guarded(wanted.split('\n'), true);
  return withEndsOf(old.body, lines, end);
}

interface Printed {
  readonly head: readonly RawLine[];
  readonly body: readonly RawLine[];
  readonly section: readonly RawLine[];
  readonly end: LineEnd;
}

/** A part that is new is set off by a blank line; what stood together stays together. */
function spread(old: Read, { head, body, section, end }: Printed): readonly RawLine[] {
  const blank = { text: '', end };
  const ended = (lines: readonly RawLine[]): readonly RawLine[] =>
    lines.map((line) => (line.end === '' ? { ...line, end } : line));
  const isBelowText = (lines: readonly RawLine[]): boolean => !isBlank(lines.at(-1)?.text ?? '');
  const isNewBody = body.length > 0 && old.body.length === 0;
  const isNewSection = section.length > 0 && sectionSize(old.section) === 0;
  const above = [...head, ...body];
  const parts = [
    head,
    isNewBody && isBelowText(head) ? [blank] : [],
    body,
    old.gap.length === 0 && isNewSection && isBelowText(above) ? [blank] : old.gap,
    section,
  ].filter((part) => part.length > 0);
  return parts.flatMap((part, at) => (at === parts.length - 1 ? part : ended(part)));
}

function sectionSize({ lead, blocks }: CommentSection): number {
  return lead.length + blocks.length;
}

function printMatter(old: Read, wanted: WantedFile, hasHeading: boolean, end: LineEnd): string {
  const { parts } = old;
  let { yaml } = parts;
  let now = old.matter;
  // A value may stand for another one by an alias: then changing one changes both, and the other is put right after it.
  for (let round = 0; round < 3; round += 1) {
    const changes = matterOf(now, wanted, hasHeading);
    for (const [key, value] of changes) yaml = editMatter(yaml, key, value, end);
    if (changes.length === 0 || !yaml.includes('*')) break;
    now = readMatter(yaml);
  }
  if (wanted.movedTo !== undefined) yaml = editMatter(yaml, 'movedTo', wanted.movedTo, end);
  if (parts.open !== '') return parts.open + yaml + parts.close;
  return yaml === '' ? '' : `---${end}${yaml}---${end}${end}`;
}

/** What has to be written for the front matter to say what is wanted. */
function matterOf(
  now: Matter,
  { fields, link }: WantedFile,
  hasHeading: boolean,
): readonly (readonly [string, MatterValue])[] {
  const changes: (readonly [string, MatterValue])[] = [];
  if (!hasHeading && now.title !== fields.title) changes.push(['title', fields.title]);
  if (now.state !== fields.state) changes.push(['state', fields.state]);
  // Of an open issue a reason says nothing, but would stand there for ever.
  const reason = now.state === 'open' && fields.state === 'open' ? null : now.reason;
  if (reason !== fields.reason) changes.push(['reason', fields.reason]);
  for (const name of ['labels', 'assignees', 'milestone'] as const) {
    if (!isSameField(name, now[name], fields[name])) changes.push([name, fields[name]]);
  }
  if (!isSameLink(now.link, link)) changes.push(['github', link]);
  return changes;
}

function isSameLink(a: IssueLink | null, b: IssueLink | null): boolean {
  return a?.id === b?.id && a?.number === b?.number && a?.repository === b?.repository;
}

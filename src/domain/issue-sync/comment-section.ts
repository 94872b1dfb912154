/** The comments at the end of an issue's file: each below a line that says whose it is, new ones below `/comment`. */
import { canonicalBody } from './canon.js';
import {
  asksForComment,
  commentsLine,
  fenced,
  guarded,
  isBlank,
  type LineEnd,
  newCommentLine,
  type RawLine,
  unguarded,
} from './issue-text.js';
import type { IssueComment } from './shapes.js';

/** A part of the section with its own lines, the one that begins it first. */
type Block =
  | { readonly kind: 'comment'; readonly comment: IssueComment; readonly raw: readonly RawLine[] }
  | { readonly kind: 'new'; readonly body: string; readonly raw: readonly RawLine[] };

export interface CommentSection {
  /** From the line of ours, or from where the first `/comment` stands, to the first block. */
  readonly lead: readonly RawLine[];
  readonly blocks: readonly Block[];
}

export interface SectionFault {
  /** Of the section, from 0. */
  readonly line: number;
  readonly message: string;
}

const header =
  /<!-- sluice:issue-sync\/comment (\d{1,16}) @(\S+) (\d{4}-\d\d-\d\dT[\d:.]+Z) (\d{4}-\d\d-\d\dT[\d:.]+Z) -->[ \t]*$/;
const anyHeader = /<!-- sluice:issue-sync\/comment\b/;

/** Index of the line that the section begins with; the number of lines where there is none. */
export function sectionStart(lines: readonly string[]): number {
  const inFence = fenced(lines);
  const at = lines.findIndex(
    (line, index) => line.trim() === commentsLine || asksForComment(line, inFence[index] ?? false),
  );
  return at < 0 ? lines.length : at;
}

export function readSection(raw: readonly RawLine[]): CommentSection | SectionFault {
  const lead: RawLine[] = [];
  let at = 0;
  if (raw[0]?.text.trim() === commentsLine) {
    lead.push(raw[0]);
    for (at = 1; isBlank(raw[at]?.text ?? '-'); at += 1) lead.push(raw[at] as RawLine);
  }
  const blocks: Block[] = [];
  const ids = new Set<number>();
  while (at < raw.length) {
    const first = (raw[at] as RawLine).text;
    const isNew = asksForComment(first, false);
    const said = isNew ? null : header.exec(first);
    if (!isNew && said === null) {
      return { line: at, message: 'it belongs to no comment: a new one begins with /comment' };
    }
    const behind = blockEnd(raw, at + 1);
    const lines = raw.slice(at, behind);
    const body = canonicalBody(
      unguarded(
        lines.slice(1).map(({ text }) => text),
        false,
      ).join('\n'),
    );
    if (said === null) blocks.push({ kind: 'new', body, raw: lines });
    else {
      const comment = commentOf(said, body);
      if (comment === null) return { line: at, message: 'the line of a comment says no times' };
      if (ids.has(comment.id)) {
        return { line: at, message: `the comment ${comment.id} is there twice` };
      }
      ids.add(comment.id);
      blocks.push({ kind: 'comment', comment, raw: lines });
    }
    at = behind;
  }
  return { lead, blocks };
}

export function commentsOf({ blocks }: CommentSection): readonly IssueComment[] {
  return blocks.flatMap((block) => (block.kind === 'comment' ? [block.comment] : []));
}

export function newCommentsOf({ blocks }: CommentSection): readonly string[] {
  return blocks.flatMap((block) => (block.kind === 'new' && block.body !== '' ? [block.body] : []));
}

/** The section with these comments; those that are as they were keep their bytes. */
export function printSection(
  section: CommentSection,
  comments: readonly IssueComment[],
  newComments: readonly string[],
  end: LineEnd,
  needsLead = false,
): readonly RawLine[] {
  const isLed = section.lead.length > 0 || section.blocks.length === 0;
  if (isAs(section, comments, newComments) && (isLed || !needsLead)) {
    return [...section.lead, ...section.blocks.flatMap(({ raw }) => raw)];
  }
  const line = (text: string): RawLine => ({ text, end });
  const left = [...section.blocks];
  const take = (wanted: (block: Block) => boolean): Block | null => {
    const at = left.findIndex(wanted);
    return at < 0 ? null : (left.splice(at, 1)[0] ?? null);
  };
  const blocks = [
    ...comments.map((comment) => {
      const old = take((block) => block.kind === 'comment' && isSame(block.comment, comment));
      return old?.raw ?? [headerOf(comment), '', ...guardedBody(comment.body), ''].map(line);
    }),
    ...newComments.map((body) => {
      const old = take((block) => block.kind === 'new' && block.body === body);
      return old?.raw ?? [newCommentLine, ...guardedBody(body), ''].map(line);
    }),
  ];
  const isNew = section.lead.length === 0 && blocks.length > 0;
  const lead = isNew ? [commentsLine, ''].map(line) : section.lead;
  return spaced([lead, ...blocks], end);
}

/** Each part ends with a line end, and a blank line stands between two blocks. */
function spaced(parts: readonly (readonly RawLine[])[], end: LineEnd): readonly RawLine[] {
  const filled = parts.filter((part) => part.length > 0);
  return filled.flatMap((part, at) => {
    if (at === filled.length - 1) return trimmed(part, end);
    const ended = part.map((line) => (line.end === '' ? { ...line, end } : line));
    return isBlank(ended.at(-1)?.text ?? '') ? ended : [...ended, { text: '', end }];
  });
}

/** The last block of the file needs no blank line behind it. */
function trimmed(part: readonly RawLine[], end: LineEnd): readonly RawLine[] {
  const last = part.at(-1);
  if (part.length > 1 && last?.text === '' && last.end !== '') return part.slice(0, -1);
  return last?.end === '' ? [...part.slice(0, -1), { ...last, end }] : part;
}

function isAs(
  section: CommentSection,
  comments: readonly IssueComment[],
  newComments: readonly string[],
): boolean {
  const [old, oldNew] = [commentsOf(section), newCommentsOf(section)];
  return (
    old.length === comments.length &&
    old.every((comment, at) => comments[at] !== undefined && isSame(comment, comments[at])) &&
    oldNew.length === newComments.length &&
    oldNew.every((body, at) => body === newComments[at])
  );
}

function isSame(a: IssueComment, b: IssueComment): boolean {
  return (
    a.id === b.id &&
    a.author === b.author &&
    a.body === b.body &&
    a.createdAtMs === b.createdAtMs &&
    a.updatedAtMs === b.updatedAtMs
  );
}

function blockEnd(raw: readonly RawLine[], from: number): number {
  const at = raw
    .slice(from)
    .findIndex(({ text }) => anyHeader.test(text) || asksForComment(text, false));
  return at < 0 ? raw.length : from + at;
}

function commentOf(said: RegExpExecArray, body: string): IssueComment | null {
  const [, id, author, created, updated] = said;
  const [createdAtMs, updatedAtMs] = [Date.parse(created ?? ''), Date.parse(updated ?? '')];
  if (Number.isNaN(createdAtMs) || Number.isNaN(updatedAtMs)) return null;
  return { id: Number(id), author: decoded(author ?? ''), body, createdAtMs, updatedAtMs };
}

function headerOf({ id, author, createdAtMs, updatedAtMs }: IssueComment): string {
  const created = new Date(createdAtMs).toISOString();
  const shown = `**@${author.replace(/[\\*_<>`\r\n]/g, '\\$&')}**, ${created.slice(0, 16).replace('T', ' ')} UTC`;
  const name = encodeURIComponent(author).replaceAll('--', '-%2D').replace(/-$/, '%2D');
  return `${shown} <!-- sluice:issue-sync/comment ${id} @${name} ${created} ${new Date(updatedAtMs).toISOString()} -->`;
}

function decoded(author: string): string {
  try {
    return decodeURIComponent(author);
  } catch {
    return author;
  }
}

function guardedBody(body: string): readonly string[] {
  return body === '' ? [] : guarded(body.split('\n'), false);
}

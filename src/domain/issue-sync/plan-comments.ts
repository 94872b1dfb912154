/** What becomes of the comments of an issue: the host's stand in the file, and what people write in the file is posted. */
import { canonicalBody, hostBody } from './canon.js';
import type { CommentAct } from './issue-plan.js';
import { keptTextMarker, newCommentMarker } from './markers.js';
import { mergeBody } from './merge-body.js';
import { longest } from './merge-fields.js';
import type { IssueComment } from './shapes.js';

export interface CommentsInput {
  readonly number: number;
  readonly base: readonly IssueComment[];
  /** Null: there is no file. */
  readonly file: {
    readonly comments: readonly IssueComment[];
    readonly newComments: readonly string[];
  } | null;
  readonly host: readonly IssueComment[];
  /** Markers of comments that were posted, though they are not among the host's yet. */
  readonly posted: readonly string[];
}

export interface CommentsPlan {
  readonly acts: readonly CommentAct[];
  /** As the file is to have them. */
  readonly comments: readonly IssueComment[];
  readonly newComments: readonly string[];
  /** That both sides have then. */
  readonly record: readonly IssueComment[];
  /** Why some stay as they are in the file, a sentence each. */
  readonly troubles: readonly string[];
}

/** What a comment is in one place or another; undefined: it is not there. */
interface Seen {
  readonly base: IssueComment | undefined;
  readonly file: IssueComment | undefined;
  readonly host: IssueComment | undefined;
}

interface Kept {
  readonly file: IssueComment | null;
  readonly record: IssueComment | null;
  readonly act: CommentAct | readonly CommentAct[] | null;
  readonly trouble?: string;
}

export function planComments(input: CommentsInput): CommentsPlan {
  const { number, file, host, posted } = input;
  const base = byId(input.base);
  const inFile = byId(file?.comments ?? []);
  const atHost = byId(host);
  const done = new Set([...posted, ...host.flatMap(({ markers = [] }) => markers)]);
  const asked = newOnes(input, done);
  const kept: Kept[] = [];
  for (const id of new Set([...inFile.keys(), ...atHost.keys()])) {
    const seen = { base: base.get(id), file: inFile.get(id), host: atHost.get(id) };
    // What this file asked for: it was never in it under its number, so nothing of it can be missing.
    const made = asked.madeOf.get(id);
    const before =
      made === undefined || seen.host === undefined ? undefined : { ...seen.host, body: made };
    kept.push(keep(number, before === undefined ? seen : { ...seen, base: before }, done));
  }
  return {
    acts: [...kept.flatMap(({ act }) => act ?? []), ...asked.acts],
    comments: kept.flatMap((each) => each.file ?? []).toSorted(inOrder),
    newComments: asked.left,
    record: kept.flatMap(({ record }) => record ?? []).toSorted(inOrder),
    troubles: [...kept.flatMap(({ trouble }) => trouble ?? []), ...asked.troubles],
  };
}

/** What is asked for in the file and not posted yet, and which comments were made of what was asked for. */
function newOnes({ number, base, file, host }: CommentsInput, done: ReadonlySet<string>) {
  const after = Math.max(0, ...base.map(({ id }) => id));
  const counts = new Map<string, number>();
  const left: string[] = [];
  const acts: CommentAct[] = [];
  const troubles: string[] = [];
  const madeOf = new Map<number, string>();
  for (const body of file?.newComments ?? []) {
    const ordinal = counts.get(body) ?? 0;
    counts.set(body, ordinal + 1);
    const marker = newCommentMarker(number, body, { after, ordinal });
    const made = host.find(({ markers = [] }) => markers.includes(marker));
    if (made !== undefined) madeOf.set(made.id, body);
    else left.push(body);
    if (done.has(marker)) continue;
    const wrong = wrongWith(hostBody(body, [marker]), body);
    if (wrong === null) acts.push({ kind: 'post', number, marker, body });
    else troubles.push(`a new comment ${wrong}`);
  }
  return { left, acts, madeOf, troubles };
}

/** Why the host would not take it. */
function wrongWith(text: string, body: string): string | null {
  if (body.trim() === '') return 'is empty, which GitHub does not take';
  return text.length > longest.body
    ? `has ${body.length} characters, and GitHub takes ${longest.body - (text.length - body.length)}`
    : null;
}

function keep(number: number, seen: Seen, done: ReadonlySet<string>): Kept {
  const { base, file, host } = seen;
  if (host === undefined) return base === undefined ? left(file) : withoutHost(number, seen, done);
  const here = shown(host);
  if (file === undefined || file.body === host.body) {
    // Only the text is compared: that somebody looked at it again is no reason to write a file.
    const isSame = file !== undefined && file.author === host.author;
    return { file: isSame ? file : here, record: here, act: null };
  }
  if (base !== undefined && file.body === base.body) return { file: here, record: here, act: null };
  const merged = mergeBody(base?.body ?? null, file.body, host.body);
  const body = canonicalBody(merged.text('github'));
  if (merged.isClean) {
    const act = editOf(number, host, body);
    const wrong = act === null ? null : wrongWith(act.body, body);
    if (wrong !== null) {
      const trouble = `the comment ${host.id} ${wrong}`;
      return { file, record: base ?? null, act: null, trouble };
    }
    // Until the host has it, the base stays where it is.
    return act === null
      ? { file: { ...here, body }, record: here, act: null }
      : { file, record: base ?? null, act };
  }
  const acts = keptTexts(number, `comment-${host.id}`, keptIntro(host), file.body, done);
  return acts.length === 0
    ? { file: here, record: here, act: null }
    : { file, record: base ?? null, act: acts };
}

/** Nobody's: it stays in the file as it stands there. */
function left(file: IssueComment | undefined): Kept {
  return { file: file ?? null, record: null, act: null };
}

/** Deleted at the host: it goes from the file too, unless somebody wrote in it meanwhile. */
function withoutHost(number: number, { base, file }: Seen, done: ReadonlySet<string>): Kept {
  const gone: Kept = { file: null, record: null, act: null };
  if (file === undefined || base === undefined || file.body === base.body) return gone;
  const acts = keptTexts(number, `comment-${file.id}`, keptIntro(file), file.body, done);
  return acts.length === 0 ? gone : { file, record: base, act: acts };
}

/** Leaves room for what is said above a part, and for the marker; characters may be two units long. */
const partPattern = /[\s\S]{1,32000}/gu;

/** Comments that keep a text, in parts where one does not hold it; those that are not there yet. */
export function keptTexts(
  number: number,
  of: string,
  intro: string,
  text: string,
  done: ReadonlySet<string>,
): readonly CommentAct[] {
  const parts = text.match(partPattern) ?? [];
  return parts.flatMap((part, at): readonly CommentAct[] => {
    const marker = keptTextMarker(number, at === 0 ? of : `${of}-${at + 1}`, text);
    const body = `${intro}${parts.length > 1 ? ` (${at + 1} of ${parts.length})` : ''}\n\n${part}`;
    return done.has(marker) ? [] : [{ kind: 'post', number, marker, body }];
  });
}

function editOf(number: number, { id, body, markers = [] }: IssueComment, wanted: string) {
  if (body === wanted) return null;
  return { kind: 'edit', number, id, body: hostBody(wanted, markers) } as const;
}

function keptIntro({ author, id }: IssueComment): string {
  return `In the file, the comment ${id} of ${author} was changed to:`;
}

function shown({ id, author, body, createdAtMs, updatedAtMs }: IssueComment): IssueComment {
  return { id, author, body, createdAtMs, updatedAtMs };
}

function byId(comments: readonly IssueComment[]): ReadonlyMap<number, IssueComment> {
  return new Map(comments.map((comment) => [comment.id, comment]));
}

function inOrder(a: IssueComment, b: IssueComment): number {
  return a.createdAtMs - b.createdAtMs || a.id - b.id;
}

/** What people read about a stale branch on the code host: the cleanup issue, the pings and how to get it back. */
import { formatDuration } from '../time.js';
import { markerComment } from '../repository/marker.js';
import { type RepositoryKey, repositoryPath } from '../repository/names.js';
import type { Branch } from '../repository/shapes.js';
import type { StaleBranchPolicy } from './schema.js';

/** Stands in the one cleanup issue of a branch. @example '<!-- sluice:branch:acme/shop:fix%2Fa -->' */
export function cleanupMarker(repository: RepositoryKey, branch: string): string {
  return markerComment(`${markerStart(repository)}${encode(branch)}`);
}

/** Inverse of {@link cleanupMarker}, out of a whole body; null where none stands. */
export function branchOfCleanupIssue(repository: RepositoryKey, body: string): string | null {
  const start = `<!-- sluice:${markerStart(repository)}`;
  const at = body.indexOf(start);
  if (at < 0) return null;
  const encoded = /^([^\s<>:/]+) -->/.exec(body.slice(at + start.length))?.[1];
  if (encoded === undefined) return null;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null;
  }
}

function markerStart(repository: RepositoryKey): string {
  const { owner, name } = repository;
  return `branch:${encode(owner.toLowerCase())}/${encode(name.toLowerCase())}:`;
}

/** As in a URL, and without what could end a comment of HTML. */
function encode(text: string): string {
  const hex = (sign: string): string => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text).replace(/[!'()*~]|-(?=-)/g, hex);
}

/** A name as code, so that it is neither markup nor a mention. */
export function code(text: string): string {
  const runs = text.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
  const space = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${space}${text}${space}${fence}`;
}

/** For a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w./@-]+$/.test(text) && !text.startsWith('-')
    ? text
    : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function restoreCommand(repository: RepositoryKey, branch: string): string {
  return `sluice branch restore ${repositoryPath(repository)} ${shellWord(branch)} --reason '…'`;
}

function day(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function ownerOf({ author }: Branch): string {
  return author.login === null ? code(author.name) : code(author.login);
}

export interface NoticeText {
  readonly repository: RepositoryKey;
  readonly branch: Branch;
  readonly policy: Pick<StaleBranchPolicy, 'after' | 'grace' | 'keepLabel' | 'notify'>;
  readonly graceEndsAtMs: number;
}

export function cleanupTitle(branch: string): string {
  return `Stale branch: ${branch.slice(0, 200)}`;
}

/** Without its marker. */
export function cleanupBody({ repository, branch, policy, graceEndsAtMs }: NoticeText): string {
  const days = formatDuration(policy.after);
  return [
    `The branch ${code(branch.name)} has had no commit, push or answer for ${days}.`,
    '',
    '| owner | last commit | when |',
    '|---|---|---|',
    `| ${ownerOf(branch).replaceAll('|', '\\|')} | ${branch.sha} | ${day(branch.committedAtMs)} |`,
    '',
    `**What happens:** it is archived on ${day(graceEndsAtMs)}. Nothing is lost; one command brings it back:`,
    '',
    `    ${restoreCommand(repository, branch.name)}`,
    '',
    `**To keep it:** push to it, comment here, add the label ${code(policy.keepLabel)}, or open a pull request from it.`,
  ].join('\n');
}

/** Names written as mentions reach people; the login of a bot reaches nobody. */
function mentions({ branch, policy }: NoticeText): readonly string[] {
  const { login } = branch.author;
  const author = policy.notify.author && login !== null && !login.endsWith('[bot]') ? [login] : [];
  const all = [...author, ...policy.notify.mention.map((name) => name.replace(/^@/, ''))];
  const isFirst = (name: string, at: number): boolean =>
    all.findIndex((other) => other.toLowerCase() === name.toLowerCase()) === at;
  return all.filter(isFirst).map((name) => `@${name}`);
}

export function pingText(text: NoticeText): string {
  const who = mentions(text).join(' ');
  const { branch, graceEndsAtMs, policy } = text;
  return `${who === '' ? '' : `${who} `}is ${code(branch.name)} still needed? It is archived on ${day(graceEndsAtMs)}; a push, a comment here or the label ${code(policy.keepLabel)} keeps it.`;
}

export function reminderText(text: NoticeText): string {
  const who = mentions(text).join(' ');
  const { branch, graceEndsAtMs } = text;
  return `${who === '' ? '' : `${who} `}${code(branch.name)} is archived on ${day(graceEndsAtMs)}. A comment here keeps it.`;
}

export function archivedText(
  repository: RepositoryKey,
  branch: string,
  archived: { readonly ref: string; readonly sha: string },
): string {
  return [
    `${code(branch)} was archived at ${archived.sha} as ${code(archived.ref)}. To bring it back:`,
    '',
    `    ${restoreCommand(repository, branch)}`,
  ].join('\n');
}

export function cancelledText(branch: string, reason: string): string {
  return `${code(branch)} stays: ${code(reason)}.`;
}

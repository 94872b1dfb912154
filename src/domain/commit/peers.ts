/** What other release tools would make of a commit message, so that a repository which uses one of them is warned. */
import { type Bump, bumpOfCommit, greaterBump, specificationPolicy } from './bump.js';
import { parseCommit } from './parse.js';

/** semantic-release with either preset, and release-please; their rules as of 2026. */
export const peers = ['angular', 'conventionalcommits', 'release-please'] as const;
export type Peer = (typeof peers)[number];

const titles: Readonly<Record<Peer, string>> = {
  angular: 'semantic-release (angular)',
  conventionalcommits: 'semantic-release (conventionalcommits)',
  'release-please': 'release-please',
};

/** Their patterns take the square of a message's length. */
const longestText = 5_000;

/**
 * What each would release for this one commit.
 * @example peerBumps('feat!: x').angular === 'none', because its header pattern does not know the mark
 */
export function peerBumps(message: string): Readonly<Record<Peer, Bump>> {
  const text = message.replace(/\r\n?/g, '\n').trim().slice(0, longestText);
  return {
    angular: byPreset(text, {
      header: /^(\w*)(?:\((.*)\))?: (.*)$/,
      breakingHeader: null,
      note: /^[\s|*]*(BREAKING CHANGE)[:\s]+(.*)/i,
      revert: /^(?:Revert|revert:)\s"?([\s\S]+?)"?\s*This reverts commit (\w{7,40})\b/i,
    }),
    conventionalcommits: byPreset(text, {
      header: /^(\w*)(?:\((.*)\))?!?: (.*)$/,
      breakingHeader: /^(\w*)(?:\((.*)\))?!: (.*)$/,
      note: /^[\s|*]*(BREAKING CHANGE|BREAKING-CHANGE)[:\s]+(.*)/i,
      revert: /^(?:Revert|revert:)\s"?([\s\S]+?)"?\s*This reverts commit (\w*)\./i,
    }),
    'release-please': byReleasePlease(text),
  };
}

/**
 * One sentence for each tool that would release something else than the specification asks for; empty when all agree.
 * @example peerWarnings('feat!: x') → ['semantic-release (angular) would release nothing for "feat!: x", not a major version']
 */
export function peerWarnings(message: string, among: readonly Peer[] = peers): readonly string[] {
  const own = bumpOfCommit(parseCommit(message), specificationPolicy);
  const [header = ''] = message.trim().split(/\r?\n/);
  const theirs = peerBumps(message);
  return among
    .filter((peer) => theirs[peer] !== own)
    .map(
      (peer) =>
        `${titles[peer]} would release ${worded(theirs[peer])} for "${header}", not ${worded(own)}`,
    );
}

function worded(bump: Bump): string {
  return bump === 'none' ? 'nothing' : `a ${bump} version`;
}

interface Preset {
  readonly header: RegExp;
  readonly breakingHeader: RegExp | null;
  readonly note: RegExp;
  readonly revert: RegExp;
}

/** conventional-commits-parser, then the default rules of commit-analyzer. */
function byPreset(text: string, { header, breakingHeader, note, revert }: Preset): Bump {
  const [first = '', ...rest] = text.split('\n');
  const type = header.exec(first)?.[1] ?? '';
  if (breakingHeader?.test(first) === true || rest.some((line) => note.test(line))) return 'major';
  if (type === 'feat' || type === 'FEAT') return 'minor';
  if (type === 'fix' || type === 'FIX' || type === 'perf' || revert.test(text)) return 'patch';
  return 'none';
}

// The grammar of @conventional-commits/parser: no space is needed after the colon.
const summary = /^([^\s():!]+)(?:\(([^()]+)\))?(!)?:\s*(.*)$/;
const breakingLine = /^BREAKING[ -]CHANGE:\s*\S/;
const footerLine = /^(?:BREAKING[ -]CHANGE|[^\s():!]+(?:\([^()]+\))?!?)(?::| #)/;

/** What it cannot read is left out; footers that look like commits are commits; types it hides ask for nothing alone. */
function byReleasePlease(text: string): Bump {
  const [first = '', ...rest] = text.split('\n');
  if (!summary.test(first)) return 'none';
  const own = bySummary(first);
  const breaks = rest.some((line) => breakingLine.test(line));
  const more = trailingFooters(rest).map(bySummary);
  return more.reduce(greaterBump, breaks ? 'major' : own);
}

function bySummary(line: string): Bump {
  const [, type, , mark, description] = summary.exec(line) ?? [];
  if (type === undefined) return 'none';
  if (mark !== undefined && description !== '') return 'major';
  if (type === 'feat' || type === 'feature') return 'minor';
  return ['fix', 'perf', 'revert'].includes(type) ? 'patch' : 'none';
}

/** The last lines, as long as each is a footer or continues one. */
function trailingFooters(lines: readonly string[]): readonly string[] {
  let from = lines.length;
  while (from > 0 && /^\s+\S/.test(lines[from - 1] ?? '')) from -= 1;
  while (from > 0 && footerLine.test(lines[from - 1] ?? '')) {
    from -= 1;
    while (from > 0 && /^\s+\S/.test(lines[from - 1] ?? '')) from -= 1;
  }
  return lines.slice(from).filter((line) => footerLine.test(line));
}

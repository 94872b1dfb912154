/** What the checks are told of a pull request, and what each answers. */
import type { Commit, Pull, PullFile } from '../repository/shapes.js';
import type { PullCheckName } from './check-names.js';
import type { PathTest } from './glob.js';

export interface PullFacts {
  readonly pull: Pull;
  readonly files: readonly PullFile[];
  /** Oldest first. */
  readonly commits: readonly Commit[];
  /** At the root of the base branch; null without one. */
  readonly gitattributes: string | null;
  /** Null on a side that has no such file; both are null where nobody asks for it. */
  readonly changelog: { readonly base: string | null; readonly head: string | null };
}

/** As {@link PullFacts}, with what several checks ask about them. */
export interface JudgedFacts extends PullFacts {
  readonly isGenerated: PathTest;
}

export interface Finding {
  /** Markdown, one sentence. */
  readonly says: string;
  /** Markdown: what to do about it. */
  readonly fix: string;
  /** The place, where there is one. */
  readonly at?: { readonly path: string; readonly line: number };
}

/** What a check found, before it is known how strict it is. */
export interface Judgement {
  /** Shown beside the check: a few plain words. */
  readonly title: string;
  readonly findings: readonly Finding[];
  /** Markdown, worth knowing and no fault. */
  readonly notes?: readonly string[];
  readonly labels?: LabelChange;
}

export interface LabelChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

export interface CheckVerdict extends Required<Omit<Judgement, 'labels'>> {
  readonly name: PullCheckName;
  readonly verdict: 'passed' | 'exempt' | 'warned' | 'failed';
}

/** Text of others as code: it can neither be markup nor call anybody. @example inCode('a`b') === "`a'b`" */
export function inCode(text: string): string {
  return inLongCode(text, 200);
}

/** As {@link inCode}, for texts of which the end matters. */
export function inLongCode(text: string, longest: number): string {
  const plain = text.replaceAll('`', "'").replace(/\s+/g, ' ').trim();
  const short = plain.length > longest ? `${plain.slice(0, longest - 1)}…` : plain;
  return short === '' ? '(nothing)' : `\`${short}\``;
}

/** @example counted(1, 'file') === '1 file'; counted(2, 'file') === '2 files' */
export function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}

/** Words that stand for edits: each is inserted once, and is lost unless somebody who saw it took it away. */
import type { FieldName } from '../../../src/domain/issue-sync/shapes.js';

const token = /\bk\d+\b/g;

/** What a word was written in. */
export type Told = FieldName | 'comments';

export interface Tokens {
  count: number;
  readonly kinds: Map<string, Told>;
  /** Inserted, and not taken away by anybody who saw it. */
  readonly alive: Set<string>;
}

export function newTokens(): Tokens {
  return { count: 0, kinds: new Map(), alive: new Set() };
}

export function freshToken(tokens: Tokens, of: Told): string {
  tokens.count += 1;
  const word = `k${tokens.count}`;
  tokens.kinds.set(word, of);
  tokens.alive.add(word);
  return word;
}

export function tokensIn(text: string): ReadonlySet<string> {
  return new Set(text.match(token) ?? []);
}

/** Somebody who saw the text before made the text after of it. */
export function seen(tokens: Tokens, before: string, after: string): void {
  const kept = tokensIn(after);
  for (const word of tokensIn(before)) if (!kept.has(word)) tokens.alive.delete(word);
}

/** Words that stand for edits: each is inserted once, and is lost unless somebody who saw it took it away. */

const token = /\bk\d+\b/g;

export interface Tokens {
  count: number;
  /** Inserted, and not taken away by anybody who saw it. */
  readonly alive: Set<string>;
}

export function newTokens(): Tokens {
  return { count: 0, alive: new Set() };
}

export function freshToken(tokens: Tokens): string {
  tokens.count += 1;
  const word = `k${tokens.count}`;
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

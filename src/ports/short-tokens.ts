/** Tokens that live for minutes and are kept nowhere: signed, so that every replica knows them. */
import type { TokenScope } from '../domain/access/scope.js';

export interface ShortGrant {
  /** The same for all tokens of the same holder, so that a key sent again is known again. */
  readonly tokenId: string;
  readonly owner: string;
  readonly scopes: readonly TokenScope[];
  readonly services: readonly string[];
  /** Null: everywhere. */
  readonly environments: readonly string[] | null;
  /** Epoch milliseconds. */
  readonly expiresAtMs: number;
}

export interface ShortTokens {
  issue(grant: ShortGrant): Promise<string>;
  /** Null when it is none of ours. @throws Unauthenticated when it was made up or has expired */
  read(secret: string): Promise<ShortGrant | null>;
}

/** A commit message and what it means, as far as a case says so. */
import type { Bump } from '../../../src/domain/commit/bump.js';
import type { Footer, ParsedCommit } from '../../../src/domain/commit/parse.js';

export interface CorpusCase {
  /** Where the specification says so, or what is special. */
  readonly name: string;
  readonly message: string;
  readonly kind?: ParsedCommit['kind'];
  readonly type?: string;
  readonly scope?: string | null;
  readonly description?: string;
  readonly body?: string | null;
  readonly footers?: readonly Footer[];
  readonly breaking?: readonly string[];
  readonly reverts?: readonly string[];
  readonly faults?: number;
  readonly bump: Bump;
}

/** A footer in short. */
export const footer = (token: string, value: string): Footer => ({ token, value });

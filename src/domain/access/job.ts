/** A job of GitHub Actions as its own token tells of it, and the rules that say what it may do here. */
import type { TokenScope } from './scope.js';

/** Claims that GitHub signed: https://docs.github.com/en/actions/concepts/security/openid-connect */
export interface JobClaims {
  /** Unique for ever; names are given anew after a repository was renamed or deleted. */
  readonly repositoryId: string;
  /** `owner/name` at the moment. */
  readonly repository: string;
  readonly ownerId: string;
  /** `refs/heads/main`, `refs/tags/v1.4.0`. */
  readonly ref: string;
  readonly event: string;
  /** The environment of GitHub that the job names; null when it names none. */
  readonly environment: string | null;
  /** `owner/name/.github/workflows/file.yml@ref` of the workflow that holds the job; null when it is not told. */
  readonly workflow: string | null;
  /** Login of whoever set it off. */
  readonly actor: string;
  readonly runId: string;
  /** Of this one token. */
  readonly tokenId: string;
  /** Epoch milliseconds. */
  readonly expiresAtMs: number;
}

export interface JobRule {
  readonly repositoryId: string;
  readonly ownerId?: string | undefined;
  /** Each with `*` for anything within a segment and `**` for anything. */
  readonly refs: readonly string[];
  readonly events: readonly string[];
  readonly githubEnvironments?: readonly string[] | undefined;
  readonly workflows?: readonly string[] | undefined;
  readonly services: readonly string[];
  /** Environments of the pipeline; undefined: all. */
  readonly environments?: readonly string[] | undefined;
  readonly scopes: readonly TokenScope[];
  readonly validForMs: number;
}

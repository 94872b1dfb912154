/** Views of workflows as whoever watches gets to see them. */
import { createHash } from 'node:crypto';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { QueryDefinition } from '@temporalio/common';
import { canonicalJson } from '../domain/canonical-json.js';
import type { Failure } from '../domain/failures.js';

export type Sighting =
  /** Equal views have the same version: it is the ETag without its quotes. */
  | { readonly kind: 'snapshot'; readonly view: object; readonly stateVersion: string }
  /** What is shown beside the view and is not part of its version. */
  | { readonly kind: 'aside'; readonly aside: object }
  /** The view cannot be read at the moment; the next snapshot says that it can again. */
  | { readonly kind: 'trouble'; readonly failure: Failure };

export interface Watched {
  readonly workflowId: string;
  readonly query: QueryDefinition<object, []>;
  /** Read out of the same description, without a question more. */
  readonly aside?: (found: WorkflowExecutionDescription) => Promise<object | null>;
}

export interface Watcher {
  readonly tokenId: string;
  readonly signal: AbortSignal;
}

export interface SharedViews {
  /**
   * The newest view, as it is after this was called, then every change. What changed while nobody pulled is
   * passed over. Ends with the signal; throws what the view cannot be read for, unless it was seen before.
   * RateLimited when the token watches too much already, Unavailable when all of them do.
   */
  watch(watched: Watched, watcher: Watcher): AsyncGenerator<Sighting, void>;
}

/** Equal for equal views: the ETag without its quotes. */
export function versionOf(view: unknown): string {
  return createHash('sha256').update(canonicalJson(view)).digest('hex').slice(0, 20);
}

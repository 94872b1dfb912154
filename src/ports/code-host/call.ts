/** What every call to a code host may carry and how it may fail. */

/**
 * Failures of all ports here: NotFound (also: hidden from us), Forbidden (a permission is missing, named),
 * Conflict (the world moved: a lease is broken, a head is another), PolicyDenied (protection said no),
 * RateLimited with `retryAfterMs`, Unavailable. Reads are complete (all pages) or fail: half an answer is none.
 */
export interface Creation {
  /**
   * Stands in what is created (`<!-- sluice:… -->`), so that it is found again; unique for the intent.
   */
  readonly marker: string;
  /**
   * An earlier attempt may have succeeded unseen: what carries the marker is looked for (by lists, which are exact,
   * never by search) among what changed since then, and adopted. Null on a first attempt.
   */
  readonly retriedSinceMs: number | null;
}

/** What every call to a code host may carry and how it may fail. */

/**
 * Failures of all ports here: NotFound (also: hidden from us), Forbidden (a permission is missing, named),
 * Conflict (the world moved: a lease is broken, a head is another), PolicyDenied (protection said no),
 * RateLimited with `retryAfterMs`, Unavailable (also: our credential is refused, until somebody mends it). Reads are complete (all pages) or fail: half an answer is none.
 */
export interface Creation {
  /**
   * Unique for the intent, such as `stale-branch/fix%2Fa`; the adapter writes it into what is created as
   * `<!-- sluice:<marker> -->` (domain/repository/marker.ts), so that it is found again. Whoever edits the body keeps it.
   */
  readonly marker: string;
  /**
   * An earlier attempt may have succeeded unseen: what carries the marker is looked for (by lists, which are exact,
   * never by search) among what changed since then, and adopted. Null on a first attempt.
   */
  readonly retriedSinceMs: number | null;
}

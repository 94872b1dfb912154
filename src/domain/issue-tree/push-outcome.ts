/** What became of a push that was not said to have gone well, told from where the refs are now. */

export interface PushedRef {
  readonly ref: string;
  /** The lease. */
  readonly before: string | null;
  readonly after: string;
  readonly now: string | null;
  /** `now` is a descendant of `after`: somebody went on from what we pushed. */
  readonly isBeyond: boolean;
}

export type PushOutcome =
  /** All of it arrived, and only the answer was lost. */
  | { readonly kind: 'arrived' }
  | { readonly kind: 'moved'; readonly ref: string; readonly now: string | null }
  /** All refs are where they were: it was refused, or never came there. */
  | { readonly kind: 'still' };

export function pushOutcome(refs: readonly PushedRef[]): PushOutcome {
  if (refs.every(({ after, now, isBeyond }) => now === after || isBeyond)) {
    return { kind: 'arrived' };
  }
  const moved =
    refs.find(({ before, after, now }) => now !== before && now !== after) ??
    refs.find(({ before, now }) => now !== before);
  return moved === undefined
    ? { kind: 'still' }
    : { kind: 'moved', ref: moved.ref, now: moved.now };
}

/** Words by which a host says that nobody, or not we, may push there. */
export function isDenial(said: string): boolean {
  return /\bGH0(06|13)\b|protect|rule violation|pull request|hook declined|not authorized|permission|not granted|denied|read[- ]only|archived|cannot (delete|update|force)|status check|locked branch/i.test(
    said,
  );
}

/** How a rollout ends, and why. */

export type RolloutOutcome = 'promoted' | 'rolledBack' | 'aborted' | 'superseded';

/** What made a rollout turn back. */
export type RollbackCause =
  | { readonly kind: 'verdict'; readonly reason: string; readonly evidenceRef: string | null }
  | { readonly kind: 'gate'; readonly reason: string }
  | { readonly kind: 'alert'; readonly alert: string; readonly reason: string }
  | { readonly kind: 'deadline'; readonly reason: string }
  | { readonly kind: 'aborted'; readonly actor: string; readonly reason: string }
  | { readonly kind: 'superseded'; readonly by: string }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failure'; readonly reason: string };

export function outcomeOf(cause: RollbackCause): Exclude<RolloutOutcome, 'promoted'> {
  switch (cause.kind) {
    case 'aborted':
    case 'cancelled':
      return 'aborted';
    case 'superseded':
      return 'superseded';
    case 'verdict':
    case 'gate':
    case 'alert':
    case 'deadline':
    case 'failure':
      return 'rolledBack';
  }
}

/** One sentence for people and records. */
export function describeCause(cause: RollbackCause): string {
  switch (cause.kind) {
    case 'aborted':
      return `aborted by ${cause.actor}: ${cause.reason}`;
    case 'superseded':
      return `superseded by ${cause.by}`;
    case 'cancelled':
      return 'the workflow was cancelled';
    case 'alert':
      return `alert ${cause.alert}: ${cause.reason}`;
    case 'verdict':
    case 'gate':
    case 'deadline':
    case 'failure':
      return cause.reason;
  }
}

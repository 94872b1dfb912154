/** What is to be done with an issue or pull request now, by its facts and the rules: the one place that says so. */
import { exemption } from './exemption.js';
import { type Activity, includesName, type ItemFacts } from './facts.js';
import type { StaleItemPolicy } from './policy.js';

export type StaleDecision =
  /** Nothing is due before then; null: nothing will be. */
  | { readonly kind: 'leave'; readonly dueAtMs: number | null; readonly reason: string }
  | { readonly kind: 'mark'; readonly dueAtMs: number; readonly reason: string }
  | { readonly kind: 'unmark'; readonly reason: string }
  | { readonly kind: 'close'; readonly dueAtMs: number; readonly reason: string }
  | { readonly kind: 'exempt'; readonly reason: string }
  /** Not enough is known, so nothing may be done. */
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * Pure. A host that could not be read is no facts at all, and an item that was marked but whose history was not read
 * is `unknown`: silence is never taken for inactivity.
 * @example 60 days without a change → mark; 59 → leave, due tomorrow
 * @example marked 7 days ago, no activity since → close; a person's comment since → unmark
 * @example marked, and got an exempt label → unmark; not marked → exempt
 */
export function decideStaleItem(
  facts: ItemFacts,
  policy: StaleItemPolicy,
  nowMs: number,
): StaleDecision {
  if (facts.state === 'closed') return { kind: 'leave', dueAtMs: null, reason: 'it is closed' };
  const exempt = exemption(facts, policy);
  const isMarked = includesName(facts.labels, policy.label);
  if (!isMarked) {
    return exempt === null ? decideMark(facts, policy, nowMs) : { kind: 'exempt', reason: exempt };
  }
  // Nobody can take part in what is locked, so there the label stays as people left it.
  if (exempt !== null) {
    return facts.isLocked
      ? { kind: 'exempt', reason: exempt }
      : { kind: 'unmark', reason: `${exempt}, which exempts it` };
  }
  return decideMarked(facts, policy, nowMs);
}

function decideMark(facts: ItemFacts, policy: StaleItemPolicy, nowMs: number): StaleDecision {
  if (policy.afterMs === null) {
    return { kind: 'leave', dueAtMs: null, reason: 'nothing of this kind is ever marked' };
  }
  const since = quietSince(facts, policy);
  const dueAtMs = since.atMs + policy.afterMs;
  return nowMs >= dueAtMs
    ? { kind: 'mark', dueAtMs, reason: since.reason }
    : { kind: 'leave', dueAtMs, reason: since.reason };
}

/** From when on its age counts. */
function quietSince(
  facts: ItemFacts,
  policy: StaleItemPolicy,
): { readonly atMs: number; readonly reason: string } {
  const { createdAtMs, updatedAtMs, history } = facts;
  const on = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);
  if (history === null && !policy.ignoreUpdates) {
    return { atMs: updatedAtMs, reason: `last changed on ${on(updatedAtMs)}` };
  }
  const { activity = null, unmarkedAtMs = null } = history ?? {};
  const seen = policy.ignoreUpdates ? null : activity;
  // Marked again at once after people had it unmarked, it would go to and fro for ever.
  const fromMs = Math.max(createdAtMs, seen?.atMs ?? 0, unmarkedAtMs ?? 0);
  if (fromMs === unmarkedAtMs) return { atMs: fromMs, reason: `unmarked on ${on(fromMs)}` };
  return seen !== null && fromMs === seen.atMs
    ? { atMs: fromMs, reason: `last ${describeActivity(seen)}` }
    : { atMs: fromMs, reason: `created on ${on(createdAtMs)}` };
}

function decideMarked(facts: ItemFacts, policy: StaleItemPolicy, nowMs: number): StaleDecision {
  const { mark = null, activity = null } = facts.history ?? {};
  if (mark === null) {
    return { kind: 'unknown', reason: 'it is marked, but its history has not been read' };
  }
  if (activity !== null && policy.removeWhenUpdated) {
    return { kind: 'unmark', reason: describeActivity(activity) };
  }
  if (policy.closeAfterMs === null) {
    return { kind: 'leave', dueAtMs: null, reason: 'marked; nothing of this kind is ever closed' };
  }
  const fromMs = Math.max(mark.atMs, activity?.atMs ?? 0);
  const dueAtMs = fromMs + policy.closeAfterMs;
  const day = new Date(mark.atMs).toISOString().slice(0, 10);
  const since = activity === null ? 'no activity since' : describeActivity(activity);
  const reason = `marked on ${day}, ${since}`;
  return nowMs >= dueAtMs ? { kind: 'close', dueAtMs, reason } : { kind: 'leave', dueAtMs, reason };
}

/** @example 'comment by ann on 2026-03-01' */
export function describeActivity({ kind, by, atMs }: Activity): string {
  const who = by === null ? '' : ` by ${by}`;
  return `${kind.replaceAll('_', ' ')}${who} on ${new Date(atMs).toISOString().slice(0, 10)}`;
}

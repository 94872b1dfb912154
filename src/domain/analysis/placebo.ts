/** Stable against stable: the same test where nothing can be wrong, as a live meter of false alarms. */
import type { Dispersion, InstanceCount } from './dispersion.js';
import {
  agreedLogE,
  beginTwoKeys,
  falseAlarmShare,
  lookWithTwoKeys,
  type TwoKeyState,
} from './two-keys.js';

/**
 * One more look at a part of stable's instances as if they were the candidate: every fourth, at least one.
 * Instances come in the order in which they are told; one that joins or leaves shifts the parts, which both are stable.
 */
export function placeboLook(
  state: TwoKeyState | undefined,
  stable: readonly InstanceCount[],
  dispersions: () => readonly Dispersion[],
  atMs: number,
): { readonly placebo?: TwoKeyState } {
  if (stable.length < 2) return state === undefined ? {} : { placebo: state };
  const candidate = stable.filter((_, n) => n % 4 === 0);
  const others = stable.filter((_, n) => n % 4 !== 0);
  const from = state ?? beginTwoKeys(dispersions().slice(0, 1));
  return { placebo: lookWithTwoKeys(from, [{ candidate, stable: others }], atMs) };
}

/** It would have rolled back, had it been a candidate. */
export function placeboAlarmed(state: TwoKeyState): boolean {
  return agreedLogE(state) >= -Math.log(falseAlarmShare);
}

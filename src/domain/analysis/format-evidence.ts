/** Checks, shares and E values as people write them. */
import type { CheckName } from './verdict.js';

/** Of the checks, as people read them in tables and plots. */
export const checkNames: Readonly<Partial<Record<CheckName, string>>> = {
  errorRate: 'error limit',
  latencyP95: 'latency limit',
  errorsBesideStable: 'errors beside stable',
  latencyBesideStable: 'latency beside stable',
};

/** `5 %`, `0.25 %`: three digits at most. */
export function formatShare(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

/** `0.5 %`, `0 %` of nothing. */
export function shareOf(bad: number, total: number): string {
  return total === 0 ? '0 %' : formatShare(bad / total);
}

/** `0.5`, `113`, `3.1e4`. */
export function formatE(e: number): string {
  if (e >= 1e300) return 'over 1e300';
  return e < 1000 ? String(Number(e.toPrecision(2))) : e.toExponential(1).replace('+', '');
}

/** Collects the limits that foreign metrics set, as the health section of sluice.yaml: of several the strictest. */

type LimitName = 'max' | 'success';

export interface Limits {
  /** Failed requests, 0–1. */
  errorRate(name: LimitName, share: number): void;
  latencyP95(name: LimitName, ms: number): void;
  /** The health section; empty when nothing was set. */
  written(): Readonly<Record<string, unknown>>;
}

/** `0.05` → `5%`, without the noise of binary fractions. */
export function shareText(share: number): string {
  return `${Number((share * 100).toFixed(4))}%`;
}

export function createLimits(): Limits {
  const shares = new Map<LimitName, number>();
  const times = new Map<LimitName, number>();
  const stricter = (limits: Map<LimitName, number>) => (name: LimitName, value: number) => {
    limits.set(name, Math.min(value, limits.get(name) ?? value));
  };
  return {
    errorRate: stricter(shares),
    latencyP95: stricter(times),
    written: () => ({
      ...section('errorRate', shares, shareText),
      ...section('latencyP95', times, (ms) => `${Math.round(ms)}ms`),
    }),
  };
}

function section(
  name: string,
  limits: ReadonlyMap<LimitName, number>,
  text: (value: number) => string,
): Readonly<Record<string, unknown>> {
  const max = limits.get('max');
  const success = limits.get('success') ?? max;
  if (success === undefined) return {};
  // One threshold parts the good from the bad, with nothing in between.
  const bound = max === undefined ? {} : { max: text(max) };
  return { [name]: { ...bound, success: text(Math.min(success, max ?? success)) } };
}

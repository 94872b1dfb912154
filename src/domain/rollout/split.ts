/** How a target's traffic is divided between its stable revision and a candidate. */

/** Requests that carry the header with exactly this value go to the candidate, whatever the weight. */
export interface HeaderRoute {
  readonly header: string;
  readonly value: string;
}

export interface Split {
  /** Revision name; null only before the first install. */
  readonly stable: string | null;
  readonly candidate: string | null;
  /** Share of requests for the candidate, integer percent 0–100. */
  readonly weight: number;
  readonly headerRoute: HeaderRoute | null;
  /** Per cent 1–100 of stable's requests of which the candidate gets a copy, its answers dropped; only at weight 0. */
  readonly mirror?: number;
}

export const emptySplit: Split = { stable: null, candidate: null, weight: 0, headerRoute: null };

/** Everything to stable, nothing else attached. */
export function stableOnly(stable: string | null): Split {
  return { stable, candidate: null, weight: 0, headerRoute: null };
}

/** True when both say the same. */
export function sameSplit(a: Split, b: Split): boolean {
  return (
    a.stable === b.stable &&
    a.candidate === b.candidate &&
    a.weight === b.weight &&
    a.headerRoute?.header === b.headerRoute?.header &&
    a.headerRoute?.value === b.headerRoute?.value &&
    a.mirror === b.mirror
  );
}

/** Understands the common conditions over a Prometheus query: a share of good or bad requests, or a latency. */

export type Measure =
  | { readonly kind: 'success' | 'error'; readonly scale: 1 | 100 }
  | { readonly kind: 'latency'; readonly quantile: number; readonly unitMs: number };

export interface Threshold {
  /** The value must stay on this side. */
  readonly side: 'above' | 'below';
  readonly value: number;
}

const plain =
  /^\s*(?:default\(\s*)?(?:asFloat\()?result(?:\[0\])?\)?(?:\s*,\s*[\d.]+\s*\))?\s*(<=|<|>=|>)\s*(\d+(?:\.\d+)?)\s*$/;

/** `result[0] >= 0.95` → above 0.95; undefined for anything that says more than one limit. */
export function readCondition(condition: string): Threshold | undefined {
  const match = plain.exec(condition);
  if (!match) return undefined;
  return { side: match[1]?.startsWith('<') ? 'below' : 'above', value: Number(match[2]) };
}

/** What a query measures, as far as its text says it beyond doubt. */
export function readQuery(query: string): Measure | undefined {
  const quantile = /histogram_quantile\(\s*(0?\.\d+|\$\{?[a-z]+)/.exec(query)?.[1];
  if (quantile !== undefined) {
    const unitMs = /_(?:milliseconds|ms)_bucket/.test(query)
      ? 1
      : /_seconds_bucket/.test(query)
        ? 1000
        : undefined;
    if (unitMs === undefined || Number.isNaN(Number(quantile))) return undefined;
    return { kind: 'latency', quantile: Number(quantile), unitMs };
  }
  if (!/\)\s*\/\s*(?:sum|\()/.test(query)) return undefined;
  const scale = /\*\s*100\b|\b100\s*\*/.test(query) ? 100 : 1;
  // What stands above the line decides: good requests are those that are not 5xx.
  const above = query.split(/\)\s*\//)[0] as string;
  if (/!~\s*["'][^"']*5/.test(above)) return { kind: 'success', scale };
  if (/=~\s*["'][^"']*5/.test(above)) return { kind: 'error', scale };
  return undefined;
}

/** The share of failed requests (0–1) at the threshold; undefined when it looks the wrong way. */
export function failedShare(measure: Measure, { side, value }: Threshold): number | undefined {
  if (measure.kind === 'latency') return undefined;
  const share = value / measure.scale;
  if (measure.kind === 'success') return side === 'above' ? 1 - share : undefined;
  return side === 'below' ? share : undefined;
}

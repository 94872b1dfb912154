/** Quantities, and what one pod asks for of each resource, as quotas and schedulers count it. */
import type { PodSpec } from '../objects.js';

/** Thousand-millionths of the unit, exact: a tenth three times is three tenths. */
export type Nanos = bigint;

const unit = 1_000_000_000n;

const factors: Readonly<Record<string, Nanos>> = {
  n: 1n,
  u: 1_000n,
  m: 1_000_000n,
  '': unit,
  k: unit * 1000n,
  M: unit * 1000n ** 2n,
  G: unit * 1000n ** 3n,
  T: unit * 1000n ** 4n,
  P: unit * 1000n ** 5n,
  E: unit * 1000n ** 6n,
  Ki: unit * 1024n,
  Mi: unit * 1024n ** 2n,
  Gi: unit * 1024n ** 3n,
  Ti: unit * 1024n ** 4n,
  Pi: unit * 1024n ** 5n,
  Ei: unit * 1024n ** 6n,
};

/** Rounded up to a nano. @example parseQuantity('100m') === 100_000_000n; parseQuantity('1.5Gi'); parseQuantity('2e3') */
export function parseQuantity(text: string | number): Nanos {
  const found = /^\+?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(
    String(text),
  );
  if (found === null) throw new RangeError(`not a quantity: ${text}`);
  const [, whole = '', fraction = '', exponent, suffix = ''] = found;
  const digits = BigInt(`${whole}${fraction}` || '0');
  const power = Number(exponent ?? 0) - fraction.length;
  const factor = factors[suffix] ?? unit;
  if (power >= 0) return digits * factor * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  return (digits * factor + divisor - 1n) / divisor;
}

/** @example formatQuantity(parseQuantity('1536Mi'), 'memory') === '1536Mi'; formatQuantity(…, 'cpu') === '1500m' */
export function formatQuantity(nanos: Nanos, resource: string): string {
  if (/memory|storage/.test(resource)) {
    const mebi = factors['Mi'] ?? unit;
    return nanos % mebi === 0n ? `${nanos / mebi}Mi` : String(nanos / unit);
  }
  return nanos % unit === 0n ? String(nanos / unit) : `${nanos / 1_000_000n}m`;
}

type Amounts = Readonly<Record<string, string | number>>;

interface Asking {
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: Amounts; readonly limits?: Amounts };
}

interface AskingPod {
  readonly containers: readonly Asking[];
  readonly initContainers?: readonly Asking[];
  readonly overhead?: Amounts;
}

/**
 * What one pod uses: containers run at once, those that initialise one after the other, sidecars (initialising
 * containers that stay) with all that come after them.
 */
export function podAmounts(spec: PodSpec, of: 'requests' | 'limits'): ReadonlyMap<string, Nanos> {
  const pod = spec as unknown as AskingPod;
  const names = new Set<string>();
  const collect = (amounts: Amounts | undefined) => {
    for (const name of Object.keys(amounts ?? {})) names.add(name);
  };
  const all = [...pod.containers, ...(pod.initContainers ?? [])];
  for (const one of all) {
    collect(one.resources?.requests);
    collect(one.resources?.limits);
  }
  collect(pod.overhead);
  const total = (name: string): Nanos => {
    let sidecars = 0n;
    let peak = 0n;
    for (const one of pod.initContainers ?? []) {
      const asked = amountOf(one, of, name);
      if (one.restartPolicy === 'Always') sidecars += asked;
      peak = max(peak, one.restartPolicy === 'Always' ? sidecars : sidecars + asked);
    }
    const running = pod.containers.reduce((sum, one) => sum + amountOf(one, of, name), sidecars);
    return max(peak, running) + parseQuantity(pod.overhead?.[name] ?? 0);
  };
  return new Map([...names].map((name) => [name, total(name)] as const));
}

/** A request that is not written is the limit. */
function amountOf({ resources }: Asking, of: 'requests' | 'limits', name: string): Nanos {
  const limit = resources?.limits?.[name];
  const amount = of === 'limits' ? limit : (resources?.requests?.[name] ?? limit);
  return amount === undefined ? 0n : parseQuantity(amount);
}

const max = (one: Nanos, other: Nanos) => (one > other ? one : other);

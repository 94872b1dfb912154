/** What Service selectors say of a split: which revision a selector chooses, and how one is turned into another. */
import type { KubernetesObject, Service } from '../objects.js';
import { annotations, labels } from '../names.js';
import type { Held } from './routing.js';

type Selector = Readonly<Record<string, string>>;

export interface Selectors {
  /** As the Service has it now. */
  readonly present: Selector;
  /** Of the Service before it was ours. */
  readonly original: Selector;
  readonly stable: Selector | null;
  readonly candidate: Selector | null;
}

export function selectorsOf({ route, beside }: Held<Service>): Selectors {
  const [stable, candidate] = beside;
  const present = route.spec.selector ?? {};
  const kept = route.metadata.annotations?.[annotations.originalSelector];
  return {
    present,
    original: kept === undefined ? present : (JSON.parse(kept) as Selector),
    stable: selectorOf(stable),
    candidate: selectorOf(candidate),
  };
}

function selectorOf(object: KubernetesObject | null | undefined): Selector | null {
  return (object as Service | null | undefined)?.spec.selector ?? null;
}

/**
 * Chooses the pods of every revision of the target.
 * @example commonSelector({ service: 'checkout', environment: 'production', revision: '1.1.0-4f2a9c1b' }) → without the revision
 */
export function commonSelector(revision: Selector): Selector {
  return Object.fromEntries(Object.entries(revision).filter(([name]) => name !== labels.revision));
}

export function sameSelector(a: Selector | null, b: Selector | null): boolean {
  if (a === null || b === null) return a === b;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** Merge patch from one selector to another that also keeps the first one, for the day it is handed back. */
export function selectorPatch({ present, original }: Selectors, wanted: Selector): object | null {
  if (sameSelector(present, wanted)) return null;
  const gone = Object.fromEntries(Object.keys(present).map((name) => [name, null]));
  return {
    metadata: { annotations: { [annotations.originalSelector]: JSON.stringify(original) } },
    spec: { selector: { ...gone, ...wanted } },
  };
}

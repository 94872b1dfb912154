/** How one kind of router holds a split: pure functions over the object that divides a target's traffic. */
import type { Split } from '../../../domain/rollout/split.js';
import type { KubernetesObject, ObjectKind } from '../objects.js';

/** The Services that a target's traffic may be sent to. */
export interface Backends {
  /** The Service that users had before: gets the traffic while there is no stable revision. */
  readonly original: string;
  /** Name of the Service of a revision, which is the name of its Deployment too. */
  serviceOf(revision: string): string;
  /** Is this the Service of some revision of the target? */
  isOurs(service: string): boolean;
  /** Fills in `{service}`, `{environment}` and `{region}` of the target. */
  place(text: string): string;
}

/** The target's route as it is, and beside it the objects that `beside` named, in that order; null for one that is not there. */
export interface Held<Route> {
  readonly route: Route;
  readonly beside: readonly (KubernetesObject | null)[];
}

export interface BesideRef {
  readonly kind: ObjectKind<KubernetesObject>;
  readonly name: string;
}

/**
 * What becomes of an object beside the route.
 * - `leave`: it is not ours to write.
 * - `create`: an object that does nothing to traffic yet; `write` is asked again and patches in what it is to do, by its
 *   resource version and after another look at the route. Otherwise a late writer could create what a newer decision
 *   did not find there to remove. `owner` is what it goes with at the latest, `first` whether traffic that the route is
 *   about to give needs it: then it is created before the route is written.
 * - `patch`: a merge patch of what is there; an empty one notes the decision, so that a late writer meets it.
 * - `remove`: of what is there and ours.
 * `first` of the last two is for what a writer that died has left behind, which does nothing until the route leads to it:
 * where the route is about to, this is done before, and all is decided anew.
 */
export type BesideChange =
  | { readonly kind: 'leave' }
  | {
      readonly kind: 'create';
      readonly object: KubernetesObject;
      readonly owner?: BesideRef;
      readonly first?: boolean;
    }
  | { readonly kind: 'patch'; readonly patch: object; readonly first?: boolean }
  | { readonly kind: 'remove'; readonly first?: boolean };

export interface RouteChange {
  /** Merge patch of the route, without our notes; null when it holds the split already. */
  readonly route: object | null;
  /** One for each object beside it, carried out in this order after the route was written, on what is there then. */
  readonly beside: readonly BesideChange[];
}

/**
 * One kind of router. The route is the one object whose resource version decides between two writers, and which carries
 * the notes about split and fence (see target-route.ts); a rollback is the write of the route and of nothing before it,
 * unless a writer that died has left something behind.
 */
export interface Routing<Route extends KubernetesObject = KubernetesObject> {
  readonly kind: ObjectKind<Route>;
  /** The share follows from how many pods of the target run: pods outside of the split must be gone, and none is adopted. */
  readonly sharesPods?: true;
  /** Why this kind of router cannot hold such a split, one clause; null when it can. Never asked of a split without a candidate. */
  refuses(split: Split): string | null;
  /** Objects beside the route that hold a part of either split; null stands for one that neither has. */
  beside(
    route: Route,
    noted: Split,
    next: Split,
    backends: Backends,
  ): readonly (BesideRef | null)[];
  /**
   * @param noted the split that was written last: tells what in the route is ours
   * @throws InvalidInput when the route has no place for the target
   */
  write(held: Held<Route>, noted: Split, next: Split, backends: Backends): RouteChange;
  /** What the objects do, whoever wrote them last; `noted` says who is stable and who candidate. */
  read(held: Held<Route>, noted: Split, backends: Backends): Split;
  /**
   * What stands between the route as written and the data plane; null when it was taken, or when this kind never says.
   * @param gives the split gives a candidate traffic: faults of other parts of the route count only then
   * @example 'Gateway public has not seen it yet'
   */
  pending(route: Route, gives: boolean): string | null;
}

/** Why a kind of router refuses a mirror. */
export const noCopies = 'it cannot copy requests to a candidate';

/** A share that is there at all is never read as none, nor one that is not whole as all. */
export function percent(part: number, total: number): number {
  if (part === 0 || part === total) return part === 0 ? 0 : 100;
  return Math.min(99, Math.max(1, Math.round((part / total) * 100)));
}

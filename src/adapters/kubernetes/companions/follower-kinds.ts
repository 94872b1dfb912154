/** The kinds of objects that people put beside a service and mean for whatever is stable: where each points. */
import type { Deployment, KubernetesObject, LabelSelector, ObjectKind } from '../objects.js';
import { selects } from './label-selector.js';

interface ScaleTarget {
  readonly kind?: string;
  readonly name: string;
}

/** A HorizontalPodAutoscaler or a ScaledObject. */
export interface Autoscaler extends KubernetesObject {
  readonly spec: { readonly scaleTargetRef: ScaleTarget };
}

export interface DisruptionBudget extends KubernetesObject {
  readonly spec: { readonly selector?: LabelSelector };
}

/** Name of a Deployment, or the selector of pods. */
export type Pointer = string | LabelSelector;

/** What a target is made of. */
export interface Surroundings {
  /** The Deployment that users have; null when it is gone. */
  readonly template: Deployment | null;
  /** Every Deployment of the target's revisions. */
  readonly revisions: readonly Deployment[];
  readonly stable: Deployment;
}

export interface FollowerKind<One extends KubernetesObject = KubernetesObject> {
  readonly kind: ObjectKind<One>;
  readonly scales: boolean;
  /** Null for one that leads to no Deployment. */
  pointer(one: One): Pointer | null;
  /** Merge patch that points it from one place to another. */
  point(from: Pointer, to: Pointer): object;
  /** True where somebody who knows only their own Deployment would point. */
  isMeant(pointer: Pointer, surroundings: Surroundings): boolean;
  wanted(deployment: Deployment): Pointer;
}

function autoscalerKind(kind: ObjectKind<Autoscaler>): FollowerKind<Autoscaler> {
  return {
    kind,
    scales: true,
    pointer({ metadata, spec }) {
      const { kind: of = 'Deployment', name } = spec.scaleTargetRef;
      // KEDA's operator keeps these as it likes: the ScaledObject is what is turned.
      const isDerived = metadata.ownerReferences?.some((owner) => owner.kind === 'ScaledObject');
      return of === 'Deployment' && isDerived !== true ? name : null;
    },
    point: (_from, to) => ({ spec: { scaleTargetRef: { name: to } } }),
    isMeant: (name, { template, revisions }) =>
      [template, ...revisions].some((deployment) => deployment?.metadata.name === name),
    wanted: ({ metadata }) => metadata.name,
  };
}

export const horizontalAutoscaler = autoscalerKind({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
});

const scaledObject = autoscalerKind({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  plural: 'scaledobjects',
});

const disruptionBudget: FollowerKind<DisruptionBudget> = {
  kind: {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    plural: 'poddisruptionbudgets',
  },
  scales: false,
  pointer: ({ spec }) => spec.selector ?? null,
  point: (from, to) => ({
    spec: { selector: replaced(from as LabelSelector, to as LabelSelector) },
  }),
  /** One that guards revisions already (all pods, or by a label that they share) stays as it is. */
  isMeant(pointer, { template, stable }) {
    const selector = pointer as LabelSelector;
    const guards = (deployment: Deployment) =>
      selects(selector, deployment.spec.template.metadata?.labels ?? {});
    return template !== null && guards(template) && !guards(stable);
  },
  wanted: ({ spec }) => ({ matchLabels: spec.selector.matchLabels ?? {} }),
};

/** A merge patch keeps what it does not name. */
function replaced(from: LabelSelector, to: LabelSelector): object {
  const old = Object.keys(from.matchLabels ?? {}).map((name) => [name, null]);
  return {
    matchLabels: { ...Object.fromEntries(old), ...to.matchLabels },
    matchExpressions: to.matchExpressions ?? null,
  };
}

export const followerKinds: readonly FollowerKind[] = [
  horizontalAutoscaler,
  scaledObject,
  disruptionBudget,
];

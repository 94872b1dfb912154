/** Where pods of a revision may stand: rules about the template's own pods speak of the revision's, and revisions can keep apart. */
import type { TargetKey } from '../../../domain/names.js';
import type { WorkloadSpec } from '../../../domain/rollout/workload.js';
import { labels, targetLabels } from '../names.js';
import type { Affinity, Deployment, LabelSelector, PodAffinity, PodSpec } from '../objects.js';
import { selectorKeys, selects } from './label-selector.js';

type Labels = Readonly<Record<string, string>>;

const node = 'kubernetes.io/hostname';
/** Of 1 to 100 each preferred rule counts for; apart is as much as any of the user's can say. */
const fullWeight = 100;

/**
 * Spread constraints and pod affinities that chose the template's pods choose the revision's.
 * @param own labels that pods of the revision are selected by
 */
export function followPlacement(template: Deployment, own: Labels): Partial<PodSpec> {
  const { spec, metadata } = template.spec.template;
  const selected = Object.keys(template.spec.selector.matchLabels ?? {});
  const podLabels = metadata?.labels ?? {};
  const follow = <One extends { readonly labelSelector?: LabelSelector }>(one: One): One => {
    const { labelSelector } = one;
    if (labelSelector === undefined || !selects(labelSelector, podLabels)) return one;
    if (!selectorKeys(labelSelector).some((name) => selected.includes(name))) return one;
    return { ...one, labelSelector: replaceKeys(labelSelector, selected, own) };
  };
  const side = (rules: PodAffinity): PodAffinity => {
    const required = rules.requiredDuringSchedulingIgnoredDuringExecution;
    const preferred = rules.preferredDuringSchedulingIgnoredDuringExecution;
    return {
      ...rules,
      ...(required && {
        requiredDuringSchedulingIgnoredDuringExecution: required.map(follow),
      }),
      ...(preferred && {
        preferredDuringSchedulingIgnoredDuringExecution: preferred.map((one) => {
          return { ...one, podAffinityTerm: follow(one.podAffinityTerm) };
        }),
      }),
    };
  };
  const { topologySpreadConstraints: spread, affinity } = spec;
  return {
    ...(spread && { topologySpreadConstraints: spread.map(follow) }),
    ...(affinity && {
      affinity: {
        ...affinity,
        ...(affinity.podAffinity && { podAffinity: side(affinity.podAffinity) }),
        ...(affinity.podAntiAffinity && { podAntiAffinity: side(affinity.podAntiAffinity) }),
      },
    }),
  };
}

function replaceKeys(
  { matchLabels = {}, matchExpressions }: LabelSelector,
  names: readonly string[],
  own: Labels,
): LabelSelector {
  const kept = Object.entries(matchLabels).filter(([name]) => !names.includes(name));
  const expressions = matchExpressions?.filter(({ key }) => !names.includes(key)) ?? [];
  return {
    matchLabels: { ...Object.fromEntries(kept), ...own },
    ...(expressions.length > 0 && { matchExpressions: expressions }),
  };
}

/**
 * Rules that keep pods of a revision off nodes with other revisions of the target, and with the template's own pods.
 * @param revision value of the revision's label
 */
export function keepApart(
  affinity: Affinity | undefined,
  policy: NonNullable<WorkloadSpec['antiAffinity']>,
  target: TargetKey,
  revision: string,
  templateSelector: Labels,
): Affinity | undefined {
  if (policy === 'none') return affinity;
  const noRegion = { key: labels.region, operator: 'DoesNotExist' } as const;
  const others: LabelSelector = {
    matchLabels: targetLabels(target),
    matchExpressions: [
      { key: labels.revision, operator: 'NotIn', values: [revision] },
      ...(target.region === undefined ? [noRegion] : []),
    ],
  };
  const terms = [others, { matchLabels: templateSelector }].map((labelSelector) => {
    return { labelSelector, topologyKey: node };
  });
  const apart = affinity?.podAntiAffinity ?? {};
  const required = apart.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const preferred = apart.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const podAntiAffinity: PodAffinity =
    policy === 'required'
      ? { ...apart, requiredDuringSchedulingIgnoredDuringExecution: [...required, ...terms] }
      : {
          ...apart,
          preferredDuringSchedulingIgnoredDuringExecution: [
            ...preferred,
            ...terms.map((podAffinityTerm) => ({ weight: fullWeight, podAffinityTerm })),
          ],
        };
  return { ...affinity, podAntiAffinity };
}

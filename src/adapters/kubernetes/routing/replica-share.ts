/**
 * No router at all: during a rollout the Service that users have chooses the pods of both revisions, and the share of
 * each is what its ready pods make of it. Stable stays at full scale and the candidate has instances for its weight
 * (3 instances and 50 %: 2 beside 3), so that it never gets more than the weight. Back to stable is one write.
 */
import { emptySplit } from '../../../domain/rollout/split.js';
import { kinds, type Service } from '../objects.js';
import { noCopies, type Routing } from './routing.js';
import { commonSelector, sameSelector, selectorPatch, selectorsOf } from './selector-split.js';
import { serviceRefs } from './service-refs.js';

export const replicaShareRouting: Routing<Service> = {
  kind: kinds.service,
  sharesPods: true,

  refuses({ headerRoute, mirror }) {
    if (mirror !== undefined) return noCopies;
    return headerRoute === null ? null : 'a Service cannot tell testers by a header';
  },

  beside: (_route, _noted, next, backends) => serviceRefs(next, backends),

  write(held, _noted, { weight }) {
    const selectors = selectorsOf(held);
    const { stable, candidate, original } = selectors;
    const all = stable ?? original;
    const shared = candidate === null || stable === null ? all : commonSelector(candidate);
    const wanted = weight === 0 ? all : weight === 100 ? (candidate ?? all) : shared;
    return {
      route: selectorPatch(selectors, wanted),
      beside: held.beside.map(() => ({ kind: 'leave' })),
    };
  },

  read(held, noted) {
    const { present, stable, candidate, original } = selectorsOf(held);
    if (candidate !== null && sameSelector(present, candidate)) return { ...noted, weight: 100 };
    if (stable !== null && sameSelector(present, stable)) return { ...noted, weight: 0 };
    const isShared = candidate !== null && sameSelector(present, commonSelector(candidate));
    // The pods are counted elsewhere: what is shared is shared at the weight that was asked for.
    if (isShared && noted.weight > 0 && noted.weight < 100) return noted;
    // Before the first revision is stable there is nothing to share with: its pods wait.
    const isFirst = noted.stable === null && noted.weight < 100;
    return isFirst && sameSelector(present, original) ? noted : emptySplit;
  },

  pending: () => null,
};

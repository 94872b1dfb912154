/**
 * Blue-green without any router: the Service that users have is turned to the pods of one revision or the other, by
 * one write. A Service sends all or nothing, so there are no weights between and no testers.
 */
import { kinds, type Service } from '../objects.js';
import { noCopies, type Routing } from './routing.js';
import { serviceRefs } from './service-refs.js';
import { sameSelector, selectorPatch, selectorsOf } from './selector-split.js';
import { emptySplit } from '../../../domain/rollout/split.js';

export const serviceSelectorRouting: Routing<Service> = {
  kind: kinds.service,

  refuses({ weight, headerRoute, mirror }) {
    if (mirror !== undefined) return noCopies;
    if (headerRoute !== null) return 'a Service cannot tell testers by a header';
    return weight > 0 && weight < 100 ? 'a Service sends everything to one revision' : null;
  },

  beside: (_route, _noted, next, backends) => serviceRefs(next, backends),

  write(held, _noted, next) {
    const selectors = selectorsOf(held);
    const chosen = next.weight === 100 ? selectors.candidate : selectors.stable;
    const route = selectorPatch(selectors, chosen ?? selectors.original);
    return { route, beside: held.beside.map(() => ({ kind: 'leave' })) };
  },

  read(held, noted) {
    const { present, stable, candidate, original } = selectorsOf(held);
    if (candidate !== null && sameSelector(present, candidate)) return { ...noted, weight: 100 };
    if (stable !== null && sameSelector(present, stable)) return { ...noted, weight: 0 };
    return noted.stable === null && sameSelector(present, original)
      ? { ...noted, weight: 0 }
      : emptySplit;
  },

  pending: () => null,
};

/** The TraefikServices that copy requests: each answers by stable and copies to one candidate, beside the one that weighs. */
import type { Split } from '../../../domain/rollout/split.js';
import { kinds } from '../objects.js';
import { mergePatch } from './merge-patch.js';
import { routeKinds, type TraefikBackend, type TraefikService } from './route-kinds.js';
import type { Backends, BesideChange, BesideRef } from './routing.js';

const service = 'TraefikService';

/** Named by both sides, so that what a late writer leaves behind never leads elsewhere than a newer one thinks. */
export function mirrorName({ stable, candidate, mirror }: Split, backends: Backends) {
  if (candidate === null || mirror === undefined) return null;
  const answering = stable === null ? backends.original : backends.serviceOf(stable);
  return `${backends.serviceOf(candidate)}-beside-${answering}`;
}

/** Is it one of those between Services of the target? */
export function isMirror(name: string, { original, isOurs }: Backends): boolean {
  const parts = name.split('-beside-');
  return parts.some((_, n) => {
    const answering = parts.slice(n).join('-beside-');
    return (
      isOurs(parts.slice(0, n).join('-beside-')) && (answering === original || isOurs(answering))
    );
  });
}

/** Those that either split needs. */
export function mirrorRefs(noted: Split, next: Split, backends: Backends): readonly BesideRef[] {
  const names = [mirrorName(noted, backends), mirrorName(next, backends)];
  const needed = new Set(names.filter((name) => name !== null));
  return [...needed].map((name) => ({ kind: routeKinds.traefikService, name }));
}

/** What stands for both sides among the weighted services. */
export function throughMirror(first: TraefikBackend, name: string): TraefikBackend {
  return { ...first, kind: service, name, weight: 100 };
}

/** The Service behind an entry that may stand for both sides; port and scheme are the same. */
export function behindMirror({ kind, ...rest }: TraefikBackend): TraefikBackend {
  return kind === undefined || kind === service ? rest : { ...rest, kind };
}

/** @param first of the weighted services: port and scheme hold for both sides */
export function mirrorChanges(
  refs: readonly BesideRef[],
  there: readonly (TraefikService | null)[],
  first: TraefikBackend,
  next: Split,
  backends: Backends,
): readonly BesideChange[] {
  const wanted = mirrorName(next, backends);
  return refs.map(({ name }, n): BesideChange => {
    if (name !== wanted || next.candidate === null) return { kind: 'remove' };
    const present = there[n] ?? null;
    const { weight: _, ...shared } = behindMirror(first);
    const answering = next.stable === null ? backends.original : backends.serviceOf(next.stable);
    const candidate = backends.serviceOf(next.candidate);
    const mirrors = [{ ...shared, name: candidate, percent: next.mirror ?? 0 }];
    const spec = { mirroring: { ...shared, name: answering, mirrors } };
    if (present === null) {
      const { apiVersion, kind } = routeKinds.traefikService;
      const object: TraefikService = { apiVersion, kind, metadata: { name }, spec };
      const owner = { kind: kinds.service, name: candidate };
      return { kind: 'create', object, owner, first: true };
    }
    const patch = mergePatch(present.spec, spec);
    if (Object.keys(patch).length === 0) return { kind: 'patch', patch: {} };
    // Left behind with another share, which the route would copy by until the one that is wanted follows.
    const isLed = first.kind === service && first.name === wanted;
    return { kind: 'patch', patch: { spec: patch }, first: !isLed };
  });
}

/** Per cent that it copies to the candidate of the split; null when it does not do what its name says. */
export function readMirror(
  there: TraefikService | null | undefined,
  { stable, candidate }: Split,
  backends: Backends,
): number | null {
  const { name, mirrors = [] } = there?.spec.mirroring ?? {};
  const answering = stable === null ? backends.original : backends.serviceOf(stable);
  if (candidate === null || name !== answering) return null;
  return mirrors.find((one) => one.name === backends.serviceOf(candidate))?.percent ?? null;
}

/** The backends of an Ingress: found by their Service, and changed without touching any other. */
import { Failure } from '../../../domain/failures.js';
import type { Ingress, IngressBackend, IngressPath, IngressRule } from './route-kinds.js';
import type { Backends } from './routing.js';

type Spec = Ingress['spec'];

/** Backends that are chosen, in the order in which they are written; the default one is the last. */
export function backendsIn(
  { rules = [], defaultBackend }: Spec,
  isChosen: (service: string) => boolean,
): readonly IngressBackend[] {
  const all = rules.flatMap(({ http }) => http?.paths ?? []).map(({ backend }) => backend);
  if (defaultBackend !== undefined) all.push(defaultBackend);
  return all.filter(({ service }) => service !== undefined && isChosen(service.name));
}

/** Is it a Service of the target? */
export function ownedBy({ original, isOurs }: Backends): (service: string) => boolean {
  return (service) => service === original || isOurs(service);
}

/** @returns the rules with each path replaced by what `change` makes of it */
export function changePaths(
  rules: readonly IngressRule[] | undefined,
  change: (path: IngressPath) => readonly IngressPath[],
): readonly IngressRule[] | undefined {
  return rules?.map((rule) =>
    rule.http === undefined
      ? rule
      : { ...rule, http: { ...rule.http, paths: rule.http.paths.flatMap(change) } },
  );
}

export function noBackend({ original }: Backends): Failure {
  return new Failure('InvalidInput', `no path of the Ingress sends to Service ${original}`, {
    where: 'Ingress spec.rules',
    next: `add a path with the backend service ${original}, or name another router.backend`,
  });
}

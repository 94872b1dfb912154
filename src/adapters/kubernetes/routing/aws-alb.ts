/**
 * AWS Load Balancer Controller: the weights of a forward action in the annotations of an Ingress, and testers by a path
 * before the target's, whose action has a header condition. All of it is one object, so every change is one write.
 */
import { isDeepStrictEqual } from 'node:util';
import { Failure } from '../../../domain/failures.js';
import type { HeaderRoute, Split } from '../../../domain/rollout/split.js';
import {
  type ForwardAction,
  forwardOf,
  parsedAt,
  portOf,
  readForward,
  type TargetGroup,
  useAnnotation,
} from './alb-actions.js';
import { backendsIn, changePaths, noBackend } from './ingress-backends.js';
import { mergePatch } from './merge-patch.js';
import { type Ingress, type IngressBackend, routeKinds } from './route-kinds.js';
import { type Backends, noCopies, percent, type Routing } from './routing.js';

const prefix = 'alb.ingress.kubernetes.io/';
const longestHeader = 40;
const longestValue = 128;

export const awsAlbRouting: Routing<Ingress> = {
  kind: routeKinds.ingress,

  refuses({ headerRoute, mirror }) {
    if (mirror !== undefined) return noCopies;
    if (headerRoute === null) return null;
    const { header, value } = headerRoute;
    if (/[*?\\]/.test(value))
      return 'a load balancer takes * ? and \\ in header values for patterns';
    const isShort = header.length <= longestHeader && value.length <= longestValue;
    return isShort
      ? null
      : `a header has at most ${longestHeader} characters, its value ${longestValue}`;
  },

  beside: () => [],

  write({ route }, _noted, next, backends) {
    const wanted = {
      metadata: { annotations: writeNotes(route, next, backends) },
      spec: writePaths(route.spec, next.headerRoute, backends),
    };
    const { spec, metadata } = route;
    const present = { metadata: { annotations: metadata.annotations ?? {} }, spec };
    const patch = mergePatch(present, wanted);
    return { route: Object.keys(patch).length === 0 ? null : patch, beside: [] };
  },

  read({ route }, noted, backends) {
    const { original } = backends;
    const notes = route.metadata.annotations ?? {};
    const action = readForward(notes, `${prefix}actions.${original}`, backends);
    const groups = action?.forwardConfig.targetGroups ?? [];
    const isUsed = backendsIn(route.spec, (name) => name === original).some(usesAnnotation);
    const of = (revision: string | null) =>
      revision === null || !isUsed
        ? undefined
        : groups.find(({ serviceName }) => serviceName === backends.serviceOf(revision));
    const candidate = of(noted.candidate);
    const total = groups.reduce((sum, { weight = 1 }) => sum + weight, 0);
    const name = testersName(original);
    const hasTesters = backendsIn(route.spec, (service) => service === name).length > 0;
    return {
      stable: of(noted.stable) === undefined ? null : noted.stable,
      candidate: candidate === undefined ? null : noted.candidate,
      weight: candidate === undefined || total === 0 ? 0 : percent(candidate.weight ?? 1, total),
      headerRoute: hasTesters ? noted.headerRoute : null,
    };
  },

  pending: () => null,
};

/** An action is named like a Service, so it has to keep to their length. */
function testersName(original: string): string {
  return `${original.slice(0, 55)}-testers`;
}

function usesAnnotation({ service }: IngressBackend): boolean {
  return service?.port?.name === useAnnotation;
}

function actionBackend(name: string): IngressBackend {
  return { service: { name, port: { name: useAnnotation } } };
}

/** Annotations as they are to be. @throws InvalidInput when no path, or more than one port, is the target's */
function writeNotes(
  { metadata, spec }: Ingress,
  next: Split,
  backends: Backends,
): Readonly<Record<string, string>> {
  const { original } = backends;
  const own = backendsIn(spec, (name) => name === original);
  if (own.length === 0) throw noBackend(backends);
  const notes = { ...metadata.annotations };
  const action = forwardOf(notes, `${prefix}actions.${original}`, backends);
  const port = portOf(own, action, original);
  const group = (serviceName: string, weight: number): TargetGroup => {
    return { ...action?.forwardConfig.targetGroups[0], serviceName, servicePort: port, weight };
  };
  const forward = (targetGroups: readonly TargetGroup[]): ForwardAction => {
    const forwardConfig = { ...action?.forwardConfig, targetGroups };
    return { ...action, type: 'forward', forwardConfig };
  };
  const stable = next.stable === null ? original : backends.serviceOf(next.stable);
  const groups = [group(stable, 100 - next.weight)];
  if (next.candidate !== null) {
    groups.push(group(backends.serviceOf(next.candidate), next.weight));
  }
  note(notes, `${prefix}actions.${original}`, forward(groups));
  const testers = testersName(original);
  const { candidate, headerRoute } = next;
  const isTold = candidate !== null && headerRoute !== null;
  note(
    notes,
    `${prefix}actions.${testers}`,
    isTold ? forward([group(backends.serviceOf(candidate), 100)]) : null,
  );
  const conditions = parsedAt(notes, `${prefix}conditions.${original}`) ?? [];
  note(
    notes,
    `${prefix}conditions.${testers}`,
    isTold && Array.isArray(conditions) ? [...conditions, conditionOf(headerRoute)] : null,
  );
  const transforms = parsedAt(notes, `${prefix}transforms.${original}`);
  note(notes, `${prefix}transforms.${testers}`, isTold ? transforms : null);
  return notes;
}

function conditionOf({ header, value }: HeaderRoute): object {
  return {
    field: 'http-header',
    httpHeaderConfig: { httpHeaderName: header, values: [value] },
  };
}

/** What says the same already stays as it was written. */
function note(notes: Record<string, string>, name: string, value: unknown): void {
  if (value === null) delete notes[name];
  else if (!isDeepStrictEqual(parsedAt(notes, name), value)) notes[name] = JSON.stringify(value);
}

/** Paths of the target by their action; before each of them one for testers. @throws InvalidInput */
function writePaths(
  { rules, defaultBackend, ...rest }: Ingress['spec'],
  headerRoute: HeaderRoute | null,
  { original }: Backends,
): Ingress['spec'] {
  const testers = testersName(original);
  const hasPath = backendsIn({ ...(rules && { rules }) }, (name) => name === original).length > 0;
  if (headerRoute !== null && !hasPath) {
    throw new Failure('InvalidInput', 'a default backend cannot tell testers by a header', {
      where: 'Ingress spec.defaultBackend',
      next: `add a path with the backend service ${original}`,
    });
  }
  const changed = changePaths(rules, (path) => {
    const name = path.backend.service?.name;
    if (name === testers) return [];
    if (name !== original) return [path];
    const shared = { ...path, backend: actionBackend(original) };
    // The controller keeps the order of equal paths.
    const before = { ...path, backend: actionBackend(testers) };
    return headerRoute === null ? [shared] : [before, shared];
  });
  const isDefault = defaultBackend?.service?.name === original;
  return {
    ...rest,
    ...(defaultBackend && { defaultBackend: isDefault ? actionBackend(original) : defaultBackend }),
    ...(changed && { rules: changed }),
  };
}

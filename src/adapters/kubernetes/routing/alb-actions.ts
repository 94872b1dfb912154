/** Forward actions as annotations of an Ingress spell them, and the port they lead to. */
import { Failure } from '../../../domain/failures.js';
import type { IngressBackend } from './route-kinds.js';
import type { Backends } from './routing.js';

/** Port name of a backend whose action is an annotation. */
export const useAnnotation = 'use-annotation';

/** Fields that are not named here are kept. */
export interface TargetGroup {
  readonly serviceName: string;
  readonly servicePort: number | string;
  readonly weight?: number;
}

export interface ForwardAction {
  readonly type: 'forward';
  readonly forwardConfig: { readonly targetGroups: readonly TargetGroup[] };
}

type Notes = Readonly<Record<string, string>>;

/** Null when there is none. @throws InvalidInput when it is no JSON */
export function parsedAt(notes: Notes, name: string): unknown {
  const text = notes[name];
  if (text === undefined) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const details = { where: `Ingress annotation ${name}`, next: 'mend the annotation' };
    throw new Failure('InvalidInput', 'an annotation is no JSON', details, error);
  }
}

/** Null when there is none that does nothing but forward to the target. */
export function readForward(notes: Notes, name: string, backends: Backends): ForwardAction | null {
  try {
    return forwardOf(notes, name, backends);
  } catch {
    return null;
  }
}

/** Null when there is none. @throws InvalidInput when it does anything but forward to the target */
export function forwardOf(notes: Notes, name: string, backends: Backends): ForwardAction | null {
  const action = parsedAt(notes, name) as Partial<ForwardAction> | null;
  if (action === null) return null;
  const groups = action.type === 'forward' ? (action.forwardConfig?.targetGroups ?? []) : [];
  const foreign = groups.find(
    ({ serviceName }) => !(serviceName === backends.original || backends.isOurs(serviceName)),
  );
  if (groups.length > 0 && foreign === undefined) return action as ForwardAction;
  throw new Failure('InvalidInput', `the action forwards elsewhere than to ${backends.original}`, {
    where: `Ingress annotation ${name}`,
    seen: foreign === undefined ? 'no forwardConfig.targetGroups' : JSON.stringify(foreign),
    limit: `{"serviceName":"${backends.original}","servicePort":…}`,
    next: 'let it forward to the Service alone; what else it forwards to needs a path of its own',
  });
}

/** @throws InvalidInput for more than one port, or none */
export function portOf(
  own: readonly IngressBackend[],
  action: ForwardAction | null,
  original: string,
): number | string {
  const groups = action?.forwardConfig.targetGroups ?? [];
  const written = own.flatMap(({ service }) => {
    const port = service?.port?.name ?? service?.port?.number ?? [];
    return port === useAnnotation ? [] : port;
  });
  // Targets may say a port as a text of digits.
  const spelled = groups.map(({ servicePort }) => servicePort);
  const ports = [...new Map([...spelled, ...written].map((port) => [String(port), port])).values()];
  const [port] = ports;
  if (port !== undefined && ports.length === 1) return port;
  throw new Failure('InvalidInput', `paths need one port of Service ${original}`, {
    where: 'Ingress spec.rules',
    seen: ports.length === 0 ? 'none' : ports.join(', '),
    limit: 1,
    next: 'give paths to another port an Ingress of their own',
  });
}

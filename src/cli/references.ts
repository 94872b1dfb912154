/** How things are named on the command line: `checkout@1.1.0`, `checkout/production`, `checkout/production#3`. */
import { Failure } from '../domain/failures.js';
import { namePattern, type ReleaseKey, type RolloutKey, type TargetKey } from '../domain/names.js';

export type Reference =
  | { readonly kind: 'release'; readonly release: ReleaseKey }
  | { readonly kind: 'target'; readonly target: TargetKey }
  | { readonly kind: 'rollout'; readonly rollout: RolloutKey };

const forms = 'checkout@1.1.0, checkout/production or checkout/production#3';

/** InvalidInput for anything else. */
export function parseReference(text: string): Reference {
  const [service, version, ...more] = text.split('@');
  if (version !== undefined) {
    if (more.length > 0 || !isName(service) || version === '') throw notOne(text, forms);
    return { kind: 'release', release: { service, version: version.replace(/^v(?=\d)/, '') } };
  }
  const [path, number, ...rest] = text.split('#');
  const target = parseTarget(path ?? '');
  if (target === null || rest.length > 0) throw notOne(text, forms);
  if (number === undefined) return { kind: 'target', target };
  const n = Number(number);
  if (!Number.isSafeInteger(n) || n < 1) throw notOne(text, forms);
  return { kind: 'rollout', rollout: { target, n } };
}

export function parseReleaseReference(text: string): ReleaseKey {
  const reference = parseReference(text);
  if (reference.kind !== 'release') throw notOne(text, 'checkout@1.1.0');
  return reference.release;
}

export function parseTargetReference(text: string): TargetKey {
  const reference = parseReference(text);
  if (reference.kind !== 'target') throw notOne(text, 'checkout/production');
  return reference.target;
}

function parseTarget(path: string): TargetKey | null {
  const [service, environment, region, ...more] = path.split('/');
  if (more.length > 0 || !isName(service) || !isName(environment)) return null;
  if (region === undefined) return { service, environment };
  return isName(region) ? { service, environment, region } : null;
}

function isName(text: string | undefined): text is string {
  return text !== undefined && namePattern.test(text);
}

function notOne(text: string, form: string): Failure {
  return new Failure('InvalidInput', `"${text}" names nothing here`, {
    seen: text,
    next: `write it as ${form}`,
  });
}

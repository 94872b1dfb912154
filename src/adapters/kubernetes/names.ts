/** What things are called in the cluster: objects of a revision, and the labels and annotations they carry. */
import { createHash } from 'node:crypto';
import { type TargetKey, targetPath } from '../../domain/names.js';

const prefix = 'sluice.dev';
const maxName = 63;

export const labels = {
  service: `${prefix}/service`,
  environment: `${prefix}/environment`,
  region: `${prefix}/region`,
  revision: `${prefix}/revision`,
  version: `${prefix}/version`,
  /** On the Job of a migration and its pods: for which revision it runs. */
  migration: `${prefix}/migration`,
  /** On a copy of a ConfigMap or a Secret: whose copy it is. */
  copyOf: `${prefix}/copy-of`,
} as const;

export const annotations = {
  /** Exact values, where a label had to be cut or cleaned. */
  revision: `${prefix}/revision`,
  version: `${prefix}/version`,
  digest: `${prefix}/digest`,
  /** `<rollout>.<sequence>` of the last accepted write. */
  fence: `${prefix}/fence`,
  intent: `${prefix}/intent`,
  target: `${prefix}/target`,
  split: `${prefix}/split`,
  copyOf: `${prefix}/copy-of`,
  /** On a Service whose selector is turned: the selector it had before. */
  originalSelector: `${prefix}/original-selector`,
  /** Restart counts of pods when the present rollout began to write. */
  restartsBefore: `${prefix}/restarts-before`,
  /** On an autoscaler or a disruption budget that was turned: `{was, is}`, where it pointed before us and where since. */
  following: `${prefix}/following`,
  /** Name of the Deployment that a revision was made from. */
  template: `${prefix}/template`,
  /** On a Deployment that was there before us: it is handed back, never deleted. */
  adopted: `${prefix}/adopted`,
} as const;

/**
 * Deployment and Service of a revision; a DNS label.
 * @example objectName({ service: 'checkout', environment: 'production' }, '1.1.0-4f2a9c1b') === 'checkout-production-1-1-0-4f2a9c1b'
 */
export function objectName(target: TargetKey, revision: string): string {
  const { service, environment, region } = target;
  const place = [service, environment, ...(region === undefined ? [] : [region])].join('-');
  const clean = revision.replaceAll('.', '-');
  const readable = `${/^[a-z]/.test(place) ? '' : 's-'}${place}-${clean}`;
  if (readable.length <= maxName && /^[a-z0-9-]+$/.test(readable)) return readable;
  // Cut or cleaned, two revisions could meet under one name.
  const hash = createHash('sha256')
    .update(`${targetPath(target)}@${revision}`)
    .digest('hex');
  const cut = readable
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .slice(0, maxName - 9);
  return `${cut.replace(/-+$/, '')}-${hash.slice(0, 8)}`;
}

/** Fills in `{service}`, `{environment}` and `{region}`. */
export function place(text: string, { service, environment, region = '' }: TargetKey): string {
  const parts: Readonly<Record<string, string>> = { service, environment, region };
  return text.replace(/\{(service|environment|region)\}/g, (_, name: string) => parts[name] ?? '');
}

/** A text in the form that labels allow. */
export function labelText(text: string): string {
  const clean = text.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, maxName);
  return clean.replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}

export function targetLabels(target: TargetKey): Record<string, string> {
  return {
    [labels.service]: target.service,
    [labels.environment]: target.environment,
    ...(target.region === undefined ? {} : { [labels.region]: target.region }),
  };
}

/** Selects everything of one target and nothing of its other regions. */
export function targetSelector(target: TargetKey): string {
  const noRegion = target.region === undefined ? [`!${labels.region}`] : [];
  return [selectorText(targetLabels(target)), ...noRegion].join(',');
}

export function selectorText(matchLabels: Readonly<Record<string, string>>): string {
  return Object.entries(matchLabels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

/** Null for an object that belongs to no target. */
export function targetFromLabels(
  labelled: Readonly<Record<string, string>> | undefined,
): TargetKey | null {
  const service = labelled?.[labels.service];
  const environment = labelled?.[labels.environment];
  const region = labelled?.[labels.region];
  if (service === undefined || environment === undefined) return null;
  return region === undefined ? { service, environment } : { service, environment, region };
}

/** Finds the manifests of a text: documents, and the entries of a List. */
import { readYamlStream } from '../config/yaml-source.js';
import { Failure, type Fault } from '../domain/failures.js';
import { type Field, fieldOf, type Path } from './field.js';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** `Rollout shop/checkout` */
  readonly title: string;
  readonly root: Field;
  /** Of all its fields, filled while they are read. */
  readonly faults: readonly Fault[];
  readonly used: ReadonlySet<string>;
}

/** Group and version that a kind is imported from. */
export interface WantedKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** No manifest written by people is longer. */
const maxCharacters = 1_000_000;

/** @throws InvalidInput for what is no YAML, no manifest, or too large */
export function readManifests(text: string, file: string): readonly Manifest[] {
  if (text.length > maxCharacters) {
    throw new Failure('InvalidInput', `${file} is too large`, {
      where: file,
      seen: `${text.length} characters`,
      limit: `${maxCharacters} characters`,
    });
  }
  const next = 'mend the manifest: kubectl apply --dry-run=server says more';
  const found = readYamlStream(text, file, next).flatMap((source) => {
    const where = (base: Path) => (path: Path) => source.where([...base, ...path]);
    const whole = manifestOf(source.value, where([]));
    if (whole.kind !== 'List') return [whole];
    const items = (source.value as { readonly items?: unknown }).items;
    return Array.isArray(items)
      ? items.map((item: unknown, index) => manifestOf(item, where(['items', index])))
      : [];
  });
  if (found.length > 0) return found;
  throw new Failure('InvalidInput', `${file} holds no manifest`, { where: file, next });
}

function manifestOf(value: unknown, where: (path: Path) => string): Manifest {
  const faults: Fault[] = [];
  const used = new Set<string>();
  const root = fieldOf({ where, faults, used }, [], value);
  const apiVersion = root.at('apiVersion').text();
  const kind = root.at('kind').text();
  if (apiVersion === undefined || kind === undefined) {
    const message = 'a manifest needs apiVersion and kind';
    throw new Failure('InvalidInput', message, {
      where: where([]),
      faults: faults.length > 0 ? faults : [{ where: where([]), message }],
      next: 'hand in Kubernetes manifests, as kubectl get -o yaml prints them',
    });
  }
  const name = root.at('metadata', 'name').use();
  const namespace = root.at('metadata', 'namespace').use();
  const words = typeof name === 'string' ? name : '(without a name)';
  const title = `${kind} ${typeof namespace === 'string' ? `${namespace}/` : ''}${words}`;
  return {
    apiVersion,
    kind,
    name: typeof name === 'string' ? name : '',
    title,
    root,
    faults,
    used,
  };
}

/**
 * The one manifest to convert. Of several, `name` chooses.
 * @throws InvalidInput when there is none, or another version of it, or several
 */
export function theOne(
  manifests: readonly Manifest[],
  wanted: WantedKind,
  { name, file }: { readonly name: string | undefined; readonly file: string },
): Manifest {
  const alike = manifests.filter(({ kind }) => kind === wanted.kind);
  const fits = alike.filter(({ apiVersion }) => apiVersion === wanted.apiVersion);
  const other = alike.find(({ apiVersion }) => apiVersion !== wanted.apiVersion);
  if (fits.length === 0 && other !== undefined) {
    const field = other.root.at('apiVersion');
    throw new Failure('InvalidInput', `${other.title} is of another version`, {
      where: field.where,
      seen: other.apiVersion,
      limit: wanted.apiVersion,
    });
  }
  if (fits.length === 0) {
    const seen = [...new Set(manifests.map(({ kind }) => kind))].join(', ');
    throw new Failure('InvalidInput', `${file} holds no ${wanted.kind}`, {
      where: manifests[0]?.root.where ?? file,
      seen,
      limit: `${wanted.kind} of ${wanted.apiVersion}`,
      next: 'sluice import argo takes a Rollout, sluice import flagger a Canary',
    });
  }
  const named = fits.filter((manifest) => fits.length === 1 || manifest.name === name);
  if (named.length === 1) return named[0] as Manifest;
  throw new Failure('InvalidInput', `${file} holds ${fits.length} of ${wanted.kind}`, {
    where: fits[1]?.root.where ?? file,
    seen: fits.map((manifest) => manifest.name).join(', '),
    limit: 'one at a time, because a strategy belongs to an environment',
    next: 'choose by --service <name>',
  });
}

/** What importing a foreign manifest asks for and gives, and what its kinds have in common. */
import { Failure } from '../domain/failures.js';
import { namePattern } from '../domain/names.js';
import type { Field } from './field.js';
import type { Manifest } from './manifests.js';
import { inOrder, type Note, type Notebook } from './notes.js';
import { type Converted, writeProject } from './project-file.js';

export interface ImportRequest {
  readonly text: string;
  /** Names the text in notes and faults. */
  readonly file: string;
  /** Chooses one of several manifests, or names the service otherwise than its one manifest. */
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  /** Whether fixed thresholds become a judge that counts them as they were, in place of evidence. */
  readonly keepsThresholds?: boolean | undefined;
}

export interface Imported {
  /** `Rollout shop/checkout` */
  readonly title: string;
  /** A sluice.yaml that is valid, though guesses may stand in it: see the notes. */
  readonly yaml: string;
  /** In the order of the text. */
  readonly notes: readonly Note[];
}

/** @throws InvalidInput with every fault of the manifests, each with file:line:column */
export function finish(
  converted: Converted,
  manifests: readonly Manifest[],
  book: Notebook,
): Imported {
  const faults = manifests.flatMap((manifest) => manifest.faults);
  if (faults.length > 0) {
    const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
    throw new Failure('InvalidInput', `${converted.file} has ${count}`, {
      where: faults[0]?.where ?? converted.file,
      next: 'mend the manifest: kubectl apply --dry-run=server says more',
      faults,
    });
  }
  return { title: converted.title, yaml: writeProject(converted), notes: inOrder(book.notes) };
}

/** The name of the service: as asked for, else that of the manifest. */
export function serviceName(found: Field, asked: string | undefined): string {
  const name = asked ?? found.text() ?? '';
  found.use();
  if (namePattern.test(name)) return name;
  throw new Failure('InvalidInput', 'the name fits no service', {
    where: asked === undefined ? found.where : '--service',
    seen: name === '' ? 'nothing' : name,
    limit: 'a–z, 0–9 and inner hyphens, at most 63 characters',
    next: 'name it: --service <name>',
  });
}

export function environmentName(asked = 'production'): string {
  if (namePattern.test(asked)) return asked;
  throw new Failure('InvalidInput', 'the name fits no environment', {
    where: '--environment',
    seen: asked,
    limit: 'a–z, 0–9 and inner hyphens, at most 63 characters',
  });
}

/** Where it runs; a manifest without a namespace runs where kubectl pleases. */
export function namespaceOf(root: Field, book: Notebook): string {
  const field = root.at('metadata', 'namespace');
  const namespace = field.label();
  if (field.value !== undefined) return namespace ?? 'default';
  const why = 'the manifest names no namespace';
  book.fillIn(root.at('metadata'), why, 'platforms.cluster.namespace: default');
  return 'default';
}

/** Says which limits hold although the manifest says nothing of them. */
export function noteDefaultLimits(
  health: Readonly<Record<string, unknown>>,
  at: Field,
  book: Notebook,
): void {
  const preset = {
    errorRate: '{ max: 5%, success: 1% }',
    latencyP95: '{ max: 1000ms, success: 500ms }',
  };
  for (const [name, limits] of Object.entries(preset)) {
    if (name in health) continue;
    const why = `nothing in it became a limit for health.${name}, and every release is watched`;
    book.fillIn(at, why, `health.${name}: ${limits}, the default`);
  }
}

/** Says of every other manifest of the file that nobody has read it. */
export function noteOthers(
  manifests: readonly Manifest[],
  read: readonly Manifest[],
  book: Notebook,
): void {
  for (const manifest of manifests) {
    if (read.includes(manifest)) continue;
    const helps = manifest.kind === 'Deployment';
    const why = helps
      ? 'a Deployment stays where it is: Sluice copies it for each revision'
      : 'objects beside it stay as they are, and what they say is not in sluice.yaml';
    book.different(manifest.root.at('kind'), `${manifest.title}: ${why}`, 'nothing');
  }
}

/** What a pod template and a Deployment say that sluice.yaml wants to know. */
import type { Field } from './field.js';
import type { Manifest } from './manifests.js';
import type { Notebook } from './notes.js';

/** Path of the first readiness probe over HTTP. */
export function healthPathOf(template: Field): string | undefined {
  for (const container of template.at('spec', 'containers').items()) {
    const path = container.at('readinessProbe', 'httpGet', 'path').value;
    if (typeof path === 'string' && /^\/\S*$/.test(path)) return path;
  }
  return undefined;
}

/** The Deployment of that name, when the file holds it. */
export function deploymentOf(
  manifests: readonly Manifest[],
  name: string | undefined,
): { readonly instances: number | undefined; readonly healthPath: string | undefined } {
  const found = manifests.find((each) => each.kind === 'Deployment' && each.name === name);
  const replicas = found?.root.at('spec', 'replicas').value;
  const fits = typeof replicas === 'number' && replicas >= 1 && replicas <= 1000;
  return {
    instances: fits ? replicas : undefined,
    healthPath: found && healthPathOf(found.root.at('spec', 'template')),
  };
}

/** A workload of another group is none that can be copied. */
export function needsApps(apiVersion: Field, book: Notebook): void {
  if (apiVersion.value === undefined || apiVersion.text() === 'apps/v1') return;
  book.unexpressed(apiVersion, 'only a Deployment is copied', 'a Deployment of apps/v1');
}

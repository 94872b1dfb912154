/** The foreign manifests of the tests, and what importing them gives. */
import { readdirSync, readFileSync } from 'node:fs';
import { parseProject } from '../../src/config/project.js';
import { resolvePipeline } from '../../src/config/resolve-pipeline.js';
import { planRollout, printPlan } from '../../src/domain/rollout/plan.js';
import { importRollout } from '../../src/import/argo.js';
import { importCanary } from '../../src/import/flagger.js';
import type { Imported } from '../../src/import/import.js';

const folder = new URL('../unit/import/manifests/', import.meta.url);

export const manifestFiles = readdirSync(folder).sort();

export function manifestText(file: string): string {
  return readFileSync(new URL(file, folder), 'utf8');
}

/** By the file's name: `argo-…` or `flagger-…`. */
export function importAs(file: string, text = manifestText(file), service?: string): Imported {
  const convert = file.startsWith('argo') ? importRollout : importCanary;
  return convert({ text, file, service });
}

/** Through the schema, the rules and the plan, as a release would go. */
export function planOf(yaml: string): readonly string[] {
  const project = parseProject(yaml, '/anywhere/sluice.yaml');
  const [service] = Object.keys(project.services) as [string];
  const [stage] = resolvePipeline(project, service, { embedded: false }).environments;
  if (!stage) throw new Error('a pipeline without environments');
  const { strategy, workload } = stage;
  return printPlan(planRollout({ strategy, fullScale: workload.instances, hasStable: true }));
}

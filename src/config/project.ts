/** Reads `sluice.yaml` into a checked, frozen project, or says everything that is wrong with it at once. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Failure, type Fault } from '../domain/failures.js';
import type { AccessSettings } from './access-schema.js';
import type { AlertSettings } from './alerts-schema.js';
import { deepFreeze } from './deep-freeze.js';
import { type Explained, explainIssues, valueAt } from './explain-issues.js';
import type { GithubSettings } from './github-schema.js';
import type { MetricSourceSettings } from './metric-source-schema.js';
import { projectRules } from './project-rules.js';
import {
  type EnvironmentSettings,
  type PlatformSettings,
  projectSchema,
  type ServiceSettings,
} from './project-schema.js';
import { readYaml } from './yaml-source.js';

export interface Project {
  /** Absolute path of the file it was read from. */
  readonly file: string;
  readonly project: string;
  readonly platforms: Readonly<Record<string, PlatformSettings>>;
  readonly metricSources: Readonly<Record<string, MetricSourceSettings>>;
  readonly services: Readonly<Record<string, ServiceSettings>>;
  /** The stages in pipeline order; one for each region is named `<environment>/<region>`. */
  readonly environments: readonly (Omit<EnvironmentSettings, 'regions'> & {
    readonly name: string;
  })[];
  readonly alerts: AlertSettings;
  readonly access: AccessSettings;
  readonly webhooks: { readonly allowedHosts: readonly string[]; readonly allowInsecure: boolean };
  /** How we speak to GitHub; absent: not at all. */
  readonly github?: GithubSettings | undefined;
  /** Issue, branch and pull-request policy as it is written, and known to be right; null without one. */
  readonly repository: unknown;
}

const fileName = 'sluice.yaml';
/** No configuration written by people is longer. */
const maxBytes = 1_000_000;

let latest: { readonly text: string; readonly project: Project } | null = null;

/**
 * What it was at the last call is not parsed again: it is read for every release and webhook, and 500 services take
 * tens of milliseconds.
 * @param path the file, or a folder that holds `sluice.yaml`
 * @throws NotFound; InvalidInput with all `faults`, each with file:line:column
 */
export async function loadProject(path: string): Promise<Project> {
  const file = await findProjectFile(path);
  const text = await readFile(file, 'utf8');
  if (latest?.project.file !== file || latest.text !== text)
    latest = { text, project: parseProject(text, file) };
  return latest.project;
}

/** @throws NotFound; InvalidInput when it is too large */
export async function findProjectFile(path: string): Promise<string> {
  const absolute = resolve(path);
  const found = await stat(absolute).catch(() => null);
  const file = found?.isDirectory() ? join(absolute, fileName) : absolute;
  const size = file === absolute ? found?.size : (await stat(file).catch(() => null))?.size;
  if (size === undefined) {
    throw new Failure('NotFound', `there is no configuration at ${file}`, {
      where: file,
      next: 'name one: --config <file or folder>, or export SLUICE_CONFIG=<file or folder>',
    });
  }
  if (size > maxBytes) {
    throw new Failure('InvalidInput', `${file} is too large`, {
      where: file,
      seen: `${size} bytes`,
      limit: `${maxBytes} bytes`,
    });
  }
  return file;
}

/** As {@link loadProject}, for a text that is at hand; `file` names it in faults and anchors its paths. */
export function parseProject(text: string, file: string): Project {
  const source = readYaml(text, file);
  const parsed = projectSchema.safeParse(source.value);
  const explained = [
    ...(parsed.success ? [] : explainIssues(parsed.error.issues, projectSchema, source.value)),
    ...projectRules.flatMap((rule) => rule(source.value)),
  ];
  if (!parsed.success || explained.length > 0) {
    throw invalidProject(file, explained, (path) => source.where(path));
  }
  const { apiVersion: _, repository: __, environments, services, metrics, ...rest } = parsed.data;
  return deepFreeze({
    ...rest,
    file,
    metricSources: { ...metrics, ...rest.metricSources },
    repository: valueAt(source.value, ['repository']) ?? null,
    services: Object.fromEntries(
      Object.entries(services).map(([name, service]) => [name, anchored(service, dirname(file))]),
    ),
    environments: source.keys(['environments']).flatMap((name) => {
      const settings = environments[name] as EnvironmentSettings;
      return placeInRegions(name, settings, source.keys(['environments', name, 'regions']));
    }),
  });
}

/** A stage for each region; whoever approves the first has approved all. */
function placeInRegions(
  environment: string,
  { regions, ...settings }: EnvironmentSettings,
  order: readonly string[],
): Project['environments'] {
  if (regions === undefined) return [{ name: environment, ...settings }];
  const { approvals: _, ...approved } = settings;
  return order.map((region, index) => {
    const { platform, instances, soak } = regions[region] ?? {};
    const own = index === 0 ? settings : { ...approved, promotion: 'auto' as const };
    return {
      ...own,
      name: `${environment}/${region}`,
      platform: platform ?? settings.platform,
      soak: soak ?? settings.soak,
      ...(instances === undefined ? {} : { instances }),
    };
  });
}

function anchored(service: ServiceSettings, folder: string): ServiceSettings {
  const directory = resolve(folder, service.workload.directory);
  const { artifact } = service.workload;
  const paths = artifact === undefined ? {} : { artifact: resolve(directory, artifact) };
  return { ...service, workload: { ...service.workload, directory, ...paths } };
}

function invalidProject(
  file: string,
  explained: readonly Explained[],
  where: (path: readonly PropertyKey[]) => string,
): Failure {
  const faults: Fault[] = explained
    .map(({ path, message }) => ({ where: where(path), message }))
    .sort((a, b) => a.where.localeCompare(b.where, 'en', { numeric: true }));
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
  return new Failure('InvalidInput', `${file} has ${count}`, {
    where: faults[0]?.where ?? file,
    next: 'mend the file, then run: sluice validate',
    faults,
  });
}

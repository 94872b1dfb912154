/** What a folder and this machine tell about a service before anybody is asked: git remote, manifests, kubeconfig, package. */
import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, delimiter, join, relative } from 'node:path';
import { parse as parseYaml, parseAllDocuments } from 'yaml';
import { z } from 'zod';

/** Something that was found, and where. */
export interface Sighting {
  readonly value: string;
  /** `git remote origin`, `deploy/checkout.yaml` */
  readonly where: string;
}

export interface Surroundings {
  readonly folder: string;
  /** `owner/name` */
  readonly repository: Sighting | null;
  readonly packageName: Sighting | null;
  /** The script `start`, as it is written. */
  readonly startCommand: Sighting | null;
  readonly deployments: readonly Sighting[];
  readonly namespace: Sighting | null;
  /** Kind of router that the manifests speak of. */
  readonly router: Sighting | null;
  /** Names of overlays, in the order of a pipeline. */
  readonly environments: Sighting | null;
  /** Manifests of tools that `sluice import` reads, with the command that does. */
  readonly importable: readonly Sighting[];
}

export interface Places {
  readonly folder: string;
  readonly home: string;
  /** Value of KUBECONFIG. */
  readonly kubeconfig: string | undefined;
}

export async function lookAround(places: Places): Promise<Surroundings> {
  const { folder } = places;
  const [repository, packaged, manifests, context, environments] = await Promise.all([
    remoteOf(folder),
    packageOf(folder),
    manifestsIn(folder),
    contextOf(places),
    overlaysIn(folder),
  ]);
  const of = (kinds: readonly string[]) => manifests.filter(({ kind }) => kinds.includes(kind));
  const namespaced = manifests.find(({ namespace }) => namespace !== null);
  return {
    ...{ folder, repository, ...packaged, environments },
    deployments: of(['Deployment']).map(({ name, where }) => ({ value: name, where })),
    namespace: namespaced
      ? { value: namespaced.namespace ?? '', where: namespaced.where }
      : context,
    router: routerOf(manifests),
    importable: [
      ...of(['Rollout']).map(({ where }) => ({ value: `sluice import argo ${where}`, where })),
      ...of(['Canary']).map(({ where }) => ({ value: `sluice import flagger ${where}`, where })),
    ],
  };
}

async function remoteOf(folder: string): Promise<Sighting | null> {
  const url = await new Promise<string>((resolve) => {
    const args = ['-C', folder, 'config', '--get', 'remote.origin.url'];
    execFile('git', args, { timeout: 2000 }, (_error, stdout) => resolve(stdout.trim()));
  });
  const [, path] = /[:/]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(url) ?? [];
  return path === undefined ? null : { value: path, where: 'git remote origin' };
}

const packageSchema = z.object({
  name: z.string().optional(),
  scripts: z.object({ start: z.string().optional() }).optional(),
});

async function packageOf(
  folder: string,
): Promise<Pick<Surroundings, 'packageName' | 'startCommand'>> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
  const { name, scripts } = packageSchema.catch({}).parse(jsonOrNull(text));
  const at = (value: string | undefined, part: string) =>
    value === undefined ? null : { value, where: `package.json, ${part}` };
  return { packageName: at(name, 'name'), startCommand: at(scripts?.start, 'scripts.start') };
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const contextSchema = z.object({
  'current-context': z.string(),
  contexts: z.array(
    z.object({ name: z.string(), context: z.object({ namespace: z.string().optional() }) }),
  ),
});

/** The namespace that kubectl would use. */
async function contextOf({ home, kubeconfig }: Places): Promise<Sighting | null> {
  const file =
    kubeconfig?.split(delimiter).find((part) => part !== '') ?? join(home, '.kube/config');
  const read = contextSchema.safeParse(yamlOrNull(await readFile(file, 'utf8').catch(() => '')));
  if (!read.success) return null;
  const { 'current-context': current, contexts } = read.data;
  const namespace = contexts.find(({ name }) => name === current)?.context.namespace ?? 'default';
  return { value: namespace, where: `context ${current} of ${file}` };
}

function yamlOrNull(text: string): unknown {
  try {
    return parseYaml(text);
  } catch {
    return null;
  }
}

interface Found {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | null;
  readonly ingressClass: string | null;
  readonly where: string;
}

const manifestSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({
    name: z.string(),
    namespace: z.string().optional(),
    annotations: z.record(z.string(), z.string()).optional().catch(undefined),
  }),
  spec: z.object({ ingressClassName: z.string().optional() }).optional().catch(undefined),
});

const most = { depth: 4, files: 200, bytes: 256 * 1024 };

/** Of the YAML files that are not too deep, too many or too large; what is no manifest is passed over. */
async function manifestsIn(folder: string): Promise<readonly Found[]> {
  const files = (await yamlFiles(folder, most.depth)).slice(0, most.files);
  const read = await Promise.all(files.map((file) => manifestsOf(file, relative(folder, file))));
  return read.flat();
}

async function yamlFiles(folder: string, depth: number): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const own = entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(folder, entry.name));
  const folders = entries.filter(
    (entry) => entry.isDirectory() && !/^(\.|node_modules$)/.test(entry.name),
  );
  if (depth === 0) return own;
  const below = await Promise.all(
    folders.map((entry) => yamlFiles(join(folder, entry.name), depth - 1)),
  );
  return [...own, ...below.flat()].sort();
}

async function manifestsOf(file: string, where: string): Promise<readonly Found[]> {
  const size = await stat(file).then(
    (found) => found.size,
    () => Infinity,
  );
  if (size > most.bytes) return [];
  const documents = parseAllDocuments(await readFile(file, 'utf8').catch(() => ''));
  return [...documents].flatMap((document) => {
    if (document.errors.length > 0) return [];
    const read = manifestSchema.safeParse(document.toJS({ maxAliasCount: 10 }));
    if (!read.success) return [];
    const { kind, metadata, spec } = read.data;
    const annotated = metadata.annotations?.['kubernetes.io/ingress.class'];
    const ingressClass = spec?.ingressClassName ?? annotated ?? null;
    return [
      { kind, name: metadata.name, namespace: metadata.namespace ?? null, ingressClass, where },
    ];
  });
}

function routerOf(manifests: readonly Found[]): Sighting | null {
  for (const { kind, ingressClass, where } of manifests) {
    if (kind === 'HTTPRoute' || kind === 'GRPCRoute') return { value: 'gateway-api', where };
    if (kind === 'VirtualService') return { value: 'istio', where };
    if (kind === 'TraefikService') return { value: 'traefik-service', where };
    if (kind === 'Ingress' && ingressClass === 'alb') return { value: 'aws-alb', where };
    if (kind === 'Ingress' && ingressClass === 'nginx') return { value: 'ingress-nginx', where };
  }
  return null;
}

/** Earlier words stand earlier in a pipeline; what is in none of them stands in the middle. */
const order = [/^(dev|develop|development)$/, /^(test|integration|int|qa)/, /^(stag|pre)/, /^prod/];

async function overlaysIn(folder: string): Promise<Sighting | null> {
  for (const where of ['overlays', 'deploy/overlays', 'k8s/overlays', 'environments']) {
    const entries = await readdir(join(folder, where), { withFileTypes: true }).catch(() => []);
    const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => basename(name));
    const rank = (name: string) => {
      const at = order.findIndex((pattern) => pattern.test(name));
      return at < 0 ? 1.5 : at;
    };
    const value = names.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b)).join(', ');
    if (value !== '') return { value, where };
  }
  return null;
}

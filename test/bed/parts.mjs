/** The programs that tests build: which pinned Go module each is built from, and where its build is kept. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const modules = join(import.meta.dirname, 'go');
const stamp = 'k8s.io/component-base/version';

/**
 * @typedef {object} Part
 * @property {string} name of the executable
 * @property {string} module folder of its Go module, whose go.mod and go.sum pin everything
 * @property {string} target what `go build` is given
 * @property {string} requires the Go module whose release names the part's version
 * @property {string} [tags] build tags
 * @property {{ module: string, file: string, by: string }} [instead] one file of another Go module, and the file of ours that is built in its place
 * @property {string} cold how long a build takes that finds nothing cached, on two cores
 */

/** Shortest first, so that a fault in the set-up shows before the long builds. @type {readonly Part[]} */
export const parts = [
  {
    name: 'etcd',
    module: 'etcd',
    target: '.',
    requires: 'go.etcd.io/etcd/server/v3',
    cold: '1 min',
  },
  {
    name: 'kustomize',
    module: 'kustomize',
    target: 'sigs.k8s.io/kustomize/kustomize/v5',
    requires: 'sigs.k8s.io/kustomize/kustomize/v5',
    cold: '1 min',
  },
  {
    name: 'helm',
    module: 'helm',
    target: 'helm.sh/helm/v4/cmd/helm',
    requires: 'helm.sh/helm/v4',
    cold: '3 to 5 min',
  },
  ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((name, index) => ({
    name,
    module: 'kubernetes',
    target: `k8s.io/kubernetes/cmd/${name}`,
    requires: 'k8s.io/kubernetes',
    cold: index === 0 ? '3 to 8 min' : '1 min',
  })),
  ...['prometheus', 'promtool'].map((name, index) => ({
    name,
    module: 'prometheus',
    target: `github.com/prometheus/prometheus/cmd/${name}`,
    requires: 'github.com/prometheus/prometheus',
    // Its finders of targets in every cloud would double the build.
    tags: 'remove_all_sd',
    cold: index === 0 ? '3 to 8 min' : '1 min',
  })),
  {
    name: 'traefik',
    module: 'traefik',
    target: 'github.com/traefik/traefik/v3/cmd/traefik',
    requires: 'github.com/traefik/traefik/v3',
    // Certificates by DNS: half of its build, and nothing that a test asks for.
    instead: {
      module: 'github.com/go-acme/lego/v4',
      file: 'providers/dns/zz_gen_dns_providers.go',
      by: 'dns-providers.go.txt',
    },
    cold: '3 to 8 min',
  },
];

/** What the production tests run on. @type {readonly Part[]} */
export const temporalParts = ['temporal-sql-tool', 'temporal-server'].map((name, index) => ({
  name,
  module: 'temporal',
  target: `go.temporal.io/server/cmd/${index === 0 ? 'tools/sql' : 'server'}`,
  requires: 'go.temporal.io/server',
  cold: index === 0 ? '1 to 3 min' : '3 to 6 min',
}));

/** The module of the Gateway API, whose CRDs are read from Go's module cache. */
export const gatewayApi = {
  module: 'traefik',
  requires: 'sigs.k8s.io/gateway-api',
  keptAs: 'gateway-api',
};

/** @param {{ module: string }} part */
export function moduleFolder({ module }) {
  return join(modules, module);
}

/** The release that go.mod pins, such as `v1.36.3`. @param {{ module: string, requires: string }} part */
export function versionOf({ module, requires }) {
  const text = readFileSync(join(modules, module, 'go.mod'), 'utf8');
  const line = text.split('\n').find((each) => each.trim().split(' ').includes(requires));
  const version = line?.trim().split(' ').at(-1);
  if (version === undefined) throw new Error(`${module}/go.mod pins no ${requires}`);
  return version;
}

/** What the linker writes into the programs: no symbols, and for Kubernetes the release it is. @param {Part} part */
export function linkerFlags(part) {
  if (part.module !== 'kubernetes') return '-s -w';
  const version = versionOf(part);
  const [major = '', minor = ''] = version.slice(1).split('.');
  return [
    '-s -w',
    `-X ${stamp}.gitVersion=${version}`,
    `-X ${stamp}.gitMajor=${major}`,
    `-X ${stamp}.gitMinor=${minor}`,
  ].join(' ');
}

/**
 * Outside the tree, so that every clone and every clean checkout shares one build; the name changes
 * with everything that decides what is built.
 * @param {{ module: string, requires: string, keptAs?: string }} part
 * @param {NodeJS.ProcessEnv} env
 */
export function cacheFolder(part, env) {
  const base =
    env.SLUICE_CACHE_DIR || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sluice');
  const hash = createHash('sha256');
  const folder = moduleFolder(part);
  for (const file of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, file)));
  const platform = `${process.platform}-${process.arch}`;
  const key = `${part.keptAs ?? part.module}-${versionOf(part)}-${platform}-${hash.digest('hex').slice(0, 12)}`;
  return join(base, 'bed', key);
}

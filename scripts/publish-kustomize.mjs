/** Writes deploy/kustomize as the chart renders it, so that both install the same. Needs Go, for Helm. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseAllDocuments, stringify } from 'yaml';
import { buildBed } from '../test/bed/build.mjs';

const chart = fileURLToPath(new URL('../deploy/helm/sluice', import.meta.url));
const folder = fileURLToPath(new URL('../deploy/kustomize', import.meta.url));
export const namespace = 'sluice';

/**
 * @typedef {object} KubernetesObject
 * @property {string} apiVersion
 * @property {string} kind
 * @property {{ name: string, namespace?: string, labels?: Record<string, string>, annotations?: Record<string, string> }} metadata
 */

const keda = { autoscaling: { kind: 'keda' } };

/** Each file with the values it is rendered with, and the kinds that are taken of it. Null: all. */
const files = [
  { path: 'base/sluice.yaml', values: {}, kinds: null },
  {
    path: 'components/keda/scaled-objects.yaml',
    values: { workerDefaults: keda },
    kinds: ['ScaledObject'],
  },
  {
    path: 'components/monitoring/monitoring.yaml',
    values: {
      monitoring: {
        serviceMonitor: { enabled: true },
        prometheusRule: { enabled: true },
        dashboards: { enabled: true },
      },
    },
    kinds: ['ServiceMonitor', 'PrometheusRule', 'ConfigMap'],
  },
];

/**
 * What the chart makes of the values.
 * @param {string} helm path of the program
 * @param {object} values
 * @returns {KubernetesObject[]}
 */
export function renderChart(helm, values) {
  const home = mkdtempSync(join(tmpdir(), 'sluice-chart-'));
  try {
    const file = join(home, 'values.json');
    writeFileSync(file, JSON.stringify(values));
    const text = execFileSync(
      helm,
      ['template', 'sluice', chart, '--namespace', namespace, '--values', file],
      { encoding: 'utf8', env: { ...process.env, HOME: home }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    return readObjects(text);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** @param {string} text documents of YAML @returns {KubernetesObject[]} */
export function readObjects(text) {
  return parseAllDocuments(text).flatMap((document) => {
    const [fault] = document.errors;
    if (fault !== undefined) throw fault;
    return document.toJS() ?? [];
  });
}

/**
 * Without what only Helm says of an object.
 * @param {KubernetesObject} object
 * @returns {KubernetesObject}
 */
export function withoutHelm(object) {
  const said = ['helm.sh/chart', 'app.kubernetes.io/managed-by', 'helm.sh/resource-policy'];
  const text = JSON.stringify(object, (key, value) => {
    if (said.includes(key)) return undefined;
    const isNote = key === 'annotations' && value !== null && typeof value === 'object';
    // Kustomize leaves out what is empty.
    return isNote && Object.keys(value).every((each) => said.includes(each)) ? undefined : value;
  });
  return JSON.parse(text);
}

/** Helm's own order may change with its releases. @param {KubernetesObject} object */
function orderOf({ kind, metadata }) {
  return `${kind} ${metadata.name}`;
}

/** @param {string} helm @returns {{ path: string, text: string }[]} */
export function renderKustomize(helm) {
  return files.map(({ path, values, kinds }) => {
    const objects = renderChart(helm, values)
      .filter(({ kind }) => kinds?.includes(kind) ?? true)
      .sort((a, b) => orderOf(a).localeCompare(orderOf(b)));
    const texts = objects.map((object) => {
      const { namespace: _, ...metadata } = withoutHelm(object).metadata;
      return stringify({ ...withoutHelm(object), metadata }, { lineWidth: 0 });
    });
    const head =
      '# Made from deploy/helm/sluice by scripts/publish-kustomize.mjs; change it there.\n';
    return { path: join(folder, path), text: head + texts.join('---\n') };
  });
}

async function main() {
  const { helm = '' } = await buildBed(process.env, ['helm']);
  const isCheck = process.argv.includes('--check');
  for (const { path, text } of renderKustomize(helm)) {
    if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
    if (isCheck) {
      console.error(`${path} is not what the chart renders: node scripts/publish-kustomize.mjs`);
      process.exitCode = 1;
    } else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      console.log(`wrote ${path}`);
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) void main();

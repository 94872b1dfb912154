/** The chart: every value set renders to objects that a real API server takes, and Kustomize makes the same of its base. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CoreV1Api,
  HttpMethod,
  type KubernetesObject,
  KubernetesObjectApi,
  PatchStrategy,
} from '@kubernetes/client-node';
import {
  namespace,
  readObjects,
  renderChart,
  renderKustomize,
  withoutHelm,
} from '../../scripts/publish-kustomize.mjs';
import { type Bed, startBed } from '../bed/bed.js';
import type { Programs } from '../bed/control-plane.js';
import { describeOnBed } from '../support/describe-kubernetes.js';
import { shippedRules } from '../support/kubernetes.js';
import { refusedValues, valueSets } from './chart-values.js';

const programs = JSON.parse(process.env['SLUICE_BED_PROGRAMS'] ?? '{}') as Programs;
const program = (name: string) => programs[name] ?? name;
const render = (values: object) => renderChart(program('helm'), values);
const nameOf = ({ kind, metadata }: KubernetesObject) => `${kind} ${metadata?.name}`;
const byName = (objects: readonly KubernetesObject[]) =>
  Object.fromEntries(
    objects.map((object) => [`${nameOf(object)} ${object.metadata?.namespace}`, object]),
  );

/** Sends what it is given: the client's own methods leave out every field that they do not know. */
class VerbatimApi extends KubernetesObjectApi {
  async applyDry(object: KubernetesObject): Promise<void> {
    const path = await this.specUriPath(object, 'patch');
    const context = this.configuration.baseServer.makeRequestContext(path, HttpMethod.PATCH);
    context.setHeaderParam('Accept', 'application/json');
    context.setHeaderParam('Content-Type', PatchStrategy.ServerSideApply);
    const query = { dryRun: 'All', fieldManager: 'chart', force: 'true' };
    for (const [name, value] of Object.entries(query)) context.setQueryParam(name, value);
    context.setBody(JSON.stringify(object));
    await this.requestPromise(context);
  }
}

interface Templated extends KubernetesObject {
  readonly spec?: { readonly template?: { readonly spec?: object } };
}

describeOnBed('the chart deploy/helm/sluice', function () {
  this.timeout(120_000);
  let bed: Bed;
  let api: VerbatimApi;
  let folder: string;
  const defaults = new Set<string | undefined>();
  before(async () => {
    bed = await startBed();
    api = bed.admin.makeApiClient(VerbatimApi as never);
    folder = mkdtempSync(join(tmpdir(), 'sluice-chart-test-'));
    const core = bed.admin.makeApiClient(CoreV1Api);
    // As strict as a cluster can be about pods.
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    for (const name of [namespace, 'shop', 'billing'])
      await core.createNamespace({ body: { metadata: { name, labels } } });
    for (const { kind } of render({})) defaults.add(kind);
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    const core = bed.admin.makeApiClient(CoreV1Api);
    for (const name of [namespace, 'shop', 'billing']) await core.deleteNamespace({ name });
  });

  /** Server-side apply that changes nothing: schema, defaults and admission are asked. */
  async function accept(objects: readonly KubernetesObject[]): Promise<void> {
    await Promise.all(
      objects.map(async (object) => {
        try {
          await api.applyDry(object);
          const { spec } = object as Templated;
          if (spec?.template === undefined) return;
          const pod = {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { generateName: 'chart-', namespace: object.metadata?.namespace ?? '' },
            spec: spec.template.spec,
          };
          await api.create(pod as unknown as KubernetesObject, undefined, 'All');
        } catch (error) {
          const message = (error as { body?: string }).body ?? String(error);
          throw new Error(`${nameOf(object)}: ${message}`, { cause: error });
        }
      }),
    );
  }

  for (const { title, values, adds = [], says } of valueSets)
    it(`is taken by the API server with ${title}`, async () => {
      const objects = render(values);
      await accept(objects);
      for (const kind of adds) {
        assert.ok(!defaults.has(kind), `${kind} is there by default`);
        assert.ok(objects.some((object) => object.kind === kind) || kind === '', kind);
      }
      if (says !== undefined) assert.match(JSON.stringify(objects), says);
      const names = objects.map((object) => `${nameOf(object)} ${object.metadata?.namespace}`);
      assert.equal(new Set(names).size, names.length, names.join('\n'));
    });

  for (const [title, values, place] of refusedValues)
    it(`refuses ${title}`, () => {
      assert.throws(
        () => render(values),
        (error: { stderr?: string }) => {
          assert.match(error.stderr ?? '', place);
          return true;
        },
      );
    });

  it('would be refused with a field that there is not, a value that is none, and a pod that is root', async () => {
    const objects = render({});
    const planted: readonly (readonly [string, RegExp, string, RegExp])[] = [
      ['Deployment', /"replicas":/, '"replcas":', /replcas.*not declared/],
      ['Deployment', /"http","containerPort":7400/, '"HTTP_","containerPort":7400', /HTTP_/],
      ['Deployment', /"runAsNonRoot":true/, '"runAsNonRoot":false', /PodSecurity/],
      ['NetworkPolicy', /"TCP"/, '"TPC"', /TPC/],
      ['PodDisruptionBudget', /"AlwaysAllow"/, '"Sometimes"', /Sometimes/],
    ];
    for (const [kind, from, to, expected] of planted) {
      const text = JSON.stringify(objects.find((object) => object.kind === kind));
      const spoilt = text.replace(from, to);
      assert.notEqual(spoilt, text);
      await assert.rejects(accept([JSON.parse(spoilt) as KubernetesObject]), expected, to);
    }
  });

  it('passes the linter', () => {
    const chart = 'deploy/helm/sluice';
    const said = execFileSync(program('helm'), ['lint', '--strict', chart], {
      encoding: 'utf8',
      env: { ...process.env, HOME: folder },
    });
    assert.match(said, /0 chart\(s\) failed/);
  });

  it('gives workers the rights that deploy/kubernetes/rbac.yaml gives', () => {
    const role = render({}).find(({ kind }) => kind === 'Role') as { rules?: unknown };
    assert.deepEqual(role.rules, JSON.parse(JSON.stringify(shippedRules())));
  });

  it('is what deploy/kustomize holds', () => {
    for (const { path, text } of renderKustomize(program('helm')))
      assert.equal(readFileSync(path, 'utf8'), text, 'node scripts/publish-kustomize.mjs');
  });

  function build(resources: readonly string[], components: readonly string[]): KubernetesObject[] {
    const overlay = join(folder, 'overlay');
    mkdirSync(overlay, { recursive: true });
    const place = (part: string) => join('..', 'kustomize', part);
    execFileSync('cp', ['-r', 'deploy/kustomize', folder]);
    const lines = [
      'kind: Kustomization',
      'namespace: sluice',
      `resources: [${resources.map(place).join(', ')}]`,
      `components: [${components.map((name) => place(`components/${name}`)).join(', ')}]`,
    ];
    writeFileSync(join(overlay, 'kustomization.yaml'), lines.join('\n'));
    const text = execFileSync(program('kustomize'), ['build', overlay], { encoding: 'utf8' });
    return readObjects(text);
  }

  it('and Kustomize makes the same of it', async () => {
    const built = build(['base'], []);
    assert.deepEqual(byName(built), byName(render({}).map(withoutHelm)));
    await accept(built);
  });

  it('and with the components what the values for them make', async () => {
    const built = build(['base'], ['keda', 'monitoring']);
    const wanted = render({
      workerDefaults: { autoscaling: { kind: 'keda' } },
      monitoring: {
        serviceMonitor: { enabled: true },
        prometheusRule: { enabled: true },
        dashboards: { enabled: true },
      },
    });
    assert.deepEqual(byName(built), byName(wanted.map(withoutHelm)));
    await accept(built);
  });
});

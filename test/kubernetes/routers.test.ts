/**
 * Every kind of router on a real API server: the contract, what is written at each transition, races, and late writers.
 * What is written is in routers/<kind>.yaml; SLUICE_TEST_GOLDEN=write writes these files anew.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { annotations } from '../../src/adapters/kubernetes/names.js';
import type { KubernetesObject } from '../../src/adapters/kubernetes/objects.js';
import type { TargetKey } from '../../src/domain/names.js';
import { type Split, stableOnly } from '../../src/domain/rollout/split.js';
import type { Intent } from '../../src/ports/workload.js';
import { trafficRouterContract } from '../contract/traffic-router.contract.js';
import { describeOnCluster } from '../support/describe-kubernetes.js';
import { freshTarget, install, intents, split } from '../support/platform-under-test.js';
import { type RouterKind, routerKinds } from '../support/router-kinds.js';
import { peekInto, type RouterUnderTest, startRouterPlatform } from '../support/router-platform.js';

const definitions: Readonly<Record<string, readonly string[]>> = {
  istio: ['virtualservices.networking.istio.io', 'destinationrules.networking.istio.io'],
  'traefik-service': ['traefikservices.traefik.io', 'ingressroutes.traefik.io'],
};
const production: TargetKey = { service: 'checkout', environment: 'production' };
const headerRoute = { header: 'x-tester', value: 'yes' };

for (const [name, kind] of Object.entries(routerKinds)) {
  describeOnCluster(`router ${name}`, definitions[name] ?? [], function () {
    this.timeout(60_000);
    if (kind.takesTesters && kind.takesWeights) {
      trafficRouterContract({
        name,
        noDoorBecause: 'pods are only reported',
        create: () => startRouterPlatform(kind),
      });
    }
    written(name, kind);
  });
}

/** As people would compare it: without what the server notes, and without what changes from run to run. */
function plain({ apiVersion, kind, metadata, ...rest }: KubernetesObject): object {
  const notes = Object.entries(metadata.annotations ?? {});
  const owners = metadata.ownerReferences?.map((owner) => `${owner.kind} ${owner.name}`);
  const spec = (rest as { readonly spec?: { clusterIP?: string; clusterIPs?: string[] } }).spec;
  const { clusterIP: _, clusterIPs: __, ...kept } = spec ?? {};
  return {
    object: `${apiVersion} ${kind} ${metadata.name}`,
    annotations: Object.fromEntries(notes.sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(owners && { owners }),
    spec: kept,
  };
}

function written(name: string, kind: RouterKind): void {
  let platform: RouterUnderTest;
  let next: () => Intent;
  let old: string;
  let fresh: string;

  before(async () => {
    platform = await startRouterPlatform(kind);
  });
  after(() => platform?.dispose());

  const apply = (target: TargetKey, wanted: Split, intent = next()) =>
    platform.router.applySplit({ target, split: wanted, intent });

  async function installTwo(target: TargetKey): Promise<void> {
    next = intents();
    const request = { target, instances: 1 };
    old = await install(platform, { ...request, version: '1.0.0', intent: next() });
    fresh = await install(platform, { ...request, version: '1.1.0', intent: next() });
  }

  /** The revision Services are of the workload, not of the router. */
  const routersOwn = async (target: TargetKey) =>
    (await platform.look(target)).filter(
      (one) =>
        one.kind !== 'Service' || one.metadata.name === `${target.service}-${target.environment}`,
    );

  async function foreignOf(target: TargetKey): Promise<string> {
    const objects = await platform.look(target);
    const text = kind.foreignOf(peekInto(objects, `${target.service}-${target.environment}`));
    return JSON.stringify(text, (key, value: unknown) =>
      ['resourceVersion', 'managedFields', 'generation'].includes(key) ? undefined : value,
    );
  }

  it('writes exactly this at each transition, and nothing foreign', async () => {
    await installTwo(production);
    const untouched = await foreignOf(production);
    const between = kind.takesWeights ? 20 : 0;
    const steps: readonly (readonly [string, Split])[] = [
      ['install', stableOnly(old)],
      ...(kind.takesMirrors
        ? ([['copies of 20 %', { ...split(old, fresh, 0), mirror: 20 }]] as const)
        : []),
      ['a share of 20 %', split(old, fresh, between)],
      ...(kind.takesTesters
        ? ([['testers', { ...split(old, fresh, between), headerRoute }]] as const)
        : []),
      ['all', split(old, fresh, 100)],
      ['promotion', stableOnly(fresh)],
      ['the former one as candidate at 50 %', split(fresh, old, kind.takesWeights ? 50 : 100)],
      ['abort', stableOnly(fresh)],
    ];
    const seen: Record<string, readonly object[]> = {};
    for (const [step, wanted] of steps) {
      await apply(production, wanted);
      assert.deepEqual((await platform.router.readSplit(production)).split, wanted, step);
      seen[step] = (await routersOwn(production)).map(plain);
      assert.equal(await foreignOf(production), untouched, step);
    }
    const file = join(import.meta.dirname, 'routers', `${name}.yaml`);
    const text = stringify(seen, { lineWidth: 0, aliasDuplicateObjects: false });
    if (process.env['SLUICE_TEST_GOLDEN'] === 'write') writeFileSync(file, text);
    assert.ok(existsSync(file), `${file} is not there`);
    assert.deepEqual(parse(text), parse(readFileSync(file, 'utf8')));
  });

  const hasBeside = ['istio', 'ingress-nginx', 'traefik-service'].includes(name);
  (hasBeside ? it : it.skip)(
    'refuses a late write on what stands beside the route too',
    async () => {
      const target = freshTarget();
      await installTwo(target);
      const wanted = { ...split(old, fresh, 20), headerRoute };
      await apply(target, wanted);
      const isRoute = ({ metadata, kind: of }: KubernetesObject) =>
        of === kind.objects[0]?.kind && metadata.name === `${target.service}-${target.environment}`;
      const noted = (await platform.look(target)).filter(
        (one) => !isRoute(one) && one.metadata.annotations?.[annotations.fence] !== undefined,
      );
      const [beside] = noted;
      assert.ok(beside);
      await platform.annotate(beside, { [annotations.fence]: '9.9' });
      const before = JSON.stringify((await platform.look(target)).map(plain));
      await assert.rejects(apply(target, split(old, fresh, 50)), { code: 'StaleWrite' });
      assert.equal(JSON.stringify((await platform.look(target)).map(plain)), before);
    },
  );

  (kind.takesMirrors ? it : it.skip)(
    'writes copies once, and nothing of them is left',
    async () => {
      const target = freshTarget();
      await installTwo(target);
      const versions = async () =>
        (await routersOwn(target)).map(
          ({ kind: of, metadata }) => `${of} ${metadata.name} ${metadata.resourceVersion}`,
        );
      await apply(target, stableOnly(old));
      const before = (await routersOwn(target)).map(({ metadata }) => metadata.name);
      const wanted = { ...split(old, fresh, 0), mirror: 35, headerRoute };
      const intent = next();
      await apply(target, wanted, intent);
      assert.deepEqual((await platform.router.readSplit(target)).split, wanted);
      const written = await versions();
      await apply(target, wanted, intent);
      assert.deepEqual(await versions(), written, 'the same decision again was written again');
      await apply(target, { ...wanted, mirror: 5 });
      assert.equal((await platform.router.readSplit(target)).split.mirror, 5);
      await apply(target, stableOnly(old));
      assert.deepEqual((await platform.router.readSplit(target)).split, stableOnly(old));
      const after = (await routersOwn(target)).map(({ metadata }) => metadata.name);
      assert.deepEqual(after, before);
    },
  );

  it('ends at the latest of many decisions that race, on all objects', async () => {
    const target = freshTarget();
    await installTwo(target);
    const weights = kind.takesWeights ? [10, 60, 30, 100, 0, 50, 80, 20] : [0, 100, 0, 100];
    const decisions = weights.map((weight, n) => {
      const isTold = kind.takesTesters && n % 3 === 0;
      const wanted = split(old, fresh, weight);
      const isCopied = kind.takesMirrors && weight === 0;
      return {
        intent: next(),
        wanted: {
          ...wanted,
          ...(isTold && { headerRoute }),
          ...(isCopied && { mirror: 20 }),
        },
      };
    });
    const last = { intent: next(), wanted: stableOnly(old) };
    const racing = [...decisions.toReversed(), last].map(({ wanted, intent }) =>
      apply(target, wanted, intent).then(
        () => null,
        (error: Error & { code?: string }) => error.code,
      ),
    );
    const ends = await Promise.all(racing);
    for (const end of ends) {
      assert.ok(end === null || ['StaleWrite', 'Unavailable'].includes(String(end)), String(end));
    }
    // Whoever was worn out by the others is asked again, as a worker is.
    await apply(target, last.wanted, last.intent);
    assert.deepEqual((await platform.router.readSplit(target)).split, last.wanted);
    const latest = `${last.intent.fence.rollout}.${last.intent.fence.sequence}`;
    for (const { kind: of, metadata } of await routersOwn(target)) {
      const noted = metadata.annotations?.[annotations.fence];
      assert.ok(noted === undefined || noted === latest, `${of} ${metadata.name}: ${noted}`);
    }
  });
}

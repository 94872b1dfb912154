/** Rollbacks on a real cluster whose API server refuses, swallows, loses answers, or is written to by others all the time. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AppsV1Api,
  CustomObjectsApi,
  PatchStrategy,
  setHeaderOptions,
} from '@kubernetes/client-node';
import type { ActiveFault, FaultRule } from '../support/api-fault-proxy.js';
import { describeRefusals } from '../support/describe-refusals.js';
import { at, untilResumed } from '../support/kubernetes-shop.js';
import { within } from '../support/kubernetes.js';
import {
  abort,
  badMetrics,
  type Cell,
  type Refusals,
  type Scene,
  startRefusals,
} from '../support/refusals.js';

const threeSeconds = 3000;
/** Requests about one service only: others have their own obstacles at the same time. */
const about = ({ shop }: Scene) => new RegExp(`(?:[/=]|%3D)${shop.target.service}(?![a-z])`);
const routeOf = ({ shop }: Scene) => new RegExp(`/httproutes/${shop.target.service}\\b`);

/** From the trigger on everything about the service is spoiled like that for three seconds. */
function spoiled(obstacle: string, fault: FaultRule['fault']): Pick<Cell, 'obstacle' | 'hinder'> {
  return {
    obstacle: `${obstacle}, for 3 s`,
    hinder: async (scene) => scene.proxy.spoil({ fault, path: about(scene), forMs: threeSeconds }),
  };
}

/** The rollback's own write meets it. */
function writesMeet(
  obstacle: string,
  rule: Omit<FaultRule, 'path'>,
): Pick<Cell, 'obstacle' | 'hinder'> {
  return {
    obstacle,
    hinder: async (scene) =>
      scene.proxy.spoil({ methods: ['PATCH'], path: routeOf(scene), ...rule }),
  };
}

describeRefusals('the API server', function () {
  this.timeout(90_000);
  let refusals: Refusals;
  before(async () => {
    refusals = await startRefusals('first', 'second', 'third');
  });
  after(() => refusals?.stop());

  it('go back while others write to the route and the Deployments 20 times a second', async () => {
    const stops = new Map<string, () => Promise<void>>();
    const foreign: Pick<Cell, 'obstacle' | 'hinder' | 'relieve'> = {
      obstacle: 'foreign writes to route and Deployments, 20/s (409)',
      hinder: async (scene) => stops.set(scene.id, await startForeignWriter(scene)),
      relieve: async ({ id }) => stops.get(id)?.(),
    };
    await refusals.together({
      first: { ...badMetrics, ...foreign },
      second: { ...abort, ...foreign },
    });
  });

  it('go back while everything is refused or swallowed for 3 s', async () => {
    const tooMany = { kind: 'refuse', status: 429, retryAfterS: 1 } as const;
    await refusals.together({
      first: { ...abort, ...spoiled('429, Retry-After 1 s', tooMany) },
      second: { ...abort, ...spoiled('500', { kind: 'refuse', status: 500 }) },
      third: { ...abort, ...spoiled('requests swallowed', { kind: 'swallow' }) },
    });
    const late = { kind: 'refuse', status: 429, retryAfterS: 3 } as const;
    await refusals.together({
      first: { ...badMetrics, ...spoiled('429, Retry-After 1 s', tooMany) },
      second: { ...abort, ...spoiled('429, Retry-After 3 s', late) },
      third: { ...badMetrics, ...spoiled('503', { kind: 'refuse', status: 503 }) },
    });
  });

  it('go back when exactly their own write is refused, swallowed, or done without an answer', async () => {
    const conflicts = { fault: { kind: 'refuse', status: 409 }, times: 8 } as const;
    await refusals.together({
      first: { ...abort, ...writesMeet('8 writes of the route: 409', conflicts) },
      second: {
        ...abort,
        ...writesMeet('a write swallowed', { fault: { kind: 'swallow' }, times: 1 }),
      },
      third: {
        ...abort,
        ...writesMeet('a write done, its answer lost', { fault: { kind: 'loseAnswer' }, times: 1 }),
      },
    });
  });

  it('go back in the middle of a promotion', async () => {
    const steps = [at(20), untilResumed] as const;
    const promoting = (obstacle: string, rule: Omit<FaultRule, 'path'>): Cell => ({
      ...{ ...abort, obstacle, steps },
      async hinder(scene) {
        const { shop, id, proxy } = scene;
        const held: ActiveFault = proxy.spoil({
          ...{ methods: ['PATCH'], path: routeOf(scene), ...rule },
        });
        await shop.holds(id);
        await shop.tell(id, 'resume');
        await within('the promotion is written', 10_000, async () => held.met > 0);
      },
    });
    await refusals.together({
      first: promoting('promotion held up for 2.5 s', {
        ...{ fault: { kind: 'delay', ms: 2500 }, times: 1 },
      }),
      second: promoting('promotion refused (409) for 1.5 s', {
        ...{ fault: { kind: 'refuse', status: 409 }, forMs: 1500 },
      }),
      third: promoting('promotion swallowed', { fault: { kind: 'swallow' }, times: 1 }),
    });
    await sleep(2500);
    await refusals.goOn();
  });
});

/** Changes an annotation of the route and of the service's Deployments, as somebody who may do everything. */
async function startForeignWriter({ bed, shop }: Scene): Promise<() => Promise<void>> {
  const { admin } = bed.bed;
  const { namespace } = bed;
  const { service } = shop.target;
  const custom = admin.makeApiClient(CustomObjectsApi);
  const apps = admin.makeApiClient(AppsV1Api);
  const labelSelector = `sluice.dev/service=${service}`;
  const { items } = await apps.listNamespacedDeployment({ namespace, labelSelector });
  const names = items.flatMap(({ metadata }) => metadata?.name ?? []);
  const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
  const route = {
    ...{ group: 'gateway.networking.k8s.io', version: 'v1', plural: 'httproutes' },
    ...{ namespace, name: service },
  };
  let writing = true;
  const write = async () => {
    for (let n = 1; writing; n += 1, await sleep(50)) {
      const body = { metadata: { annotations: { 'example.test/touched': String(n) } } };
      await Promise.all([
        custom.patchNamespacedCustomObject({ ...route, body }, merge),
        ...names.map((name) => apps.patchNamespacedDeployment({ namespace, name, body }, merge)),
      ]).catch(() => null);
    }
  };
  const written = write();
  return async () => {
    writing = false;
    await written;
  };
}

/** A route of one kind on a simulated API server, written and read as the platform does. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { annotations, objectName } from '../../src/adapters/kubernetes/names.js';
import type { KubernetesObject, ObjectKind } from '../../src/adapters/kubernetes/objects.js';
import type { Routing } from '../../src/adapters/kubernetes/routing/routing.js';
import { createTargetRoutes } from '../../src/adapters/kubernetes/target-route.js';
import { emptySplit, type HeaderRoute, type Split } from '../../src/domain/rollout/split.js';
import type { Intent } from '../../src/ports/workload.js';
import { simulateCluster } from './simulated-cluster.js';

export const sceneTarget = { service: 'checkout', environment: 'production' };

/** Name of the Service of a revision. */
export const backendOf = (revision: string) => objectName(sceneTarget, revision);

export const testers: HeaderRoute = { header: 'x-tester', value: 'yes' };

export function splitOf(change: Partial<Split>): Split {
  return { ...emptySplit, ...change };
}

export interface SceneSpec {
  /** Of any kind of route. */
  readonly routing: object;
  /** As people made them; the first is the route. */
  readonly objects: readonly [KubernetesObject, ...KubernetesObject[]];
  /** Whatever must stay as it was, from the objects as they are. */
  foreign(peek: (kind: ObjectKind<KubernetesObject>, name: string) => KubernetesObject): unknown;
}

export function sceneOf({ routing: kind, objects }: SceneSpec) {
  const routing = kind as Routing;
  const cluster = simulateCluster();
  for (const object of objects) cluster.put(object);
  const [route] = objects;
  const { name } = route.metadata;
  const routes = createTargetRoutes({
    ...{ cluster, routing, routeName: () => name, backendName: () => 'checkout' },
  });
  let sequence = 0;
  const intentOf = (n: number): Intent => {
    return { fence: { rollout: 1, sequence: n }, key: `rollout/${n}` };
  };
  return {
    cluster,
    /** @param again the same decision as before */
    write(split: Split, again = false): Promise<void> {
      sequence += again ? 0 : 1;
      return routes.write(sceneTarget, intentOf(sequence), async () => split);
    },
    read: async () => (await routes.read(sceneTarget))?.split,
    peek<Kind extends KubernetesObject>(of: ObjectKind<Kind>, named: string): Kind {
      const found = cluster.peek(of, named);
      assert.ok(found, `${of.kind} ${named} is not there`);
      return found;
    },
    /** Verbs and kinds of all writes since the last time it was asked. */
    writes(): readonly string[] {
      return cluster.requests
        .splice(0)
        .flatMap(({ verb, kind: of }) => (['get', 'list'].includes(verb) ? [] : [`${verb} ${of}`]));
    },
  };
}

/** Without what servers and we ourselves note. */
export function unnoted({ metadata }: KubernetesObject): object {
  const ours: readonly string[] = Object.values(annotations);
  const kept = Object.entries(metadata.annotations ?? {}).filter(([key]) => !ours.includes(key));
  return { name: metadata.name, labels: metadata.labels, annotations: Object.fromEntries(kept) };
}

const name = fc.constantFrom('a', 'b', 'c');
const header = fc.constantFrom(null, testers, { header: 'X-Group', value: 'beta' });

/** Every split that keeps to its own rules. */
export const anySplit: fc.Arbitrary<Split> = fc
  .tuple(
    ...([fc.option(name), fc.option(name), fc.integer({ min: 0, max: 100 }), header] as const),
    fc.option(fc.integer({ min: 1, max: 100 })),
  )
  .filter(([stable, candidate]) => stable !== candidate || stable === null)
  .map(([stable, candidate, weight, headerRoute, mirror]) => {
    if (candidate === null) return splitOf({ stable });
    const split = { stable, candidate, headerRoute };
    return mirror === null ? { ...split, weight } : { ...split, weight: 0, mirror };
  });

/**
 * Each split that is written over any other is read back, needs no second write, and leaves what is foreign; at the end
 * all goes back to the Service that was there.
 * @param isOriginal of the objects after the empty split was written over the last one
 */
export async function holdsEverySplit(
  spec: SceneSpec,
  isOriginal: (scene: ReturnType<typeof sceneOf>) => void,
): Promise<void> {
  const splits = fc.array(anySplit, { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(splits, async (all) => {
      const scene = sceneOf(spec);
      const foreign = JSON.stringify(spec.foreign(scene.peek));
      for (const split of all) {
        if (split.candidate !== null && (spec.routing as Routing).refuses(split) !== null) {
          await assert.rejects(scene.write(split), { code: 'InvalidInput' });
          continue;
        }
        await scene.write(split);
        assert.deepEqual(await scene.read(), split);
        scene.writes();
        await scene.write(split, true);
        assert.deepEqual(scene.writes(), [], 'the same decision again was written again');
        assert.equal(JSON.stringify(spec.foreign(scene.peek)), foreign);
      }
      await scene.write(emptySplit);
      assert.deepEqual(await scene.read(), emptySplit);
      isOriginal(scene);
      assert.equal(JSON.stringify(spec.foreign(scene.peek)), foreign);
    }),
  );
}

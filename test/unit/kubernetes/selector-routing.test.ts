/** Services whose selector is the split: turned as a whole, or opened for the pods of both revisions. */
import assert from 'node:assert/strict';
import type { Service } from '../../../src/adapters/kubernetes/objects.js';
import { replicaShareRouting } from '../../../src/adapters/kubernetes/routing/replica-share.js';
import type { Backends, Routing } from '../../../src/adapters/kubernetes/routing/routing.js';
import { serviceSelectorRouting } from '../../../src/adapters/kubernetes/routing/service-selector.js';
import { emptySplit, type Split, stableOnly } from '../../../src/domain/rollout/split.js';

const backends: Backends = {
  original: 'checkout',
  serviceOf: (revision) => `checkout-${revision}`,
  isOurs: () => true,
  place: (text) => text,
};
const both = { 'sluice.dev/service': 'checkout', 'sluice.dev/environment': 'production' };
const selectorOf = (revision: string) => ({ ...both, 'sluice.dev/revision': revision });
const original = { app: 'checkout', tier: 'web' };

function service(name: string, selector: Readonly<Record<string, string>>): Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector, ports: [] } };
}

/** A Service with the merge patches of the routing applied, and the Services of the revisions beside it. */
function sceneOf(routing: Routing<Service>) {
  let route = service('checkout', original);
  let noted = emptySplit;
  const heldFor = (split: Split) => ({
    route,
    beside: routing
      .beside(route, noted, split, backends)
      .map((ref) => ref && service(ref.name, selectorOf(ref.name.replace('checkout-', '')))),
  });
  return {
    write(next: Split) {
      const { route: patch } = routing.write(heldFor(next), noted, next, backends);
      if (patch !== null) {
        const { metadata, spec } = patch as Service;
        const merged = Object.entries({ ...route.spec.selector, ...spec.selector });
        const selector = Object.fromEntries(merged.filter(([, value]) => value !== null));
        const annotations = { ...route.metadata.annotations, ...metadata.annotations };
        route = { ...route, metadata: { ...route.metadata, annotations }, spec: { selector } };
      }
      noted = next;
      return patch !== null;
    },
    turn: (selector: Readonly<Record<string, string>>) => {
      route = { ...route, spec: { selector } };
    },
    read: () => routing.read(heldFor(noted), noted, backends),
    selector: () => route.spec.selector,
  };
}

const at = (weight: number): Split => ({ ...stableOnly('a'), candidate: 'b', weight });

describe('a Service that is turned as a whole', () => {
  it('selects stable, then the candidate, then its own pods again', () => {
    const scene = sceneOf(serviceSelectorRouting);
    const seen = [stableOnly('a'), at(0), at(100), stableOnly('b'), stableOnly(null)].map(
      (split) => {
        scene.write(split);
        assert.deepEqual(scene.read(), split);
        return scene.selector();
      },
    );
    const [a, b] = [selectorOf('a'), selectorOf('b')];
    assert.deepEqual(seen, [a, a, b, b, original]);
  });

  it('is not written again for what it does already', () => {
    const scene = sceneOf(serviceSelectorRouting);
    assert.equal(scene.write(stableOnly('a')), true);
    assert.equal(scene.write(stableOnly('a')), false);
    assert.equal(scene.write(at(0)), false);
  });

  it('is read as nobody’s when somebody else turned it', () => {
    const scene = sceneOf(serviceSelectorRouting);
    scene.write(at(0));
    scene.turn({ app: 'other' });
    assert.deepEqual(scene.read(), emptySplit);
  });

  it('refuses weights between and testers', () => {
    assert.equal(serviceSelectorRouting.refuses(at(0)), null);
    assert.equal(serviceSelectorRouting.refuses(at(100)), null);
    assert.match(serviceSelectorRouting.refuses(at(50)) ?? '', /everything to one revision/);
    const headerRoute = { header: 'x', value: 'y' };
    assert.match(serviceSelectorRouting.refuses({ ...at(0), headerRoute }) ?? '', /header/);
  });
});

describe('a Service that pods of both revisions share', () => {
  it('selects both only while traffic is shared', () => {
    const scene = sceneOf(replicaShareRouting);
    const splits = [stableOnly('a'), at(0), at(20), at(50), at(100), stableOnly('b')];
    const seen = splits.map((split) => {
      scene.write(split);
      assert.deepEqual(scene.read(), split);
      return scene.selector();
    });
    const [a, b] = [selectorOf('a'), selectorOf('b')];
    assert.deepEqual(seen, [a, a, both, both, b, b]);
  });

  it('goes back to stable by one write', () => {
    const scene = sceneOf(replicaShareRouting);
    scene.write(stableOnly('a'));
    scene.write(at(50));
    assert.equal(scene.write(stableOnly('a')), true);
    assert.deepEqual(scene.selector(), selectorOf('a'));
  });

  it('never shares with nothing: the first install takes it as a whole', () => {
    const scene = sceneOf(replicaShareRouting);
    const first: Split = { stable: null, candidate: 'a', weight: 50, headerRoute: null };
    scene.write(first);
    assert.deepEqual(scene.selector(), original);
    assert.deepEqual(scene.read(), first);
    scene.write({ ...first, weight: 100 });
    assert.deepEqual(scene.selector(), selectorOf('a'));
  });

  it('refuses testers', () => {
    const headerRoute = { header: 'x', value: 'y' };
    assert.match(replicaShareRouting.refuses({ ...at(20), headerRoute }) ?? '', /header/);
    assert.equal(replicaShareRouting.refuses(at(33)), null);
  });
});

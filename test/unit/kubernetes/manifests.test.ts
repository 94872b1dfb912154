/** What is made of the user's Deployment and Service for a revision, and what it is called. */
import assert from 'node:assert/strict';
import {
  imageRepository,
  revisionDeployment,
  revisionService,
  runsDigest,
} from '../../../src/adapters/kubernetes/manifests.js';
import { labelText, objectName, targetSelector } from '../../../src/adapters/kubernetes/names.js';
import type { Deployment, Service } from '../../../src/adapters/kubernetes/objects.js';

const digest = `sha256:4f2a9c1b${'0'.repeat(56)}`;
const revision = { version: '1.1.0', digest };
const target = { service: 'checkout', environment: 'production' };

const template: Deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'checkout', resourceVersion: '7', labels: { team: 'shop' } },
  spec: {
    replicas: 4,
    selector: { matchLabels: { app: 'checkout' } },
    template: {
      metadata: { labels: { app: 'checkout', team: 'shop' } },
      spec: {
        containers: [
          { name: 'web', image: 'registry:5000/shop/checkout:1.0' },
          { name: 'proxy', image: 'proxy:2' },
        ],
        topologySpreadConstraints: [{ labelSelector: { matchLabels: { app: 'checkout' } } }],
      },
    },
  },
};

describe('Deployment of a revision', () => {
  const made = revisionDeployment(template, { target, revision, instances: 2 });

  it('runs the image by its digest, beside what the template has beside', () => {
    assert.equal(made.metadata.name, 'checkout-production-1-1-0-4f2a9c1b');
    assert.equal(made.metadata.resourceVersion, undefined);
    assert.equal(made.spec.replicas, 2);
    assert.deepEqual(
      made.spec.template.spec.containers.map(({ image }) => image),
      [`registry:5000/shop/checkout@${digest}`, 'proxy:2'],
    );
    assert.equal(runsDigest(made, digest), true);
    assert.equal(runsDigest(template, digest), false);
  });

  it('has pods that its own selector finds and the template’s does not', () => {
    const labels = made.spec.template.metadata?.labels ?? {};
    for (const [name, value] of Object.entries(made.spec.selector.matchLabels ?? {})) {
      assert.equal(labels[name], value);
    }
    assert.equal('app' in labels, false);
    assert.equal(labels['team'], 'shop');
    assert.equal(labels['sluice.dev/revision'], '1.1.0-4f2a9c1b');
    assert.deepEqual(made.spec.template.spec.topologySpreadConstraints, [
      { labelSelector: { matchLabels: made.spec.selector.matchLabels } },
    ]);
  });

  it('is refused for a template that selects by nothing', () => {
    const bare = { ...template, spec: { ...template.spec, selector: {} } };
    assert.throws(() => revisionDeployment(bare, { target, revision, instances: 1 }), {
      code: 'InvalidInput',
    });
  });
});

it('the Service of a revision has the ports of the one that was there, and no address of it', () => {
  const source = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'checkout' },
    spec: { clusterIP: '10.96.0.7', ports: [{ port: 80, targetPort: 'http', nodePort: 30_001 }] },
  } as object as Service;
  const service = revisionService(source, target, '1.1.0-4f2a9c1b', { app: 'checkout' });
  assert.equal(service.metadata.name, 'checkout-production-1-1-0-4f2a9c1b');
  assert.deepEqual(service.spec, {
    selector: { app: 'checkout' },
    ports: [{ port: 80, targetPort: 'http', protocol: 'TCP' }],
  });
});

describe('names in the cluster', () => {
  const images: readonly [string, string][] = [
    ['checkout', 'checkout'],
    ['checkout:1.0', 'checkout'],
    ['host:5000/checkout', 'host:5000/checkout'],
    ['host:5000/checkout:1.0', 'host:5000/checkout'],
    [`host/checkout:1.0@${digest}`, 'host/checkout'],
  ];
  for (const [image, repository] of images) {
    it(`the repository of ${image.slice(0, 40)} is ${repository}`, () => {
      assert.equal(imageRepository(image), repository);
    });
  }

  it('are DNS labels, and differ where the revisions differ', () => {
    const region = { service: 's'.repeat(40), environment: 'e'.repeat(40), region: 'eu' };
    const names = [
      objectName(region, '1.0.0-aaaaaaaa'),
      objectName(region, '1.0.1-aaaaaaaa'),
      objectName(target, '1.0.0-RC.1-aaaaaaaa'),
      objectName(target, '1.0.0-rc.1-aaaaaaaa'),
      objectName({ service: '1up', environment: 'dev' }, '1.0.0-aaaaaaaa'),
    ];
    for (const name of names) assert.match(name, /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
    assert.equal(new Set(names).size, names.length);
    assert.equal(labelText('1.0.0+build.7-'), '1.0.0_build.7');
  });

  it('of a target never select another region’s', () => {
    assert.match(targetSelector(target), /,!sluice\.dev\/region$/);
    assert.match(targetSelector({ ...target, region: 'eu' }), /,sluice\.dev\/region=eu$/);
  });
});

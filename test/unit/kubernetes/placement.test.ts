/** Affinities and spread constraints of a revision's pods, made from those of the template. */
import assert from 'node:assert/strict';
import { revisionDeployment } from '../../../src/adapters/kubernetes/manifests.js';
import type {
  Affinity,
  Deployment,
  LabelSelector,
} from '../../../src/adapters/kubernetes/objects.js';

const revision = { version: '1.1.0', digest: `sha256:4f2a9c1b${'0'.repeat(56)}` };
const target = { service: 'checkout', environment: 'production' };
const own = {
  'sluice.dev/service': 'checkout',
  'sluice.dev/environment': 'production',
  'sluice.dev/revision': '1.1.0-4f2a9c1b',
};

function templateWith(affinity: Affinity, spread: readonly LabelSelector[] = []): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'checkout' },
    spec: {
      selector: { matchLabels: { app: 'checkout' } },
      template: {
        metadata: { labels: { app: 'checkout', tier: 'web' } },
        spec: {
          containers: [{ name: 'web', image: 'shop/checkout:1' }],
          affinity,
          topologySpreadConstraints: spread.map((labelSelector) => ({ labelSelector })),
        },
      },
    },
  };
}

function podOf(template: Deployment, antiAffinity: 'none' | 'preferred' | 'required' = 'none') {
  const request = { target, revision, instances: 1, workload: { antiAffinity } };
  return revisionDeployment(template, request).spec.template.spec;
}

const zone = { topologyKey: 'topology.kubernetes.io/zone' };
const itself: LabelSelector = { matchLabels: { app: 'checkout', tier: 'web' } };
const expressed: LabelSelector = {
  matchExpressions: [{ key: 'app', operator: 'In', values: ['checkout', 'cart'] }],
};
const foreign: LabelSelector = { matchLabels: { app: 'cache' } };
const shared: LabelSelector = { matchLabels: { tier: 'web' } };

describe('placement of a revision', () => {
  it('rules about the template’s own pods speak of the revision’s; others stay', () => {
    const terms = [itself, expressed, foreign, shared].map((labelSelector) => {
      return { ...zone, labelSelector };
    });
    const { affinity } = podOf(
      templateWith({
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms },
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: terms.map((podAffinityTerm) => {
            return { weight: 7, podAffinityTerm };
          }),
        },
      }),
    );
    const wanted = [
      { ...zone, labelSelector: { matchLabels: { tier: 'web', ...own } } },
      { ...zone, labelSelector: { matchLabels: own } },
      { ...zone, labelSelector: foreign },
      { ...zone, labelSelector: shared },
    ];
    assert.deepEqual(affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution, wanted);
    assert.deepEqual(
      affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution,
      wanted.map((podAffinityTerm) => ({ weight: 7, podAffinityTerm })),
    );
  });

  it('spread constraints follow likewise', () => {
    const { topologySpreadConstraints } = podOf(templateWith({}, [expressed, foreign]));
    assert.deepEqual(topologySpreadConstraints, [
      { labelSelector: { matchLabels: own } },
      { labelSelector: foreign },
    ]);
  });

  it('keeps off nodes with other revisions and with the template’s pods, beside what the template says', () => {
    const said = { podAffinityTerm: { ...zone, labelSelector: foreign }, weight: 3 };
    const template = templateWith({
      podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [said] },
    });
    const { affinity } = podOf(template, 'preferred');
    const topologyKey = 'kubernetes.io/hostname';
    const revisions: LabelSelector = {
      matchLabels: { 'sluice.dev/service': 'checkout', 'sluice.dev/environment': 'production' },
      matchExpressions: [
        { key: 'sluice.dev/revision', operator: 'NotIn', values: ['1.1.0-4f2a9c1b'] },
        { key: 'sluice.dev/region', operator: 'DoesNotExist' },
      ],
    };
    const terms = [revisions, { matchLabels: { app: 'checkout' } }].map((labelSelector) => {
      return { labelSelector, topologyKey };
    });
    assert.deepEqual(affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, [
      said,
      ...terms.map((podAffinityTerm) => ({ weight: 100, podAffinityTerm })),
    ]);
    const required = podOf(template, 'required').affinity?.podAntiAffinity;
    assert.deepEqual(required?.requiredDuringSchedulingIgnoredDuringExecution, terms);
    assert.deepEqual(required?.preferredDuringSchedulingIgnoredDuringExecution, [said]);
    assert.deepEqual(podOf(template).affinity, template.spec.template.spec.affinity);
  });
});

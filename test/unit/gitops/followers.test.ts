/** What Argo CD and Flux write of themselves, and what is made of it. */
import assert from 'node:assert/strict';
import { readApplication } from '../../../src/adapters/gitops/argo-cd.js';
import { followFlux, readKustomization } from '../../../src/adapters/gitops/flux.js';
import type { FollowerReading } from '../../../src/adapters/gitops/follower.js';

const old = '0'.repeat(40);
const ours = 'a'.repeat(40);
const automated = { syncPolicy: { automated: {} } };

type Expected = Partial<FollowerReading>;

describe('an Application of Argo CD', () => {
  const synced = { status: 'Synced', revision: ours };
  const behind = { sync: { status: 'OutOfSync', revision: ours }, history: [{ revision: old }] };
  const cases: readonly [
    string,
    NonNullable<Parameters<typeof readApplication>[0]['status']>,
    Expected,
  ][] = [
    [
      'synced and healthy',
      { sync: synced, health: { status: 'Healthy' } },
      { live: [ours], settled: true, health: 'healthy', reason: null },
    ],
    [
      'new, before its first sync',
      { sync: { status: 'Unknown' }, health: { status: 'Missing' } },
      { live: [], settled: false, health: 'progressing', reason: 'sync Unknown' },
    ],
    [
      'compared with our commit, but not synced to it',
      { ...behind, health: { status: 'Healthy' } },
      { live: [old], settled: false, health: 'progressing', reason: 'sync OutOfSync' },
    ],
    [
      'synced, and its pods are coming',
      { sync: synced, health: { status: 'Progressing' } },
      { live: [ours], settled: true, health: 'progressing', reason: 'Progressing' },
    ],
    [
      'degraded, by the words of the resource',
      {
        sync: synced,
        health: { status: 'Degraded' },
        resources: [
          { kind: 'Service', name: 'checkout', health: { status: 'Healthy' } },
          {
            kind: 'Deployment',
            name: 'checkout',
            health: { status: 'Degraded', message: 'exceeded its\nprogress deadline' },
          },
        ],
      },
      {
        health: 'failing',
        reason: 'Degraded: Deployment checkout: exceeded its progress deadline',
      },
    ],
    [
      'synced while hooks still run',
      {
        sync: synced,
        health: { status: 'Healthy' },
        operationState: { phase: 'Running', message: 'waiting for hook' },
      },
      { settled: false, health: 'progressing', reason: 'sync Running: waiting for hook' },
    ],
    [
      'given up on our commit',
      {
        ...behind,
        health: { status: 'Healthy' },
        operationState: {
          phase: 'Failed',
          message: 'one or more objects failed to apply',
          syncResult: { revision: ours },
        },
      },
      {
        live: [old],
        failed: [ours],
        health: 'failing',
        reason: 'sync Failed: one or more objects failed to apply',
      },
    ],
    [
      'synced since an operation failed',
      {
        sync: synced,
        health: { status: 'Healthy' },
        operationState: { phase: 'Failed', syncResult: { revision: old } },
      },
      { failed: [], health: 'healthy', reason: null },
    ],
    [
      'of several sources',
      { sync: { status: 'Synced', revisions: [old, ours] }, health: { status: 'Healthy' } },
      { live: [old, ours], health: 'healthy' },
    ],
  ];
  for (const [what, status, expected] of cases) {
    it(`is read when it is ${what}`, () => {
      const reading = readApplication({ spec: automated, status });
      assert.deepEqual({ ...reading, ...expected }, reading);
    });
  }

  it('says that nobody syncs it by itself', () => {
    const { reason } = readApplication({ spec: {}, status: behind });
    assert.equal(reason, 'sync OutOfSync: automated sync is off');
  });
});

describe('a Kustomization of Flux', () => {
  const at = (commit: string) => `main@sha1:${commit}`;
  const metadata = { generation: 3 };
  const spec = { wait: true };
  const ready = (status: string, reason: string, message = '') => ({
    ...{ type: 'Ready', status, reason, message },
  });
  const both = { lastAppliedRevision: at(old), lastAttemptedRevision: at(ours) };
  const observedGeneration = 3;
  const cases: readonly [string, Parameters<typeof readKustomization>[0], Expected][] = [
    [
      'ready at our commit',
      {
        ...{ metadata, spec },
        status: {
          ...{ observedGeneration, lastAppliedRevision: at(ours) },
          conditions: [ready('True', 'ReconciliationSucceeded')],
        },
      },
      { live: [ours], settled: true, health: 'healthy', reason: null, failed: [] },
    ],
    [
      'ready by an older spec',
      {
        ...{ metadata, spec },
        status: {
          ...{ observedGeneration: 2, lastAppliedRevision: at(ours) },
          conditions: [ready('True', 'ReconciliationSucceeded')],
        },
      },
      { live: [ours], settled: false, health: 'progressing' },
    ],
    [
      'building our commit',
      {
        ...{ metadata, spec },
        status: {
          ...{ ...both, observedGeneration },
          conditions: [ready('Unknown', 'Progressing', 'Reconciliation in progress')],
        },
      },
      { live: [old], settled: false, health: 'progressing', failed: [] },
    ],
    [
      'waiting for what it applied to get healthy',
      {
        ...{ metadata, spec },
        status: {
          ...{ ...both, observedGeneration },
          conditions: [
            ready('Unknown', 'Progressing'),
            {
              ...{ type: 'Healthy', status: 'Unknown', reason: 'Progressing' },
              message: `Running health checks for revision ${at(ours)} with a timeout of 30s`,
            },
          ],
        },
      },
      { live: [ours], settled: false, health: 'progressing' },
    ],
    [
      'unhealthy at our commit',
      {
        ...{ metadata, spec },
        status: {
          ...{ ...both, observedGeneration },
          conditions: [ready('False', 'HealthCheckFailed', 'Deployment/checkout: InProgress')],
        },
      },
      {
        live: [ours],
        failed: [ours],
        health: 'failing',
        reason: 'HealthCheckFailed: Deployment/checkout: InProgress',
      },
    ],
    [
      'not able to build our commit',
      {
        ...{ metadata, spec },
        status: {
          ...{ ...both, observedGeneration },
          conditions: [ready('False', 'BuildFailed', 'no such file')],
        },
      },
      { live: [old], failed: [ours], health: 'failing' },
    ],
    [
      'waiting for another one',
      {
        ...{ metadata, spec },
        status: {
          ...{ ...both, observedGeneration },
          conditions: [ready('False', 'DependencyNotReady', 'infra is not ready')],
        },
      },
      {
        live: [old],
        failed: [],
        health: 'progressing',
        reason: 'DependencyNotReady: infra is not ready',
      },
    ],
    [
      'suspended',
      {
        ...{ metadata, spec: { ...spec, suspend: true } },
        status: {
          ...{ observedGeneration, lastAppliedRevision: at(old) },
          conditions: [ready('True', 'ReconciliationSucceeded')],
        },
      },
      { live: [old], settled: false, health: 'progressing', reason: 'it is suspended' },
    ],
    [
      'of a release before revisions had digests',
      {
        ...{ metadata, spec },
        status: {
          ...{ observedGeneration, lastAppliedRevision: `main/${ours}` },
          conditions: [ready('True', 'ReconciliationSucceeded')],
        },
      },
      { live: [ours], health: 'healthy' },
    ],
  ];
  for (const [what, kustomization, expected] of cases) {
    it(`is read when it is ${what}`, () => {
      const reading = readKustomization(kustomization);
      assert.deepEqual({ ...reading, ...expected }, reading);
    });
  }

  it('is refused when Ready would not mean healthy', async () => {
    const options = { kind: 'flux', namespace: 'flux-system', kustomization: '{service}' } as const;
    const follower = followFlux(options, async () => ({ spec: { interval: '1m' } }));
    await assert.rejects(follower.read({ service: 'checkout', environment: 'production' }), {
      code: 'InvalidInput',
      message: 'Kustomization flux-system/checkout cannot say what is healthy',
    });
  });
});

/** What a pod's status becomes in the words of the project. */
import assert from 'node:assert/strict';
import {
  countRestarts,
  instanceStatus,
  revisionStatus,
} from '../../../src/adapters/kubernetes/instance-status.js';
import { annotations } from '../../../src/adapters/kubernetes/names.js';
import type { ContainerStatus, Deployment, Pod } from '../../../src/adapters/kubernetes/objects.js';

const startedAt = '2026-01-01T00:00:10Z';
const running: ContainerStatus = {
  name: 'checkout',
  ready: true,
  restartCount: 0,
  state: { running: { startedAt } },
};

function pod(uid: string, container: Partial<ContainerStatus>, more: Pod['status'] = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `pod-${uid}`, namespace: 'shop', uid },
    spec: { containers: [{ name: 'checkout', image: 'x', ports: [{ containerPort: 8080 }] }] },
    status: {
      phase: 'Running',
      podIP: '10.0.0.1',
      containerStatuses: [{ ...running, ...container }],
      ...more,
    },
  };
}
const ready = (status: string, lastTransitionTime = '2026-01-01T00:00:05Z', message = '') => ({
  conditions: [{ type: 'Ready', status, lastTransitionTime, message }],
});
const waiting = (reason: string, message?: string) => {
  const state = { waiting: { reason, ...(message === undefined ? {} : { message }) } };
  return { ready: false, state };
};

describe('status of a pod', () => {
  const cases: readonly [string, Pod, boolean, string, string | null][] = [
    ['ready and reachable', pod('a', {}, ready('True')), true, 'ready', null],
    [
      'ready, but no endpoint yet',
      pod('a', {}, ready('True')),
      false,
      'starting',
      'not among the endpoints of its Service yet',
    ],
    ['never ready so far', pod('a', { ready: false }, ready('False')), false, 'starting', null],
    [
      'ready once',
      pod(
        'a',
        { ready: false },
        ready('False', '2026-01-01T00:01:00Z', 'containers with unready status'),
      ),
      false,
      'unready',
      'readiness probe fails: containers with unready status',
    ],
    ['on its way', pod('a', waiting('ContainerCreating')), false, 'starting', null],
    [
      'without its image',
      pod('a', waiting('ImagePullBackOff', 'Back-off pulling image "x"')),
      false,
      'starting',
      'ImagePullBackOff: Back-off pulling image "x"',
    ],
    [
      'without its configuration',
      pod('a', waiting('CreateContainerConfigError', 'secret "s" not found')),
      false,
      'starting',
      'CreateContainerConfigError: secret "s" not found',
    ],
    [
      'crashing again and again',
      pod('a', {
        ...waiting('CrashLoopBackOff', 'back-off 10s'),
        restartCount: 2,
        lastState: { terminated: { exitCode: 1, reason: 'Error' } },
      }),
      false,
      'exited',
      'CrashLoopBackOff: exit code 1: back-off 10s (kubectl -n shop logs pod-a -c checkout --previous)',
    ],
    [
      'killed for its memory',
      pod('a', { state: { terminated: { reason: 'OOMKilled' } } }),
      false,
      'exited',
      'OOMKilled (kubectl -n shop logs pod-a -c checkout)',
    ],
    [
      'evicted',
      pod('a', {}, { phase: 'Failed', reason: 'Evicted', message: 'low on\nmemory' }),
      false,
      'exited',
      'Evicted: low on memory',
    ],
    [
      'without a node',
      pod(
        'a',
        {},
        {
          containerStatuses: [],
          conditions: [
            {
              type: 'PodScheduled',
              status: 'False',
              reason: 'Unschedulable',
              message: '0/3 nodes',
            },
          ],
        },
      ),
      false,
      'starting',
      'Unschedulable: 0/3 nodes',
    ],
  ];
  for (const [what, given, reachable, state, reason] of cases) {
    it(`${what}: ${state}`, () => {
      const status = instanceStatus(given, reachable, Date.parse(startedAt));
      assert.deepEqual([status.state, status.reason], [state, reason]);
      assert.equal(status.probeFailures, state === 'unready' ? 3 : 0);
      assert.equal(status.url, 'http://10.0.0.1:8080');
    });
  }

  it('has failed one more probe for each period that it stays unready', () => {
    const unready = pod('a', { ready: false }, ready('False', '2026-01-01T00:01:00Z'));
    const failuresAt = (time: string, given = unready) =>
      instanceStatus(given, false, Date.parse(time)).probeFailures;
    assert.equal(failuresAt('2026-01-01T00:01:00Z'), 3);
    assert.equal(failuresAt('2026-01-01T00:01:10.999Z'), 3);
    assert.equal(failuresAt('2026-01-01T00:01:11Z'), 4);
    const [container] = unready.spec.containers;
    assert.ok(container);
    const readinessProbe = { failureThreshold: 2, periodSeconds: 1 };
    const spec = { ...unready.spec, containers: [{ ...container, readinessProbe }] };
    assert.equal(failuresAt('2026-01-01T00:01:04Z', { ...unready, spec }), 5);
  });

  it('is another instance after a restart', () => {
    assert.notEqual(
      instanceStatus(pod('a', {}), true).id,
      instanceStatus(pod('a', { restartCount: 1 }), true).id,
    );
  });
});

describe('status of a revision', () => {
  const deployment = (replicas: number, noted: Record<string, string> = {}): Deployment => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', uid: 'd', annotations: noted },
    spec: { replicas, selector: {}, template: { spec: { containers: [] } } },
  });

  it('counts restarts since the rollout began to write, of pods that are new too', () => {
    const before = [pod('a', { restartCount: 2 }), pod('b', {})];
    const noted = { [annotations.restartsBefore]: JSON.stringify(countRestarts(4, before)) };
    const now = [pod('a', { restartCount: 3 }), pod('c', { restartCount: 1 })];
    assert.equal(revisionStatus(deployment(2, noted), now, new Set()).restarts, 2);
    assert.equal(revisionStatus(deployment(2, noted), before, new Set()).restarts, 0);
  });

  it('has no instance that is being stopped', () => {
    const ending = pod('a', {}, ready('True'));
    const metadata = { ...ending.metadata, deletionTimestamp: startedAt };
    const pods = [{ ...ending, metadata }, pod('b', {}, ready('True'))];
    const reachable = new Set(['a', 'b']);
    const ids = (replicas: number) =>
      revisionStatus(deployment(replicas), pods, reachable).instances.map(({ id }) => id);
    assert.deepEqual(ids(2), ['b.0']);
    assert.deepEqual(ids(0), []);
  });

  it('says why pods are not even created', () => {
    const failing: Deployment = {
      ...deployment(1),
      status: {
        conditions: [
          {
            type: 'ReplicaFailure',
            status: 'True',
            reason: 'FailedCreate',
            message: 'exceeded quota',
          },
        ],
      },
    };
    const [instance] = revisionStatus(failing, [], new Set()).instances;
    assert.equal(instance?.reason, 'FailedCreate: exceeded quota');
    assert.equal(instance.state, 'starting');
  });
});

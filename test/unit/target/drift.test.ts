/** What is wrong at an idle target, and whether stable could serve. */
import assert from 'node:assert/strict';
import { revisionName } from '../../../src/domain/rollout/revision.js';
import { stableOnly } from '../../../src/domain/rollout/split.js';
import type { InstanceStatus, RevisionStatus } from '../../../src/domain/rollout/workload.js';
import { findDrift, type PlatformReading } from '../../../src/domain/target/drift.js';
import type { TargetState } from '../../../src/domain/target/state.js';
import { queued, revision, running, targetWith, workload } from './sample-target.js';

const stable = revisionName(revision('1.0.0'));
const other = revisionName(revision('1.1.0'));
const testers = { header: 'x-tester', value: 'yes' };

function status(
  name: string,
  desiredInstances: number,
  states: readonly InstanceStatus['state'][] = [],
): RevisionStatus {
  const instances = states.map((state, index) => ({
    id: `${name}-${index}`,
    state,
    url: 'http://127.0.0.1',
    probeFailures: 0,
    reason: null,
  }));
  return { name, version: '1', digest: 'sha256:', desiredInstances, instances, restarts: 0 };
}

const right: PlatformReading = {
  split: stableOnly(stable),
  fence: { rollout: 4, sequence: 2 },
  revisions: [status(stable, 3), status(other, 3)],
  url: null,
};

interface Row {
  readonly name: string;
  readonly state?: TargetState;
  readonly reading: Partial<PlatformReading>;
  readonly want: string | null;
}

const rows: readonly Row[] = [
  { name: 'all as it should be', reading: {}, want: null },
  {
    name: 'traffic on a candidate',
    reading: { split: { stable, candidate: other, weight: 20, headerRoute: null } },
    want: `20 % of the traffic goes to ${other}, and no rollout runs`,
  },
  {
    name: 'traffic on a candidate while its rollout runs',
    state: running('1.0.0', { current: queued(5, '1.1.0') }),
    reading: { split: { stable, candidate: other, weight: 20, headerRoute: null } },
    want: null,
  },
  {
    name: 'a candidate without traffic',
    reading: { split: { stable, candidate: other, weight: 0, headerRoute: null } },
    want: `${other} is still routed as a candidate, and no rollout runs`,
  },
  {
    name: 'testers on a candidate',
    reading: { split: { stable, candidate: other, weight: 0, headerRoute: testers } },
    want: `${other} is still routed as a candidate, and no rollout runs`,
  },
  {
    name: 'traffic on another stable, with the write that did it',
    reading: { split: stableOnly(other) },
    want: `the traffic goes to ${other} (written by 4.2) instead of ${stable}`,
  },
  {
    name: 'traffic to nobody at a platform that was never written',
    reading: { split: stableOnly(null), fence: null },
    want: `the traffic goes to nothing instead of ${stable}`,
  },
  {
    name: 'traffic to somebody where nothing is stable',
    state: targetWith(),
    reading: { fence: null },
    want: `the traffic goes to ${stable} instead of nothing`,
  },
  {
    name: 'nothing where nothing is stable',
    state: targetWith(),
    reading: { split: stableOnly(null), revisions: [] },
    want: null,
  },
  {
    name: 'stable is gone',
    reading: { revisions: [status(other, 3)] },
    want: `the stable revision ${stable} is not there`,
  },
  {
    name: 'stable is scaled down',
    reading: { revisions: [status(stable, 2)] },
    want: `the stable revision ${stable} is scaled to 2 of 3 instances`,
  },
  {
    name: 'an autoscaler has scaled stable down',
    reading: {
      revisions: [status(stable, 2)],
      followers: { scaler: 'HorizontalPodAutoscaler checkout', astray: [] },
    },
    want: null,
  },
  {
    name: 'an autoscaler scales something else',
    reading: {
      followers: { scaler: null, astray: ['HorizontalPodAutoscaler checkout points to checkout'] },
    },
    want: `HorizontalPodAutoscaler checkout points to checkout, and stable is ${stable}`,
  },
  { name: 'stable is scaled up', reading: { revisions: [status(stable, 9)] }, want: null },
  {
    name: 'stable was started by somebody else: its scale is not known',
    state: running('1.0.0', { stableWorkload: null }),
    reading: { revisions: [status(stable, 1)] },
    want: null,
  },
  {
    name: 'a smaller full scale',
    state: running('1.0.0', { stableWorkload: workload(2) }),
    reading: { revisions: [status(stable, 2)] },
    want: null,
  },
];

describe('findDrift', () => {
  for (const { name, state = running('1.0.0'), reading, want } of rows) {
    it(name, () => assert.equal(findDrift(state, { ...right, ...reading }), want));
  }
});

/** A ledger that never answers keeps no traffic on a failing candidate. */
import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityPorts } from '../../../src/activities/ports.js';
import {
  createTrafficActivities,
  type Restoration,
  type RestoreStable,
} from '../../../src/activities/traffic-activities.js';
import { createMemoryLedger } from '../../../src/adapters/memory/ledger.js';
import { createMemoryPlatform } from '../../../src/adapters/memory/platform.js';
import { revisionName } from '../../../src/domain/rollout/revision.js';
import { stableOnly } from '../../../src/domain/rollout/split.js';
import { aRevision, workload } from '../../support/builders.js';

describe('a ledger that never answers', () => {
  it('does not hold up the way back, whose record is handed on', async () => {
    const { world, ...platform } = createMemoryPlatform();
    const target = { service: 'checkout', environment: 'production' };
    const stable = aRevision('1.0.0');
    const intent = { fence: { rollout: 1, sequence: 1 }, key: 'one' };
    const applied = { target, workload, intent, revision: stable, instances: 1 };
    await platform.workload.applyRevision(applied);
    world.advance(1000);
    const ledger = { ...createMemoryLedger(), append: () => new Promise<void>(() => {}) };
    const ports: Partial<ActivityPorts> = {
      ...{ platforms: { local: platform }, ledger, now: Date.now },
    };
    const { restoreStable } = createTrafficActivities(ports as ActivityPorts);
    const environment = new MockActivityEnvironment();
    const restored = await environment.run<[RestoreStable], Restoration, typeof restoreStable>(
      restoreStable,
      {
        ...{ target, platform: 'local', subject: 'rollout:1', reason: 'errors', stable },
        fence: { rollout: 1, sequence: 2 },
      },
    );
    assert.deepEqual(
      restored.unrecorded.map(({ kind }) => kind),
      ['stableRestored'],
    );
    const { split } = await platform.router.readSplit(target);
    assert.deepEqual(split, stableOnly(revisionName(stable)));
  }).timeout(10_000);
});

/** When a watch looks: at once when a shift lands, and from then on every interval. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityPorts } from '../../../src/activities/ports.js';
import {
  createWatchActivities,
  type WatchHealth,
  type WatchResult,
} from '../../../src/activities/watch-activities.js';
import { createMemoryEvidence } from '../../../src/adapters/memory/evidence.js';
import { createMemoryLedger } from '../../../src/adapters/memory/ledger.js';
import { createMemoryPlatform } from '../../../src/adapters/memory/platform.js';
import type { HealthSample, Observation } from '../../../src/domain/analysis/sample.js';
import { revisionName } from '../../../src/domain/rollout/revision.js';
import { aRevision, health, workload } from '../../support/builders.js';

const target = { service: 'checkout', environment: 'production' };
const intervalMs = 1_000;

describe('watchHealth', () => {
  it('counts from the copies that it waits for, and takes no weight for them', async () => {
    const { world, ...platform } = createMemoryPlatform();
    const evidence = createMemoryEvidence();
    const ports: Partial<ActivityPorts> = {
      ...{ platforms: { local: platform }, evidence, ledger: createMemoryLedger(), now: Date.now },
    };
    const { watchHealth } = createWatchActivities(ports as ActivityPorts);
    const [stable, candidate] = [aRevision('1.1.0'), aRevision('1.2.0')];
    const intent = { fence: { rollout: 1, sequence: 1 }, key: 'one' };
    for (const revision of [stable, candidate])
      await platform.workload.applyRevision({ target, workload, intent, revision, instances: 1 });
    await sleep(300);
    const split = {
      ...{ stable: revisionName(stable), candidate: revisionName(candidate), headerRoute: null },
      ...{ weight: 0, mirror: 20 },
    };
    const watching = new MockActivityEnvironment().run<
      [WatchHealth],
      WatchResult,
      typeof watchHealth
    >(watchHealth, {
      ...{ target, platform: 'local', candidate: split.candidate, stable: split.stable },
      ...{ subject: 'rollout:1', weight: 20, mirrored: true, fresh: true, seen: null },
      window: { minimumMs: 300, maximumMs: 5000, until: 'judged' },
      health: { ...health, intervalMs: 100 },
      reason: 'test',
    });
    await sleep(250);
    await platform.router.applySplit({ target, split, intent });
    await sleep(150);
    world.sendTraffic(target, 100, (_revision, requests) => ({ requests }));
    const { verdict, seen, evidenceRef } = await watching;
    assert.equal(verdict.kind, 'pass', verdict.reason);
    assert.equal(seen.window?.requests, 20);
    const { observations, mirrored } = (await evidence.get(evidenceRef ?? 'none')) as {
      observations: HealthSample[];
      mirrored: boolean;
    };
    assert.ok(mirrored && observations.every((one) => one.mirrored));
    assert.deepEqual([observations[0]?.weight, observations.at(-1)?.weight], [0, 20]);
  });

  it('looks when the shift lands, and an interval later judges all that came since', async () => {
    const { world, ...platform } = createMemoryPlatform();
    const evidence = createMemoryEvidence();
    const ports: Partial<ActivityPorts> = {
      ...{ platforms: { local: platform }, evidence, ledger: createMemoryLedger(), now: Date.now },
    };
    const { watchHealth } = createWatchActivities(ports as ActivityPorts);
    const candidate = aRevision('1.2.0');
    const intent = { fence: { rollout: 1, sequence: 1 }, key: 'one' };
    await platform.workload.applyRevision({
      ...{ target, workload, intent, revision: candidate, instances: 1 },
    });
    const split = { stable: null, candidate: null, weight: 0, headerRoute: null };

    const input: WatchHealth = {
      ...{ target, platform: 'local', candidate: revisionName(candidate), stable: null },
      ...{ subject: 'rollout:1', weight: 20, fresh: true, seen: null, reason: 'test' },
      window: { minimumMs: 60_000, maximumMs: null, until: 'judged' },
      health: { ...health, intervalMs },
    };
    const watching = new MockActivityEnvironment().run<
      [WatchHealth],
      WatchResult,
      typeof watchHealth
    >(watchHealth, input);
    await sleep(300);
    const shifted = { ...split, candidate: revisionName(candidate), weight: 20 };
    await platform.router.applySplit({ target, split: shifted, intent });
    const shiftedAtMs = Date.now();
    await sleep(400);
    world.addTraffic(target, revisionName(candidate), { requests: 100, errors: 30 });

    const { verdict, evidenceRef } = await watching;
    assert.equal(verdict.kind, 'fail');
    const { observations } = (await evidence.get(evidenceRef ?? 'none')) as {
      observations: Observation[];
    };
    assert.equal(observations.length, 3);
    const after = observations.map(({ atMs }) => atMs - shiftedAtMs);
    const looked = `looked at ${after.join(', ')} ms after the shift`;
    const [before = 0, first = 0, second = 0] = after;
    assert.ok(before < 0 && first >= 0 && first < 250, looked);
    assert.ok(second - first >= intervalMs - 5, looked);
    assert.ok(second - first < intervalMs + 250, looked);
  });
});

/** What follows the stable revision turns after a promotion, and neither a promotion nor a way back depends on it. */
import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityPorts } from '../../../src/activities/ports.js';
import { createTrafficActivities } from '../../../src/activities/traffic-activities.js';
import { createMemoryLedger } from '../../../src/adapters/memory/ledger.js';
import { createMemoryPlatform } from '../../../src/adapters/memory/platform.js';
import { Failure } from '../../../src/domain/failures.js';
import type { LedgerEvent } from '../../../src/domain/ledger-event.js';
import { revisionName } from '../../../src/domain/rollout/revision.js';
import { emptySplit, stableOnly } from '../../../src/domain/rollout/split.js';
import type { Followers } from '../../../src/ports/followers.js';
import { aRevision, workload } from '../../support/builders.js';

const target = { service: 'checkout', environment: 'production' };
const candidate = aRevision('1.1.0');
const revision = revisionName(candidate);

async function scene(turn: Followers['turn']) {
  const { world, ...platform } = createMemoryPlatform();
  const turns: string[] = [];
  const followers: Followers = {
    read: async () => ({ scaler: null, astray: [] }),
    async turn(request) {
      const { split } = await platform.router.readSplit(target);
      turns.push(`${request.revision} at ${split.stable}`);
      await turn(request);
    },
  };
  const kept: LedgerEvent[] = [];
  const { append, ...others } = createMemoryLedger();
  const ledger: ActivityPorts['ledger'] = {
    ...others,
    async append(events) {
      kept.push(...events);
      await append(events);
    },
  };
  const ports: Partial<ActivityPorts> = {
    ...{ platforms: { local: { ...platform, followers } }, ledger, now: Date.now },
  };
  const intent = { fence: { rollout: 1, sequence: 1 }, key: 'one' };
  const request = { target, workload, intent, revision: candidate, instances: 1 };
  await platform.workload.applyRevision(request);
  world.advance(1000);
  const activities = createTrafficActivities(ports as ActivityPorts);
  const write = {
    ...{ target, platform: 'local', subject: 'rollout:1', reason: 'test' },
    fence: { rollout: 1, sequence: 2 },
  };
  return { platform, activities, write, turns, kept };
}

const run = <Input, Result>(activity: (input: Input) => Promise<Result>, input: Input) =>
  new MockActivityEnvironment().run<[Input], Result, typeof activity>(activity, input);

describe('what follows the stable revision', () => {
  it('turns once the split is there', async () => {
    const { activities, write, turns, kept } = await scene(async () => {});
    await run(activities.promoteCandidate, { ...write, candidate });
    assert.deepEqual(turns, [`${revision} at ${revision}`]);
    assert.deepEqual(kept.at(-1)?.data, { before: emptySplit, split: stableOnly(revision) });
  });

  it('is tried again, and a promotion that it does not join holds and says so', async function () {
    this.timeout(20_000);
    const { activities, write, platform, turns, kept } = await scene(async () => {
      throw new Failure('Unavailable', 'the API server does not answer');
    });
    await run(activities.promoteCandidate, { ...write, candidate });
    assert.deepEqual((await platform.router.readSplit(target)).split, stableOnly(revision));
    assert.ok(turns.length > 2, `${turns.length} attempts`);
    assert.equal(kept.at(-1)?.kind, 'candidatePromoted');
    assert.equal(kept.at(-1)?.data['followersNotTurned'], 'the API server does not answer');
  });

  it('does not keep an abort waiting', async () => {
    const { activities, write } = await scene(() => new Promise(() => {}));
    const environment = new MockActivityEnvironment();
    const startedAtMs = performance.now();
    setTimeout(() => environment.cancel(), 300);
    const { promoteCandidate } = activities;
    await environment.run<[Parameters<typeof promoteCandidate>[0]], void, typeof promoteCandidate>(
      promoteCandidate,
      { ...write, candidate },
    );
    assert.ok(performance.now() - startedAtMs < 2000);
  });

  it('is not asked on the way back', async () => {
    const { activities, write, turns } = await scene(async () => {
      throw new Failure('Forbidden', 'nobody may');
    });
    const { overtaken } = await run(activities.restoreStable, { ...write, stable: null });
    assert.equal(overtaken, false);
    assert.deepEqual(turns, []);
  });
});

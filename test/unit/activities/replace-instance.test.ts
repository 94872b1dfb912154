/** Replacing an instance in a watch: on record when it is done, and never waited for longer than a roll back may be. */
import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityPorts } from '../../../src/activities/ports.js';
import { type BadInstance, replaceInstance } from '../../../src/activities/replace-instance.js';
import { createMemoryLedger } from '../../../src/adapters/memory/ledger.js';
import { createMemoryPlatform } from '../../../src/adapters/memory/platform.js';
import { Failure } from '../../../src/domain/failures.js';
import type { Platform } from '../../../src/ports/platform.js';

const bad: BadInstance = {
  ...{ subject: 'rollout:1', target: { service: 'checkout', environment: 'production' } },
  ...{ candidate: '1.1.0-4f2a9c1b', weight: 20, instance: 'one', reason: 'it fails' },
};

function run(
  replace: Platform['workload']['replaceInstance'],
  ledger = createMemoryLedger(),
  which = bad,
) {
  const { workload, ...rest } = createMemoryPlatform();
  const platform = { ...rest, workload: { ...workload, replaceInstance: replace } };
  const ports = { ledger, now: Date.now } as Partial<ActivityPorts> as ActivityPorts;
  const act = (): Promise<string | null> => replaceInstance(ports, platform, which);
  return new MockActivityEnvironment().run<[], string | null, typeof act>(act);
}

describe('replacing an instance', () => {
  it('asks the platform for that instance, and records it', async () => {
    const asked: unknown[] = [];
    const ledger = createMemoryLedger();
    const replace = async (request: unknown) => void asked.push(request);
    assert.equal(await run(replace, ledger), null);
    assert.deepEqual(asked, [{ target: bad.target, revision: bad.candidate, instance: 'one' }]);
    const [event] = await ledger.read({ subject: 'rollout:1', limit: 10 });
    assert.equal(event?.kind, 'instanceReplaced');
    assert.equal(event.reason, 'one is replaced: it fails');
    assert.deepEqual(event.data, { revision: bad.candidate, instance: 'one', weight: 20 });
  });

  it('replaces one in a rollout: the same again is recorded once, another one is refused', async () => {
    const ledger = createMemoryLedger();
    const event = { id: '1', at: '2026-01-01T00:00:00.000Z', kind: 'instanceReplaced' };
    const who = { subject: 'rollout:1', actor: 'sluice', reason: '' };
    await ledger.append([{ ...event, ...who, data: { instance: 'one' } }]);
    let asked = 0;
    const replace = async () => void (asked += 1);
    assert.equal(await run(replace, ledger), null);
    assert.equal(asked, 1, 'what was recorded may not have been answered');
    assert.equal((await ledger.read({ subject: 'rollout:1', limit: 10 })).length, 1);
    const two = { ...bad, instance: 'two' };
    assert.match((await run(replace, ledger, two)) ?? '', /^one was replaced in this rollout/);
    assert.equal(asked, 1);
  });

  it('gives up after two seconds', async () => {
    const beganAtMs = performance.now();
    assert.equal(await run(() => new Promise(() => {})), 'no answer within 2000 ms');
    const tookMs = performance.now() - beganAtMs;
    assert.ok(tookMs > 1_900 && tookMs < 3_000, `${tookMs} ms`);
  });

  it('says why it was refused, and counts as undone without a record', async () => {
    const refused = new Failure('Forbidden', 'no right', { next: 'ask for it' });
    assert.match((await run(() => Promise.reject(refused))) ?? '', /^no right\nnext: ask for it$/);
    const full = { ...createMemoryLedger(), append: () => Promise.reject(new Error('disk full')) };
    assert.match((await run(async () => {}, full)) ?? '', /disk full/);
  });
});

/** The platform contracts on a branch that is followed; what cannot hold there, why, and what holds instead. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Failure } from '../../src/domain/failures.js';
import type { TargetKey } from '../../src/domain/names.js';
import { emptySplit, stableOnly } from '../../src/domain/rollout/split.js';
import type { Platform } from '../../src/ports/platform.js';
import type { Intent } from '../../src/ports/workload.js';
import { declareDeviations } from '../support/declare-deviations.js';
import { type GitopsUnderTest, kustomization, startGitops } from '../support/gitops-platform.js';
import {
  checkoutRevision,
  checkoutWorkload,
  freshTarget,
  install,
  intents,
  type PlatformCase,
  type PlatformUnderTest,
  split,
} from '../support/platform-under-test.js';
import { trafficRouterContract } from './traffic-router.contract.js';
import { workloadContract } from './workload.contract.js';

const fileOf = ({ environment }: TargetKey) => `apps/${environment}/kustomization.yaml`;

/** A branch that gets a file for every target that is asked for, and a follower that is there at once. */
async function createFollowed(
  change: (gitops: GitopsUnderTest) => void = () => undefined,
): Promise<PlatformUnderTest & { readonly gitops: GitopsUnderTest }> {
  const gitops = await startGitops({ 'README.md': 'deployments' });
  change(gitops);
  const platform: Platform = gitops.worker({
    change: { file: 'apps/{environment}/kustomization.yaml', image: '{service}' },
    url: 'https://{service}.{environment}.test',
  });
  const made = new Set<string>();
  return {
    ...platform,
    gitops,
    workload: {
      ...platform.workload,
      async applyRevision(request) {
        const file = fileOf(request.target);
        if (!made.has(file)) await gitops.repository.pushAs('owner', { [file]: kustomization });
        made.add(file);
        await platform.workload.applyRevision(request);
        gitops.word.synced = await gitops.repository.tip();
      },
    },
    pass: (ms) => sleep(ms),
    send: () => Promise.reject(new Error('no door')),
    crash: () => Promise.reject(new Error('no instance')),
    dispose: () => gitops.dispose(),
  };
}

const followed: PlatformCase = {
  name: 'a branch that is followed',
  noDoorBecause: 'traffic is the business of whoever runs the service',
  create: () => createFollowed(),
};

const one = 'the branch names one revision, and it has all the traffic';

const deviations: Readonly<Record<string, string>> = {
  'counts unexpected exits, anew for every rollout':
    'the follower says healthy or not, and counts no exits',
  'replaces one instance, which is no unexpected exit, and does not mind a repetition':
    'instances belong to the follower, and a branch does not name them',
  'does not run an artifact that is not the one promised':
    'the manifest names the digest, so another artifact cannot run',
  'keeps a revision that the split names, and removes it afterwards': one,
  'reads back what was set, with its fence, and does not mind a repetition': one,
  'refuses an older decision, so that a late step cannot undo a rollback': one,
  'refuses what names an unknown revision or contradicts itself': one,
  'gives no traffic to a revision without a ready instance, but always takes it away': one,
  'copies nothing to what is not ready, nor beside a weight': one,
};

describe('the platform contracts by commit', function () {
  this.timeout(60_000);
  workloadContract(followed);
  trafficRouterContract(followed);
  declareDeviations(this, deviations);
});

describe('a platform whose traffic is not divided', function () {
  this.timeout(60_000);
  let platform: Awaited<ReturnType<typeof createFollowed>>;
  let target: TargetKey;
  let next: () => Intent;
  let stable: string;
  before(async () => {
    platform = await createFollowed();
  });
  after(() => platform.dispose());
  beforeEach(async () => {
    target = freshTarget();
    next = intents();
    platform.gitops.word.health = 'Healthy';
    stable = await install(platform, { target, version: '1.0.0', instances: 2, intent: next() });
    await apply(stableOnly(stable));
  });

  const apply = (wanted: ReturnType<typeof split>, intent = next()) =>
    platform.router.applySplit({ target, split: wanted, intent });
  const read = () => platform.router.readSplit(target);
  const candidate = checkoutRevision('1.1.0').name;
  const deploy = () =>
    install(platform, { target, version: '1.1.0', instances: 2, intent: next() });

  it('reads back all or nothing with its fence, and does not mind a repetition', async () => {
    await deploy();
    const intent = next();
    await apply(split(stable, candidate, 100), intent);
    const tip = await platform.gitops.repository.tip();
    await apply(split(stable, candidate, 100), intent);
    assert.equal(await platform.gitops.repository.tip(), tip);
    const reading = await read();
    assert.deepEqual(reading.split, split(stable, candidate, 100));
    assert.deepEqual(reading.fence, intent.fence);
    assert.equal(reading.url, `https://checkout.${target.environment}.test`);
  });

  it('refuses to divide, and says what is possible', async () => {
    await deploy();
    const divided = { ...split(stable, candidate, 0), headerRoute: { header: 'x', value: 'y' } };
    const copied = { ...split(stable, candidate, 0), mirror: 20 };
    const halves = [split(stable, candidate, 20), split(stable, candidate, 2.5)];
    for (const wanted of [...halves, divided, copied]) {
      await assert.rejects(apply(wanted), {
        code: 'InvalidInput',
        message: 'a branch that is followed cannot divide traffic',
      });
    }
  });

  it('refuses an older decision, an unknown revision and one that contradicts itself', async () => {
    const step = next();
    await deploy();
    const accepted = next();
    await apply(stableOnly(stable), accepted);
    await assert.rejects(apply(split(stable, candidate, 100), step), { code: 'StaleWrite' });
    await assert.rejects(apply(split(stable, '9.9.9-00000000', 100)), { code: 'NotFound' });
    await assert.rejects(apply(split(stable, stable, 100)), { code: 'InvalidInput' });
    assert.deepEqual((await read()).fence, accepted.fence);
  });

  it('promotes nothing that is unhealthy, and always goes back', async () => {
    await deploy();
    platform.gitops.word.health = 'Degraded';
    await sleep(400);
    await assert.rejects(apply(stableOnly(candidate)), { code: 'NotReady' });
    const [status] = await platform.workload.readRevisions(target);
    assert.deepEqual(
      status?.instances.map(({ state, reason }) => `${state}: ${reason}`),
      ['unready: Degraded', 'unready: Degraded'],
    );
    assert.ok((status?.instances[0]?.probeFailures ?? 0) > 3);
    await apply(stableOnly(stable));
    platform.gitops.word.synced = await platform.gitops.repository.tip();
    await sleep(400);
    assert.deepEqual((await read()).split, stableOnly(stable));
  });

  it('does not say that traffic is back before the follower has come there', async () => {
    await deploy();
    await apply(split(stable, candidate, 100));
    await apply(stableOnly(stable));
    assert.deepEqual((await read()).split, split(stable, candidate, 100));
    platform.gitops.word.synced = await platform.gitops.repository.tip();
    await sleep(400);
    assert.deepEqual((await read()).split, stableOnly(stable));
  });

  it('shows what somebody else wrote over it as traffic that is elsewhere', async () => {
    const { repository, word } = platform.gitops;
    word.synced = await repository.pushAs('bob', { [fileOf(target)]: kustomization });
    // What was fetched half a second ago counts as new.
    await sleep(600);
    const { split: shown } = await read();
    assert.deepEqual(shown, split(stable, `unknown-${word.synced.slice(0, 8)}`, 100));
    const [status] = await platform.workload.readRevisions(target);
    assert.match(status?.instances[0]?.reason ?? '', /^what runs is somebody else's: unknown-/);
  });

  it('keeps what the split names, and has nothing to remove afterwards', async () => {
    await deploy();
    const remove = (revision: string) =>
      platform.workload.removeRevision({ target, revision, intent: next() });
    for (const name of [stable, candidate]) {
      await assert.rejects(remove(name), { code: 'PolicyDenied' });
    }
    await apply(stableOnly(candidate));
    await remove(stable);
    const names = (await platform.workload.readRevisions(target)).map(({ name }) => name);
    assert.deepEqual(names, [candidate]);
  });

  it('refuses to replace an instance, and says what to write instead', async () => {
    const request = { target, revision: stable, instance: 'checkout-1' };
    await assert.rejects(
      platform.workload.replaceInstance(request),
      ({ code, message, details }: Failure) => {
        assert.equal(code, 'PolicyDenied');
        assert.match(message, /names no instances/);
        assert.match(details.next ?? '', /oneBadInstance: rollBack/);
        return true;
      },
    );
  });

  it('commits nothing that nobody follows', async () => {
    const { repository } = platform.gitops;
    const worker = platform.gitops.worker({ readObject: async () => null });
    const tip = await repository.tip();
    const { name: _, ...revision } = checkoutRevision('1.1.0');
    const request = { target: freshTarget(), revision, instances: 1, intent: next() };
    const applied = { ...request, workload: checkoutWorkload };
    await assert.rejects(worker.workload.applyRevision(applied), {
      code: 'NotFound',
      message: /^there is no Application checkout-env-\d+ in argocd$/,
    });
    assert.equal(await repository.tip(), tip);
    assert.deepEqual((await worker.router.readSplit(request.target)).split, emptySplit);
  });

  it('counts no requests, and says so by having no instances', async () => {
    const counters = await platform.metrics.readCounters(target, [candidate, stable]);
    assert.deepEqual(counters, [
      { revision: candidate, instances: [] },
      { revision: stable, instances: [] },
    ]);
  });
});

/** Temporal's database is lost while releases are under way: docs/disaster.md, step by step, under load. */
import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditHead } from '../../src/api/schemas/audit.js';
import type { ReleaseView } from '../../src/domain/release/view.js';
import type { TargetView } from '../../src/domain/target/view.js';
import type { Unfinished } from '../../src/domain/ledger/unfinished.js';
import type { ReadModel } from '../../src/domain/ledger/read-model.js';
import type { Finding } from '../../src/domain/repository/finding.js';
import { lostRequests, startTimedLoad, type TimedLoad } from '../support/load-account.js';
import { eventually } from '../support/local-stack.js';
import { type Rehearsal, startRehearsal } from '../support/rehearsal.js';

const staging = { service: 'cart', environment: 'staging' };
const services = ['cart', 'checkout'];
/** Passes staging at once; without it a candidate is held there. */
const swiftly = `--from staging --strategy '{canary: {steps: [{setWeight: 100}]}}'`;

describe('the Temporal database is lost', function () {
  // A command on a busy machine takes ten seconds by itself.
  this.timeout(400_000);
  this.retries(0);
  let shop: Rehearsal;
  let load: TimedLoad;
  let digest: string;
  let kept: string;
  const release = (name: string) =>
    shop.read<ReleaseView>(`/v1/releases/${name.replace('@', '/')}`);
  const target = (path: string) => shop.read<TargetView>(`/v1/targets/${path}`);
  const phaseIs = (name: string, phase: string) =>
    eventually(`${name}: ${phase}`, async () => (await release(name))?.phase === phase, 60_000);
  const deployments = async (): Promise<readonly string[]> => {
    const { deployments: found } = await shop.answer<ReadModel>('sluice audit history');
    return found.map((one) => `${one.target} ${one.revision?.split('-')[0]} ${one.outcome}`);
  };
  const begun = (service: string, version: string, more = '') =>
    shop.answer(
      `sluice release ${service}@${version} --digest ${shop.artifact(service, version)} --reason "a test" ${more}`,
    );
  const approve = (name: string) =>
    shop.answer(`sluice approve ${name} --environment production --reason "seen"`, 'approver');

  before(async () => {
    shop = await startRehearsal();
    for (const service of services) await begun(service, '1.0.0');
    for (const service of services) {
      await phaseIs(`${service}@1.0.0`, 'AwaitingApproval');
      await approve(`${service}@1.0.0`);
    }
    for (const service of services) await phaseIs(`${service}@1.0.0`, 'Promoted');
    digest = shop.artifact('checkout', '1.1.0');
    await begun('checkout', '1.1.0', swiftly);
    await phaseIs('checkout@1.1.0', 'AwaitingApproval');
    const { url } = await shop.readSplit(staging);
    assert.ok(url);
    load = startTimedLoad(url, 20);
    await begun('cart', '1.1.0');
    const halved = async () => (await shop.readSplit(staging)).split.weight === 50;
    await eventually('half of the traffic is on the candidate', halved, 60_000);
    await shop.answer('sluice lock cart/production --reason "incident 12" --expires-in 2h');
    const { head } = await shop.answer<AuditHead>('sluice audit head');
    kept = `${head?.seq}:${head?.hash}`;
  });
  after(async () => {
    await load?.stop();
    await shop?.stop();
  });

  it('nothing is lost as long as it is there', async () => {
    const { code, out } = await shop.type('sluice audit lost');
    assert.equal(code, 0, out);
    assert.match(out, /nothing is lost/);
  });

  it('a server without its database starts empty, and traffic stays where it was', async () => {
    await shop.parts.temporal.kill();
    const files = readdirSync(shop.dataDir).filter((name) => name.startsWith('temporal.db'));
    assert.ok(files.includes('temporal.db'));
    for (const name of files) rmSync(join(shop.dataDir, name));
    assert.equal((await shop.readSplit(staging)).split.weight, 50);
    await Promise.all([shop.parts.worker.stop(), shop.parts.api.stop()]);
    await shop.parts.temporal.start();
    await Promise.all([shop.parts.worker.start(), shop.parts.api.start()]);
  });

  it('the doctor names what was under way, and sees the schedule of the reconciler again', async () => {
    const { out } = await shop.type('sluice doctor --json');
    const { findings } = JSON.parse(out) as { readonly findings: readonly Finding[] };
    const of = (subject: string) => findings.find((each) => each.subject === subject);
    assert.equal(of('reconciler')?.state, 'ok');
    assert.equal(of('record')?.state, 'warning');
    for (const one of ['release:checkout:1.1.0', 'release:cart:1.1.0', 'lock of target:cart:']) {
      assert.ok(of('record')?.seen.includes(one), of('record')?.seen);
    }
  });

  it('within a minute or so every target has taken its stable revision from the platform again', async () => {
    const isBack = async () => (await shop.readSplit(staging)).split.weight === 0;
    await eventually('the candidate has no traffic', isBack, 90_000);
    const stable: Record<string, string> = {
      ...{ 'cart/staging': '1.0.0', 'cart/production': '1.0.0' },
      ...{ 'checkout/staging': '1.1.0', 'checkout/production': '1.0.0' },
    };
    for (const [path, version] of Object.entries(stable)) {
      const isAdopted = async () => (await target(path))?.stable?.version === version;
      await eventually(`${path} runs ${version}`, isAdopted, 30_000);
    }
    assert.match((await target('cart/staging'))?.repaired?.reason ?? '', /50 % of the traffic/);
  });

  it('the record is whole, with the history from before', async () => {
    const { code, out } = await shop.type(`sluice audit verify --head ${kept}`);
    assert.equal(code, 0, out);
    assert.deepEqual((await deployments()).toSorted(), [
      'cart/production 1.0.0 promoted',
      'cart/staging 1.0.0 promoted',
      'checkout/production 1.0.0 promoted',
      'checkout/staging 1.0.0 promoted',
      'checkout/staging 1.1.0 promoted',
    ]);
  });

  it('names each release, rollout and lock with the command that does it again', async () => {
    const { code, out } = await shop.type('sluice audit lost --json');
    assert.equal(code, 1);
    const { lost } = JSON.parse(out) as { readonly lost: readonly Unfinished[] };
    assert.deepEqual(
      lost.map(({ subject }) => subject),
      [
        ...['release:checkout:1.1.0', 'release:cart:1.1.0'],
        ...['rollout:cart:staging:2', 'target:cart:production'],
      ],
    );
    assert.equal(
      lost[0]?.next,
      `sluice release checkout@1.1.0 --digest ${digest} --from staging --reason "under way when Temporal lost it"`,
    );
    assert.match(lost[2]?.last ?? '', /50 % on 1\.1\.0-/);
    assert.match(lost[3]?.next ?? '', /^sluice lock cart\/production --expires-in (119|120)m /);
    // The lock and one of the releases, as they are told.
    for (const one of [lost[3], lost[0]]) await shop.answer(one?.next ?? '');
    assert.equal((await target('cart/production'))?.lock?.owner, 'ann');
  });

  it('a release that is asked for again does nothing twice', async () => {
    await phaseIs('checkout@1.1.0', 'AwaitingApproval');
    const [first] = (await release('checkout@1.1.0'))?.stages ?? [];
    assert.deepEqual([first?.phase, first?.rolloutId], ['Promoted', null]);
    await approve('checkout@1.1.0');
    await phaseIs('checkout@1.1.0', 'Promoted');
    const of = (await deployments()).filter((line) => line.includes(' 1.1.0 '));
    assert.deepEqual(of.toSorted(), [
      'checkout/production 1.1.0 promoted',
      'checkout/staging 1.1.0 promoted',
    ]);
  });

  it('refuses to call lost what Temporal knows', async () => {
    const refused = await shop.post('/v1/audit/losses', {
      items: [{ subject: 'release:checkout:1.1.0', since: new Date().toISOString() }],
      reason: 'a test',
    });
    assert.deepEqual(refused, { status: 409, code: 'Conflict' });
  });

  it('what nobody wants again is noted, and then nothing is lost', async () => {
    const refused = await shop.type('sluice audit lost --note');
    assert.equal(refused.code, 7);
    const { noted } = await shop.answer<{ noted: number }>(
      'sluice audit lost --note --reason "the disk of Temporal was lost"',
    );
    assert.equal(noted, 2);
    assert.match((await shop.type('sluice audit lost')).out, /nothing is lost/);
    const { releases, rollouts } = await shop.answer<{
      readonly releases: readonly { readonly releaseId: string; readonly outcome: string }[];
      readonly rollouts: readonly { readonly rolloutId: string; readonly outcome: string }[];
    }>('sluice audit history');
    const ends = releases.map(({ releaseId, outcome }) => `${releaseId} ${outcome}`);
    assert.deepEqual(ends.toSorted(), [
      'release:cart:1.0.0 promoted',
      'release:cart:1.1.0 lost',
      'release:checkout:1.0.0 promoted',
      'release:checkout:1.1.0 promoted',
    ]);
    const lostOne = rollouts.find(({ rolloutId }) => rolloutId === 'rollout:cart:staging:2');
    assert.equal(lostOne?.outcome, 'lost');
    // Its number is not given out again.
    await begun('cart', '1.2.0', swiftly);
    await phaseIs('cart@1.2.0', 'AwaitingApproval');
    assert.ok(((await target('cart/staging'))?.history[0]?.n ?? 0) > 2);
    await shop.answer('sluice abort cart@1.2.0 --reason "enough"');
  });

  it('no user has noticed', async () => {
    const account = await load.take();
    assert.ok(account.sent > 500, `${account.sent} requests`);
    assert.equal(
      lostRequests(account, () => true),
      0,
    );
  });
});

/** Webhooks from the code host to the flows: lost, doubled, out of order or never sent, the end is the same. */
import assert from 'node:assert/strict';
import { workflowTypes } from '../../src/domain/wire-names.js';
import type { RepositorySweep } from '../../src/workflows/repository/sweep-repository-messages.js';
import type { Redelivery } from '../../src/activities/repository/sweep-activities.js';
import { type KeptRepository, keepRepository } from '../support/kept-repository.js';
import { until } from '../support/operator.js';

const digest = `sha256:${'d'.repeat(64)}`;
const policy = `
repository:
  pulls: {title: warn}
  triggers:
    - {on: tag, service: checkout, digest: {file: artifact.txt}}
    - {on: tag, tags: 'other-v*', service: other, digest: {file: artifact.txt}}
    - {on: push, branches: release/*, service: checkout, digest: {file: artifact.txt}}
    - {on: dispatch, name: deploy, service: checkout}
    - {on: schedule, cron: 0 3 * * *, branch: nightly, service: checkout, digest: {file: artifact.txt}}
`;

let kept: KeptRepository;
before(async () => {
  kept = await keepRepository(policy);
});
after(() => kept.stop());

let count = 0;
async function openPull(): Promise<number> {
  const { control } = kept.github;
  const branch = `topic-${++count}`;
  await control.commit(kept.repository, { branch, files: { [`${branch}.txt`]: branch } });
  const { number } = await control.createPull(kept.repository, {
    title: `feat: topic ${count}`,
    head: branch,
  });
  return number;
}

const checkOf = (number: number) => `pull:acme/shop:${number}`;
const isChecked = async (number: number): Promise<boolean> =>
  (await kept.idsOf(workflowTypes.checkPull)).includes(checkOf(number));
const checked = (number: number) =>
  until(
    `#${number} is checked`,
    () => isChecked(number),
    (is) => is,
  );
const deliveries = () => kept.idsOf(workflowTypes.routeDelivery);

describe('webhooks of the code host', () => {
  it('begin what they are about, within seconds', async () => {
    const number = await openPull();
    const startedAtMs = performance.now();
    await checked(number);
    assert.ok(performance.now() - startedAtMs < 10_000);
    await kept.quiet();
    const said = await kept.engine.client.workflow.getHandle(checkOf(number)).describe();
    assert.equal(said.type, workflowTypes.checkPull);
  });

  it('that are sent twice do nothing the second time', async () => {
    kept.github.control.hookFaults.duplicate = 10;
    const number = await openPull();
    await checked(number);
    kept.github.control.hookFaults.duplicate = 0;
    await kept.quiet();
    const ids = await deliveries();
    assert.equal(new Set(ids).size, ids.length);
    const posted = kept.api.log.filter((line) => line.includes('/v1/webhooks/github'));
    assert.ok(posted.length > ids.length, `${posted.length} sent, ${ids.length} taken`);
  });

  it('in any order end the same', async () => {
    const { control } = kept.github;
    control.hookFaults.reorder = 4;
    const numbers = [await openPull(), await openPull()];
    await control.settle();
    for (const number of numbers) await checked(number);
  });

  it('that were lost are asked for again', async () => {
    const { control } = kept.github;
    await kept.quiet();
    control.hookFaults.lose = 2;
    const number = await openPull();
    await control.settle();
    assert.equal(await isChecked(number), false);
    control.clock.advance(60_000);
    const ports = kept.engine.ports as { now: () => number };
    const { now } = ports;
    ports.now = () => now() + 60_000;
    const { redelivered, without } = await kept.redeliver<Redelivery>();
    assert.deepEqual([redelivered, without], [2, null]);
    await checked(number);
    await kept.quiet();
    assert.equal((await kept.redeliver<Redelivery>()).redelivered, 0);
    ports.now = now;
  });
});

describe('a sweep', () => {
  const silence = (isActive: boolean) => {
    const hook = kept.github.control.world.apps.get(kept.github.app.id)?.hook;
    Object.assign(hook ?? {}, { active: isActive });
  };
  afterEach(() => silence(true));

  it('finds what no webhook told, and nothing twice', async () => {
    await kept.sweep<RepositorySweep>();
    silence(false);
    const numbers = [await openPull(), await openPull(), await openPull()];
    await kept.quiet();
    for (const number of numbers) assert.equal(await isChecked(number), false);
    const first = await kept.sweep<RepositorySweep>();
    assert.ok(first.items >= 3, JSON.stringify(first));
    for (const number of numbers) await checked(number);
    assert.equal(first.trouble, null);
  });

  it('starts the release of a tag that no webhook told of, and not that of older ones', async () => {
    const { control } = kept.github;
    await kept.sweep<RepositorySweep>();
    silence(false);
    const sha = await control.commit(kept.repository, {
      ...{ branch: 'main', files: { 'artifact.txt': digest } },
    });
    await control.setRef(kept.repository, 'refs/tags/v3.0.0', sha);
    const { releases } = await kept.sweep<RepositorySweep>();
    assert.deepEqual(releases, ['checkout@3.0.0 started: tag v3.0.0 of acme/shop']);
    assert.deepEqual((await kept.sweep<RepositorySweep>()).releases, []);
  });
});

describe('triggers', () => {
  const releases = () => kept.idsOf(workflowTypes.release);
  const started = (id: string) => until(`${id} runs`, releases, (ids) => ids.includes(id));

  it('start one release for a tag, however often it is told', async () => {
    const { control } = kept.github;
    const files = { 'artifact.txt': `${digest}  checkout.tgz\n` };
    const sha = await control.commit(kept.repository, { branch: 'main', files });
    control.hookFaults.duplicate = 5;
    await control.setRef(kept.repository, 'refs/tags/v2.0.0', sha);
    await started('release:checkout:2.0.0');
    control.hookFaults.duplicate = 0;
    await kept.quiet();
    const handle = kept.engine.client.workflow.getHandle('release:checkout:2.0.0');
    const { memo, typedSearchAttributes } = await handle.describe();
    assert.equal(memo?.digest, digest);
    assert.ok(JSON.stringify(typedSearchAttributes).includes(sha));
    const runs = [];
    const query = `WorkflowId = 'release:checkout:2.0.0'`;
    for await (const run of kept.engine.client.workflow.list({ query })) runs.push(run);
    assert.equal(runs.length, 1);
  });

  it('start one for a push, named after its commit', async () => {
    const { control } = kept.github;
    const files = { 'artifact.txt': digest };
    const sha = await control.commit(kept.repository, { branch: 'release/7', files });
    const ids = await until('it runs', releases, (all) =>
      all.some((id) => id.endsWith(`.g${sha.slice(0, 7)}`)),
    );
    const id = ids.find((each) => each.includes(sha.slice(0, 7)));
    assert.match(id ?? '', /^release:checkout:0\.0\.0-release-7\.\d{14}\.g[0-9a-f]{7}$/);
  });

  it('start none of a service that is another repository’s', async () => {
    const { control } = kept.github;
    const sha = control.readRef(kept.repository, 'refs/heads/main') ?? '';
    await control.setRef(kept.repository, 'refs/tags/other-v1.0.0', sha);
    await kept.quiet();
    assert.ok(!(await releases()).some((id) => id.startsWith('release:other')));
  });

  it('start one at its time for a commit, and none for the same again', async () => {
    const { control } = kept.github;
    const { schedule } = kept.engine.client;
    await kept.sweep<RepositorySweep>();
    const files = { 'artifact.txt': digest };
    const sha = await control.commit(kept.repository, { branch: 'nightly', files });
    const ids: string[] = [];
    for await (const { scheduleId } of schedule.list()) {
      if (scheduleId.startsWith('repository-trigger:acme/shop:')) ids.push(scheduleId);
    }
    assert.equal(ids.length, 1);
    const fire = () => kept.pass<{ readonly result: string }>(ids[0] ?? '');
    assert.equal((await fire()).result, 'started');
    assert.equal((await fire()).result, 'thereAlready');
    assert.ok((await releases()).some((id) => id.endsWith(`.g${sha.slice(0, 7)}`)));
  });
});

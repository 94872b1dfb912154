/** `sluice reset …` and `sluice merge …` from the command line through the API to the code host and back. */
import assert from 'node:assert/strict';
import { type ApiUnderTest, secrets, serveApi } from '../support/api-under-test.js';
import { runSluice } from '../support/cli-under-test.js';
import { type MergingUnderTest, startMerging } from '../support/merging.js';
import { type ResettingUnderTest, startResetting } from '../support/resetting.js';

const why = ['--reason', 'because'];

function sluiceAt(api: () => ApiUnderTest) {
  return (...argv: string[]) =>
    runSluice(argv, undefined, {
      fetch,
      env: { SLUICE_API_URL: api().url, SLUICE_TOKEN: secrets.all, SLUICE_DATA_DIR: '/nowhere' },
    });
}

describe('commands about resets', function () {
  this.timeout(180_000);
  let scene: ResettingUnderTest;
  let api: ApiUnderTest;
  before(async () => {
    scene = await startResetting();
    api = await serveApi(scene.engine.client, { tickets: scene.engine.ports.tickets });
  });
  after(async () => {
    await api?.stop();
    await scene?.stop();
  });
  const sluice = sluiceAt(() => api);

  it('plan, show, approve, list and restore', async () => {
    const repository = await scene.repository();
    const path = `${repository.owner}/${repository.name}`;
    const before = scene.tipOf(repository, 'develop');
    scene.control.clearLog();
    const planned = await sluice('reset', 'plan', path, 'develop');
    assert.match(planned.out, /3 commits leave it:/, planned.err);
    const dry = await sluice('reset', 'run', path, 'develop', '--dry-run', ...why);
    assert.match(dry.out, /develop goes from [0-9a-f]{12} to [0-9a-f]{12} \(refs\/heads\/main\)/);
    assert.deepEqual(scene.effects(), []);

    const { awaited, result } = await scene.begin(repository);
    await awaited();
    const again = await sluice('reset', 'run', path, 'develop', ...why);
    assert.match(again.err, /error CommandRejected: a reset of develop is under way/);
    const shown = await sluice('reset', 'show', path, 'develop');
    assert.match(shown.out, /^develop: AwaitingApproval\n/);
    assert.match(shown.out, new RegExp(`before +${before}`));
    const other = await sluice('reset', 'approve', path, 'develop', '--before', 'fffffff', ...why);
    assert.match(other.err, /error Conflict: this is not the plan that was seen/);
    const tip = before.slice(0, 8);
    const approved = await sluice('reset', 'approve', path, 'develop', '--before', tip, ...why);
    assert.match(approved.out, /1 of 1 approvals/, approved.err);
    assert.equal((await result()).outcome, 'reset');

    const listed = await sluice('reset', 'list', path);
    const [backup = ''] = /refs\/backup\/develop\/\S+/.exec(listed.out) ?? [];
    assert.match(listed.out, new RegExp(`${backup} +${before.slice(0, 12)}`));
    const restored = await sluice('reset', 'restore', path, 'develop', '--from', backup, ...why);
    assert.match(restored.out, /is planned/, restored.err);
    const handle = scene.engine.client.workflow.getHandle(`develop-reset:${path}:develop`);
    await handle.result();
    assert.equal(scene.tipOf(repository, 'develop'), before);
    const none = await sluice('reset', 'reject', path, 'develop', ...why);
    assert.match(none.err, /error CommandRejected/);
  });
});

describe('commands about merging', function () {
  this.timeout(180_000);
  let scene: MergingUnderTest;
  let api: ApiUnderTest;
  before(async () => {
    scene = await startMerging();
    api = await serveApi(scene.engine.client);
  });
  after(async () => {
    await api?.stop();
    await scene?.stop();
  });
  const sluice = sluiceAt(() => api);

  it('plan, stop where nothing runs yet, explain, and go on', async () => {
    const repository = await scene.repository({});
    const path = `${repository.owner}/${repository.name}`;
    const { number } = await scene.pull(repository, { 'a.txt': 'a\n' });
    const planned = await sluice('merge', 'plan', path, 'main');
    assert.match(planned.out, new RegExp(`^squash #${number} at `), planned.err);
    const paused = await sluice('merge', 'pause', path, 'main', ...why);
    assert.match(paused.out, /nothing is merged until somebody says resume/, paused.err);
    const { is, result } = scene.place(repository);
    await is(({ pulls }) => pulls.length === 1);
    const told = await sluice('merge', 'why', path, 'main');
    assert.match(told.out, /^main: NeedsHelp\n/);
    assert.match(told.out, new RegExp(`#${number} +ready: everything`));
    const twice = await sluice('merge', 'pause', path, 'main', ...why);
    assert.match(twice.err, /error CommandRejected: merging is stopped/);
    assert.deepEqual(await scene.subjects(repository), []);
    assert.match((await sluice('merge', 'resume', path, 'main', ...why)).out, /merging goes on/);
    assert.equal((await result()).merged, 1);
    const ended = await sluice('merge', 'resume', path, 'main', ...why);
    assert.match(ended.err, /error CommandRejected: merge-queue:\S+ has ended/);
  });
});

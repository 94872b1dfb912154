/** `sluice issue …`, `sluice protection …` and `sluice repository …` from the command line through the API to the code host and back. */
import assert from 'node:assert/strict';
import { editItem } from '../../src/github-standin/acts/items.js';
import { secrets } from '../support/api-under-test.js';
import { runSluice } from '../support/cli-under-test.js';
import { type KeptRepository, keepRepository } from '../support/kept-repository.js';
import { until } from '../support/operator.js';

const policy = `
repository:
  pulls: {title: warn}
  issues: {branch: {when: labeled, labels: [wanted], required: [Steps]}}
  protection: {main: {requiredChecks: [build]}}
`;
const path = 'acme/shop';
const why = ['--reason', 'because'];

let kept: KeptRepository;
before(async () => {
  kept = await keepRepository(policy);
  await kept.quiet();
});
after(() => kept.stop());

const sluice = (...argv: string[]) =>
  runSluice(argv, undefined, {
    fetch,
    env: { SLUICE_API_URL: kept.api.url, SLUICE_TOKEN: secrets.all, SLUICE_DATA_DIR: '/nowhere' },
  });
/** Without those by which one is let in. */
const effects = () =>
  kept.github.control
    .writes()
    .filter(({ operation }) => operation !== 'apps/create-installation-access-token');

describe('commands about issues', () => {
  it('explain, pause, resume, and make the branch before its time', async () => {
    const { control } = kept.github;
    const { number } = await control.createIssue(kept.repository, { title: 'Slow search' });
    const reference = `${path}#${number}`;
    const told = await until(
      'it is followed',
      () => sluice('issue', 'why', reference),
      ({ out }) => out.includes('a label: wanted'),
    );
    assert.match(told.out, /^acme\/shop#\d+: created\n/);
    assert.match(told.out, /you can .*branch/);

    assert.equal((await sluice('issue', 'pause', reference, ...why)).err, '');
    const paused = await until(
      'it is paused',
      () => sluice('issue', 'why', reference),
      ({ out }) => out.includes('now      paused'),
    );
    assert.match(paused.out, /paused +by ci\n/);
    const twice = await sluice('issue', 'pause', reference, ...why);
    assert.match(twice.err, /error CommandRejected/);
    assert.notEqual(twice.code, 0);
    assert.equal((await sluice('issue', 'resume', reference, ...why)).err, '');

    assert.equal((await sluice('issue', 'branch', reference, ...why)).err, '');
    const branch = `feature/issue-${number}-slow-search`;
    const linked = await until(
      'it has a branch',
      () => sluice('issue', 'why', reference),
      ({ out }) => out.includes(': linked\n'),
    );
    assert.match(linked.out, new RegExp(`branch +${branch}\n`));
    assert.match(linked.out, /story +\S+Z .*because/);
    assert.ok(control.readRef(kept.repository, `refs/heads/${branch}`));
    assert.equal((await sluice('issue', 'look', reference, ...why)).err, '');
    const json = await sluice('issue', 'why', reference, '--json');
    assert.equal(JSON.parse(json.out).branch, branch);
  });

  it('tell which fields are still empty', async () => {
    const { control } = kept.github;
    const { number } = await control.createIssue(kept.repository, {
      ...{ title: 'It fails', labels: ['wanted'], body: '### Steps\n\n_No response_\n' },
    });
    const why = (part: string) =>
      until(
        part,
        () => sluice('issue', 'why', `${path}#${number}`),
        ({ out }) => out.includes(part),
      );
    await why('wait for something under "Steps" in it');
    await control.world.inOrder(async () => {
      const body = '### Steps\n\nOpen it.\n';
      editItem(control.scene(kept.repository), control.item(kept.repository, number), { body });
    });
    await why(`branch   feature/issue-${number}-it-fails`);
  });

  it('refuse what is no issue and what nobody follows', async () => {
    const bad = await sluice('issue', 'why', 'acme/shop/12');
    assert.match(bad.err, /error InvalidInput: "acme\/shop\/12" is not an issue/);
    assert.match((await sluice('issue', 'why', `${path}#4711`)).err, /error NotFound/);
    const mute = await sluice('issue', 'pause', `${path}#1`);
    assert.match(mute.err, /--reason/);
  });
});

describe('commands about protection', () => {
  const rule = () => kept.github.control.repository(kept.repository).protections.get('main');

  it('plan, rehearse, apply, show and restore', async () => {
    const planned = await sluice('protection', 'plan', path);
    assert.match(planned.out, /^\+ main: not protected yet\n/, planned.err);
    assert.match(planned.out, /"build"/);
    assert.match(planned.out, /make it so: sluice protection apply acme\/shop/);
    kept.github.control.clearLog();
    const dry = await sluice('protection', 'apply', path, '--dry-run', ...why);
    assert.match(dry.out, /a dry run: nothing was written\n/, dry.err);
    assert.deepEqual(effects(), []);
    assert.equal(rule(), undefined);

    const applied = await sluice('protection', 'apply', path, '--branch', 'main', ...why);
    assert.match(applied.out, /written: main\n/, applied.err);
    const [, id = ''] = /--branch main --backup (\S+) /.exec(applied.out) ?? [];
    assert.notEqual(id, '');
    assert.deepEqual(
      rule()?.checks?.checks.map(({ context }) => context),
      ['build'],
    );
    assert.doesNotMatch((await sluice('protection', 'plan', path)).out, /make it so/);

    const shown = await sluice('protection', 'drift', path);
    assert.match(shown.out, /looked at +\d{4}-/, shown.err);
    assert.match(shown.out, new RegExp(`backup +${id} main `));
    const other = ['--branch', 'main', '--backup', 'none-of-them', ...why];
    assert.match((await sluice('protection', 'restore', path, ...other)).err, /error /);
    const back = ['--branch', 'main', '--backup', id, ...why];
    const restored = await sluice('protection', 'restore', path, ...back);
    assert.match(restored.out, /^main is as it was, from /, restored.err);
    assert.equal(rule(), undefined);
    const held = await sluice('protection', 'drift', path);
    assert.match(held.out, /restored +main\n/);
  });
});

describe('commands about a repository', () => {
  it('check, pause, show and resume', async () => {
    const checked = await sluice('repository', 'check', path);
    assert.match(checked.out, /^acme\/shop: well\n/, checked.err);
    assert.match(checked.out, /pullChecks +on\n/);
    assert.match(checked.out, /staleBranches +the policy says nothing about it\n/);
    assert.match(checked.out, /webhooks +[1-9]\d* arrived, 0 failed in the last hour\n/);
    const clean = await sluice('repository', 'get', path);
    assert.match(clean.out, /^nothing is off, nothing fails\n/, clean.err);

    const paused = await sluice('repository', 'pause', path, 'pullChecks', ...why);
    assert.equal(paused.err, '');
    const off = await until(
      'it is off',
      () => sluice('repository', 'get', path),
      ({ out }) => out.includes('pullChecks'),
    );
    assert.match(off.out, /^pullChecks +paused by ci: because\n/);
    assert.match(
      (await sluice('repository', 'check', path)).out,
      /pullChecks +pullChecks is paused by ci: because\n/,
    );
    assert.equal((await sluice('repository', 'resume', path, 'pullChecks', ...why)).err, '');
    assert.match((await sluice('repository', 'get', path)).out, /^nothing is off/);
    const again = await sluice('repository', 'resume', path, 'pullChecks', ...why);
    assert.match(again.err, /error CommandRejected/);
  });

  it('refuse an automation that there is none of, and a repository that is none', async () => {
    const none = await sluice('repository', 'pause', path, 'nothing', ...why);
    assert.match(none.err, /error InvalidInput/);
    assert.match((await sluice('repository', 'get', 'shop')).err, /error InvalidInput/);
  });
});

/** The checks of pull requests on a real Temporal server, told at a stand-in for GitHub through the real adapter. */
import assert from 'node:assert/strict';
import { repositoryWorkflowId } from '../../src/domain/repository/names.js';
import { exitCodes } from '../../src/cli/exit-codes.js';
import { secrets } from '../support/api-under-test.js';
import { runSluice } from '../support/cli-under-test.js';
import { until } from '../support/operator.js';
import { type PullChecksUnderTest, repository, startPullChecks } from '../support/pull-checks.js';

let under: PullChecksUnderTest;
let branches = 0;

before(async () => {
  under = await startPullChecks();
});
after(async () => {
  await under.stop();
});

const freshBranch = (): string => `fix/branch-${(branches += 1)}`;
const conclusionsOf = (sha: string) =>
  Object.fromEntries(under.runs(sha).map(({ name, conclusion }) => [name, conclusion]));
const writes = () =>
  under.github.control
    .writes()
    .map(({ method, path }) => `${method} ${path}`)
    .filter((write) => !write.includes('/access_tokens'));

describe('a pull request that is opened', () => {
  it('gets a run for each check, its size as a label, and one comment that says what to mend', async () => {
    const { number, sha } = await under.open({ title: 'Mend it', branch: freshBranch() });
    await under.tell(number, 'opened');
    const view = await under.rest(number);
    assert.equal(view.stage, 'told', JSON.stringify(view.trouble));
    assert.deepEqual(conclusionsOf(sha), {
      'sluice/breaking': 'success',
      'sluice/policy': 'success',
      'sluice/size': 'success',
      'sluice/title': 'failure',
    });
    const title = under.runs(sha).find(({ name }) => name === 'sluice/title');
    assert.match(title?.summary ?? '', /\*\*Mend it:\*\* Write `type\(scope\): description`/);
    assert.match(title?.externalId ?? '', new RegExp(`^pull:acme/shop:${number}/${sha}/.+`));
    assert.deepEqual(under.labels(number), ['size/XS']);
    const [comment = '', ...more] = under.comments(number);
    assert.equal(more.length, 0);
    assert.match(comment, /One check fails/);
    assert.match(comment, /<!-- sluice:pull-checks -->/);
  });

  it('is told anew where it was told when its title is mended', async () => {
    const { number, sha } = await under.open({ title: 'Mend it', branch: freshBranch() });
    await under.tell(number, 'opened');
    await under.rest(number);
    await under.edit(number, { title: 'fix: mend it' });
    await under.tell(number, 'edited');
    await under.rest(number, 2);
    assert.equal(under.runs(sha).length, 4);
    assert.equal(conclusionsOf(sha)['sluice/title'], 'success');
    const [comment = '', ...more] = under.comments(number);
    assert.equal(more.length, 0);
    assert.match(comment, /All checks of this pull request pass/);
  });

  it('gets no comment when nothing is wrong', async () => {
    const { number } = await under.open({ title: 'fix: it', branch: freshBranch() });
    await under.tell(number, 'opened');
    assert.equal((await under.rest(number)).report?.verdict, 'passed');
    assert.deepEqual(under.comments(number), []);
  });

  it('is judged at its newest head, which has runs of its own', async () => {
    const branch = freshBranch();
    const { number, sha } = await under.open({ title: 'fix: it', branch });
    await under.tell(number, 'opened');
    await under.rest(number);
    const next = await under.push(branch, { 'src/large.ts': 'x\n'.repeat(1_200) });
    await under.tell(number, 'synchronize');
    await under.rest(number, 2);
    assert.equal(conclusionsOf(sha)['sluice/size'], 'success');
    assert.equal(conclusionsOf(next)['sluice/size'], 'neutral');
    assert.deepEqual(under.labels(number), ['size/XL']);
  });

  it('keeps labels that others put on, and heeds those that exempt', async () => {
    const { number, sha } = await under.open({ title: 'Mend it', branch: freshBranch() });
    await under.github.control.label(repository, number, ['mine', 'size/XL', 'skip-title'], 'ann');
    await under.tell(number, 'labeled', { label: 'skip-title' });
    await under.rest(number);
    assert.equal(conclusionsOf(sha)['sluice/title'], 'success');
    assert.deepEqual(under.labels(number), ['mine', 'size/XS', 'skip-title']);
  });

  it('is heard of again and again without a write', async () => {
    const { number } = await under.open({ title: 'Mend it', branch: freshBranch() });
    await under.tell(number, 'opened', { delivery: 'one' });
    await under.rest(number);
    under.github.control.clearLog();
    for (let times = 2; times <= 4; times += 1) {
      await under.tell(number, 'opened', { delivery: 'one' });
      await under.rest(number, times);
    }
    assert.deepEqual(writes(), []);
  });

  it('takes a burst of events as few', async () => {
    const { number } = await under.open({ title: 'Mend it', branch: freshBranch() });
    await Promise.all(
      Array.from({ length: 20 }, () => under.tell(number, 'labeled', { label: 'mine' })),
    );
    const view = await under.rest(number);
    await until(
      'it is at rest',
      () => under.rest(number),
      ({ passes }) => passes === view.passes,
    );
    assert.ok((await under.rest(number)).passes <= 5, `${view.passes} passes for 20 events`);
    assert.equal(under.comments(number).length, 1);
  });

  it('is not read for what changes nothing', async () => {
    const { number } = await under.open({ title: 'Mend it', branch: freshBranch() });
    under.github.control.clearLog();
    await under.tell(number, 'assigned');
    const handle = under.engine.client.workflow.getHandle(
      repositoryWorkflowId('pull', repository, number),
    );
    await until(
      'it is idle',
      () => handle.fetchHistory(),
      ({ events }) => JSON.stringify(events).includes('timerStarted'),
    );
    assert.deepEqual(
      under.github.control.log.map(({ path }) => path),
      [],
    );
  });

  it('is checked as a draft without comment and labels until it is ready', async () => {
    const { number, sha } = await under.open({
      title: 'Mend it',
      branch: freshBranch(),
      isDraft: true,
    });
    await under.tell(number, 'opened');
    await under.rest(number);
    assert.equal(conclusionsOf(sha)['sluice/title'], 'failure');
    assert.deepEqual([under.comments(number), under.labels(number)], [[], []]);
    const { pull } = under.github.control.item(repository, number);
    if (pull !== null) pull.isDraft = false;
    await under.tell(number, 'readyForReview');
    await under.rest(number, 2);
    assert.equal(under.comments(number).length, 1);
    assert.deepEqual(under.labels(number), ['size/XS']);
  });

  it('is let go when it is closed', async () => {
    const { number } = await under.open({ title: 'Mend it', branch: freshBranch() });
    await under.tell(number, 'opened');
    await under.rest(number);
    under.github.control.item(repository, number).state = 'closed';
    await under.tell(number, 'closed');
    const handle = under.engine.client.workflow.getHandle(
      repositoryWorkflowId('pull', repository, number),
    );
    const view = await handle.result();
    assert.equal((view as { reason: string }).reason, 'it is closed');
  });
});

describe('a dry run', () => {
  it('writes nothing and plans what is then done', async () => {
    const { number, sha } = await under.open({ title: 'Mend it', branch: freshBranch() });
    under.github.control.clearLog();
    const planned = await under.dryRun(number);
    assert.equal(planned.stage, 'planned');
    assert.deepEqual(writes(), []);
    await under.tell(number, 'opened');
    const done = await under.rest(number);
    assert.deepEqual(done.report, planned.report);
    const conclusions = planned.report?.runs.map(({ name, conclusion }) => [name, conclusion]);
    assert.deepEqual(conclusionsOf(sha), Object.fromEntries(conclusions ?? []));
    assert.deepEqual(under.comments(number), [planned.report?.comment]);
  });
});

describe('the command line', () => {
  it('prints what the comment says, without and with telling it, and ends by the verdict', async () => {
    const { number, sha } = await under.open({ title: 'Mend it', branch: freshBranch() });
    const given = {
      fetch,
      env: {
        SLUICE_API_URL: under.api.url,
        SLUICE_TOKEN: secrets.all,
        SLUICE_DATA_DIR: '/nowhere',
      },
    };
    under.github.control.clearLog();
    const planned = await runSluice(['pr', 'check', `acme/shop#${number}`, '--dry-run'], {}, given);
    assert.deepEqual([writes(), planned.err], [[], '']);
    const done = await runSluice(['pr', 'check', `acme/shop#${number}`], {}, given);
    const labels = '\n\nlabels: +size/XS\n';
    const [comment = ''] = under.comments(number);
    assert.equal(planned.out, comment.replace('\n\n<!-- sluice:pull-checks -->', labels));
    assert.deepEqual([done.out, done.code], [planned.out, exitCodes.rejected.code]);
    assert.equal(under.runs(sha).length, 4);
    const why = await runSluice(['pr', 'why', `acme/shop#${number}`, '--json'], {}, given);
    assert.equal((JSON.parse(why.out) as { report: { sha: string } }).report.sha, sha);
    const wrong = await runSluice(['pr', 'check', 'acme/shop'], {}, given);
    assert.equal(wrong.code, exitCodes.invalid.code);
  });

  it('says so where there is no such pull request', async () => {
    const path = '/v1/repositories/acme/shop/pulls/9999/checks/plan';
    const { status, body } = await under.api.call('POST', path);
    assert.equal(status, 200);
    const { stage, reason } = body as { readonly stage: string; readonly reason: string };
    assert.deepEqual([stage, reason], ['left', 'there is no such pull request']);
  });
});

describe('the record', () => {
  it('tells every write with its cause, before and after', async () => {
    const { number } = await under.open({ title: 'Mend it', branch: freshBranch() });
    await under.tell(number, 'opened');
    await under.rest(number);
    const subject = repositoryWorkflowId('pull', repository, number);
    const events = await under.ledger.read({ subject, limit: 100 });
    assert.deepEqual(events.map(({ kind }) => kind).toSorted(), [
      'pullChecksReported',
      'pullCommented',
      'pullLabelled',
    ]);
    for (const { reason, data } of events) {
      assert.equal(reason, 'opened by ann');
      assert.ok('before' in data && 'after' in data && data.repository === 'acme/shop');
    }
  });
});

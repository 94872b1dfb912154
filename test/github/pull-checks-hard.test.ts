/** The checks of pull requests when things go wrong: crashes after each effect, broken rules, lagging reads, lost news. */
import assert from 'node:assert/strict';
import type { PullChecksView } from '../../src/domain/pull-check/view.js';
import { repositoryWorkflowId } from '../../src/domain/repository/names.js';
import type { MergeGroupEvent } from '../../src/domain/webhook/event.js';
import { crashRuns, crashSeed, loseResults } from '../support/lost-results.js';
import { until } from '../support/operator.js';
import { type PullChecksUnderTest, repository, startPullChecks } from '../support/pull-checks.js';

const writes = (under: PullChecksUnderTest) =>
  under.github.control
    .writes()
    .map(({ method, path }) => `${method} ${path}`)
    .filter((write) => !write.includes('/access_tokens'));

describe('a crash after the effect', function () {
  const runs = crashRuns({ change: 8, full: 350 });
  this.timeout(60_000 + runs * 10_000);
  const seed = crashSeed();
  const loss = loseResults({ seed, share: 0.6 });
  let under: PullChecksUnderTest;
  before(async () => {
    under = await startPullChecks({ metrics: loss.metrics });
    under.github.control.limits.primaryPerHour = 1_000_000_000;
  });
  after(async () => {
    await under.stop();
  });

  it(`leaves one comment, one run for each check and one set of labels: ${runs} runs, seed ${seed}`, async () => {
    for (let run = 0; run < runs; run += 1) {
      const branch = `fix/crash-${run}`;
      const { number, sha } = await under.open({ title: 'Mend it', branch });
      await under.tell(number, 'opened');
      await under.rest(number);
      await under.edit(number, { title: 'fix: mend it' });
      await under.tell(number, 'edited');
      await under.rest(number, 2);
      assert.deepEqual(
        under.runs(sha).map(({ name, conclusion }) => `${name} ${conclusion}`),
        ['breaking', 'policy', 'size', 'title'].map((name) => `sluice/${name} success`),
      );
      assert.equal(under.comments(number).length, 1);
      assert.deepEqual(under.labels(number), ['size/XS']);
    }
    const lost = Object.fromEntries(loss.lost);
    console.log(`      lost results: ${JSON.stringify(lost)}`);
    for (const name of ['judgePullRequest', 'reportPullChecks', 'labelPull', 'commentOnPull']) {
      assert.ok((lost[name] ?? 0) > 0, `${name} lost no result: ${JSON.stringify(lost)}`);
    }
  });
});

describe('rules of a repository', () => {
  let under: PullChecksUnderTest;
  before(async () => {
    under = await startPullChecks({ defaults: { pulls: { title: 'warn' } } });
  });
  after(async () => {
    await under.stop();
  });
  const runOf = (sha: string, name: string) => under.runs(sha).find((run) => run.name === name);
  const write = (text: string | null) =>
    under.github.control.commit(repository, {
      ...{ branch: 'main', from: 'main', message: 'Change the rules' },
      files: { 'sluice.yaml': text },
    });

  it('stand over those of its organisation', async () => {
    await write('repository:\n  pulls:\n    title: require\n    size: off\n');
    const { number, sha } = await under.open({ title: 'Mend it', branch: 'fix/over' });
    await under.tell(number, 'opened');
    await under.rest(number);
    assert.equal(runOf(sha, 'sluice/title')?.conclusion, 'failure');
    assert.equal(runOf(sha, 'sluice/size'), undefined);
  });

  it('that are broken are told with their place, and the organisation’s hold', async () => {
    await write('repository:\n  pulls:\n    titel: require\n');
    const { number, sha } = await under.open({ title: 'Mend it', branch: 'fix/broken' });
    await under.tell(number, 'opened');
    await under.rest(number);
    assert.equal(runOf(sha, 'sluice/title')?.conclusion, 'neutral');
    const policy = runOf(sha, 'sluice/policy');
    assert.equal(policy?.conclusion, 'neutral');
    assert.match(policy?.summary ?? '', /`sluice\.yaml:3`.*titel.*did you mean "title"/);
    const [annotation] = policy?.annotations ?? [];
    assert.deepEqual([annotation?.path, annotation?.start_line], ['sluice.yaml', 3]);
  });

  it('fail the pull request that breaks them, and pass the one that mends them', async () => {
    await write(null);
    const rules = 'repository:\n  pulls:\n    title: [require]\n';
    const files = { 'sluice.yaml': rules };
    const broken = await under.open({ title: 'chore: rules', branch: 'fix/rules', files });
    await under.tell(broken.number, 'opened');
    await under.rest(broken.number);
    assert.equal(runOf(broken.sha, 'sluice/policy')?.conclusion, 'failure');
    assert.equal(runOf(broken.sha, 'sluice/policy')?.annotations[0]?.start_line, 3);
    const sha = await under.push('fix/rules', {
      'sluice.yaml': rules.replace('[require]', 'warn'),
    });
    await under.tell(broken.number, 'synchronize');
    await under.rest(broken.number, 2);
    assert.equal(runOf(sha, 'sluice/policy')?.conclusion, 'success');
  });

  it('that are not there, or are switched off, mean that nothing is done', async () => {
    const off = { enable: { pullChecks: false }, pulls: {} };
    for (const [defaults, reason] of [
      [{}, /is not configured/],
      [off, /switched off/],
    ] as const) {
      const none = await startPullChecks({ defaults });
      try {
        const { number, sha } = await none.open({ title: 'Mend it', branch: 'fix/none' });
        await none.tell(number, 'opened');
        const view = await none.rest(number);
        assert.equal(view.stage, 'left');
        assert.match(view.reason, reason);
        assert.deepEqual([none.runs(sha), writes(none)], [[], []]);
      } finally {
        await none.stop();
      }
    }
  });
});

describe('heads and events', () => {
  let under: PullChecksUnderTest;
  before(async () => {
    under = await startPullChecks();
  });
  after(async () => {
    await under.stop();
  });

  it('of GitHub’s own queue carry the checks of the pull request that they add', async () => {
    const { number } = await under.open({ title: 'fix: it', branch: 'fix/queued' });
    const headSha = await under.github.control.commit(repository, {
      branch: `gh-readonly-queue/main/pr-${number}-${'0'.repeat(40)}`,
      from: 'fix/queued',
      files: { 'merged.txt': 'merged\n' },
    });
    const event: MergeGroupEvent = {
      ...{ kind: 'mergeGroup', repository, actor: null, atMs: Date.now(), delivery: 'group-1' },
      ...{ action: 'checksRequested', headSha, baseSha: 'b'.repeat(40), reason: null },
      headRef: `refs/heads/gh-readonly-queue/main/pr-${number}-${'0'.repeat(40)}`,
      baseRef: 'refs/heads/main',
    };
    await under.send(number, event);
    await under.rest(number);
    assert.deepEqual(
      under.runs(headSha).map(({ name, conclusion }) => `${name} ${conclusion}`),
      ['breaking', 'policy', 'size', 'title'].map((name) => `sluice/${name} success`),
    );
  });

  it('are not believed older than the event', async () => {
    const { control } = under.github;
    const { number, sha } = await under.open({ title: 'Mend it', branch: 'fix/lag' });
    const item = control.item(repository, number);
    control.clearLog();
    await under.tell(number, 'edited', { atMs: item.updatedAtMs + 3_000 });
    await until(
      'it is read again',
      async () => control.log.filter(({ path }) => path.endsWith(`/pulls/${number}`)).length,
      (reads) => reads >= 2,
    );
    assert.deepEqual(under.runs(sha), []);
    item.title = 'fix: mend it';
    item.updatedAtMs += 3_000;
    await under.rest(number);
    const title = under.runs(sha).find(({ name }) => name === 'sluice/title');
    assert.equal(title?.conclusion, 'success');
  });

  it('reach the check runs through webhooks within ten seconds', async () => {
    under.hook();
    const tookMs: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const startedAtMs = performance.now();
      const { number, sha } = await under.open({ title: 'Mend it', branch: `fix/hook-${n}` });
      await until(
        `#${number} is told`,
        async () => [
          under.runs(sha).length,
          under.comments(number).length,
          under.labels(number).length,
        ],
        (seen) => seen.join() === '4,1,1',
      );
      tookMs.push(Math.round(performance.now() - startedAtMs));
    }
    console.log(`      event to the last write: ${tookMs.join(', ')} ms`);
    assert.ok(Math.max(...tookMs) < 10_000, tookMs.join(', '));
    // Echoes of what was written come in, and nothing more is written for them.
    await under.github.control.settle();
    under.github.control.clearLog();
    const { number } = [...under.github.control.repository(repository).items.values()].at(-1) ?? {};
    await under.tell(number ?? 0, 'edited');
    await until(
      'it is looked at again',
      async () => under.github.control.log.length,
      (reads) => reads > 3,
    );
    assert.deepEqual(writes(under), []);
  });
});

describe('a worker that forgets after every task', () => {
  it('tells the same by what it replays', async () => {
    const under = await startPullChecks({ maxCachedWorkflows: 0 });
    try {
      const { number, sha } = await under.open({ title: 'Mend it', branch: 'fix/forgotten' });
      await under.tell(number, 'assigned');
      await under.tell(number, 'opened');
      await under.rest(number);
      await under.edit(number, { title: 'fix: mend it' });
      await under.tell(number, 'edited');
      await under.rest(number, 2);
      const path = `/v1/repositories/acme/shop/pulls/${number}/checks`;
      const { status } = await under.api.call('POST', path, { body: { reason: 'to be sure' } });
      assert.equal(status, 200);
      assert.equal(under.runs(sha).length, 4);
      assert.equal(under.comments(number).length, 1);
      under.github.control.item(repository, number).state = 'closed';
      await under.tell(number, 'closed');
      const id = repositoryWorkflowId('pull', repository, number);
      const view = (await under.engine.client.workflow.getHandle(id).result()) as PullChecksView;
      assert.deepEqual([view.reason, view.trouble], ['it is closed', null]);
    } finally {
      await under.stop();
    }
  });
});

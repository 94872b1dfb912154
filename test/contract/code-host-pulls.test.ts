/** Pull requests through the port, at the stand-in: never merged twice, never merged at another head. */
import assert from 'node:assert/strict';
import type { Item } from '../../src/github-standin/state.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';

describe('pull requests of a code host', () => {
  let github: GithubUnderTest;
  let count = 0;
  const atMs = Date.parse('2030-03-01T12:00:00Z');
  before(async () => {
    github = await startGithub({ isJudged: true, startMs: atMs });
  });
  beforeEach(() => github.control.clearLog());
  afterEach(() => github.control.clearFaults());
  after(() => github.stop());

  const pulls = () => github.codeHost.pulls;
  const merges = () =>
    github.control.log.filter(({ operation }) => operation === 'pulls/merge').length;
  const tip = (branch: string) =>
    github.control.readRef(github.repository, `refs/heads/${branch}`) ?? '';

  async function openPull(
    title = 'Change it',
  ): Promise<{ number: number; head: string; sha: string }> {
    const { control, repository } = github;
    count += 1;
    const head = `fix/${count}`;
    const sha = await control.commit(repository, {
      branch: head,
      files: { [`${count}.txt`]: 'x' },
    });
    const { number }: Item = await control.createPull(repository, { title, head, as: 'ada' });
    control.clearLog();
    return { number, head, sha };
  }

  it('reads one, with what may not be known yet', async () => {
    const { number, head, sha } = await openPull();
    github.control.lag.mergeableReads = 2;
    const first = await pulls().readPull(github.repository, number);
    assert.deepEqual([first?.head.ref, first?.head.sha, first?.base.ref], [head, sha, 'main']);
    assert.deepEqual([first?.additions, first?.changedFiles, first?.commits], [1, 1, 1]);
    assert.equal(first?.isMergeable, null);
    let read: typeof first | null = first;
    for (let n = 0; n < 5 && read?.isMergeable == null; n += 1) {
      read = await pulls().readPull(github.repository, number);
    }
    assert.equal(read?.isMergeable, true);
    assert.equal(await pulls().readPull(github.repository, 9999), null);
  });

  it('opens one for a head and a base, once', async () => {
    const { control, repository } = github;
    await control.commit(repository, { branch: 'feature/issue-1-x', files: { 'x.txt': 'x' } });
    const pull = {
      title: 'X',
      body: 'Closes #1',
      head: 'feature/issue-1-x',
      base: 'main',
      isDraft: true,
    };
    const creation = { marker: 'issue/1', retriedSinceMs: null };
    const made = await pulls().createPull(repository, pull, creation);
    assert.deepEqual([made.isDraft, made.body], [true, 'Closes #1\n\n<!-- sluice:issue/1 -->']);
    const same = await pulls().createPull(repository, pull, creation);
    assert.equal(same.number, made.number);
    await control.commit(repository, { branch: 'feature/y', files: { 'y.txt': 'y' } });
    control.fault({ operation: 'pulls/create', kind: 'errorAfterEffect' });
    const other = { ...pull, head: 'feature/y' };
    const lost = await pulls().createPull(repository, other, { ...creation, marker: 'issue/2' });
    const found = await pulls().listPulls(repository, { state: 'all', head: 'feature/y' });
    assert.deepEqual(
      found.map(({ number }) => number),
      [lost.number],
    );
    const edited = await pulls().editPull(repository, lost.number, { title: 'Y' });
    assert.equal(edited.title, 'Y');
  });

  it('lists files, commits and reviews', async () => {
    const { repository } = github;
    const { number, sha } = await openPull();
    assert.deepEqual(
      (await pulls().listFiles(repository, number)).map(({ status, additions }) => [
        status,
        additions,
      ]),
      [['added', 1]],
    );
    assert.deepEqual(
      (await pulls().listCommits(repository, number)).map((one) => one.sha),
      [sha],
    );
    assert.deepEqual(await pulls().listReviews(repository, number), []);
  });

  for (const method of ['merge', 'squash', 'rebase'] as const) {
    const merge = (sha: string) => ({ headSha: sha, method });

    it(`merges by ${method}, once`, async () => {
      const { repository } = github;
      const { number, sha } = await openPull();
      const merged = await pulls().mergePull(repository, number, merge(sha));
      assert.deepEqual(merged, { kind: 'merged', sha: tip('main') });
      assert.deepEqual(await pulls().mergePull(repository, number, merge(sha)), merged);
      assert.equal(merges(), 1);
      const read = await pulls().readPull(repository, number);
      assert.deepEqual([read?.isMerged, read?.mergeSha], [true, tip('main')]);
    });

    it(`finds its merge by ${method} when the answer is lost`, async () => {
      const { control, repository } = github;
      const { number, sha } = await openPull();
      control.fault({ operation: 'pulls/merge', kind: 'errorAfterEffect', status: 502 });
      const merged = await pulls().mergePull(repository, number, merge(sha));
      assert.deepEqual(merged, { kind: 'merged', sha: tip('main') });
      assert.equal(merges(), 1);
    });

    it(`finds its merge by ${method} when git has it and the pull request is still open`, async () => {
      const { control, repository } = github;
      const { number, sha } = await openPull();
      control.fault({ operation: 'pulls/merge', kind: 'gitOnly', status: 500 });
      const before = tip('main');
      const merged = await pulls().mergePull(repository, number, merge(sha));
      assert.notEqual(tip('main'), before);
      assert.deepEqual(merged, { kind: 'merged', sha: tip('main') });
      // Also when the process died before it could look.
      assert.deepEqual(await pulls().mergePull(repository, number, merge(sha)), merged);
      assert.equal(merges(), 1);
    });
  }

  it('takes no commit of somebody else for its merge', async () => {
    const { control, repository } = github;
    const { number, sha } = await openPull();
    const files = { 'forged.txt': 'x' };
    const message = `Change it (#${number})`;
    const forged = await control.commit(repository, {
      branch: 'main',
      from: 'main',
      files,
      message,
    });
    const merge = { headSha: sha, method: 'squash', title: 'Change it' } as const;
    const merged = await pulls().mergePull(repository, number, merge);
    assert.ok(merged.kind === 'merged' && merged.sha !== forged);
    const { message: written } = await github.codeHost.refs.readCommit(repository, merged.sha);
    assert.equal(written.split('\n')[0], message);
  });

  it('does not merge another head than the one that was judged', async () => {
    const { control, repository } = github;
    const { number, head, sha } = await openPull();
    await control.commit(repository, { branch: head, from: head, files: { 'late.txt': 'late' } });
    const before = tip('main');
    const outcome = await pulls().mergePull(repository, number, { headSha: sha, method: 'squash' });
    assert.equal(outcome.kind, 'moved');
    assert.equal(tip('main'), before);
  });

  it('says that nobody knows when it did not happen', async () => {
    const { control, repository } = github;
    const { number, sha } = await openPull();
    control.fault({ operation: 'pulls/merge', kind: 'errorBeforeEffect', status: 500 });
    await assert.rejects(
      pulls().mergePull(repository, number, { headSha: sha, method: 'squash' }),
      {
        code: 'Unavailable',
      },
    );
    assert.equal(merges(), 1);
  });

  it('tells conflicts from what is not allowed', async () => {
    const { control, repository } = github;
    await control.commit(repository, { branch: 'conflict', files: { 'README.md': 'theirs' } });
    const { number } = await control.createPull(repository, { title: 'C', head: 'conflict' });
    await control.commit(repository, {
      branch: 'main',
      from: 'main',
      files: { 'README.md': 'ours' },
    });
    const sha = tip('conflict');
    const conflict = await pulls().mergePull(repository, number, {
      headSha: sha,
      method: 'squash',
    });
    assert.equal(conflict.kind, 'notMergeable');
    const other = await openPull();
    control.repository(repository).mergeMethods.rebase = false;
    const refused = await pulls().mergePull(repository, other.number, {
      ...{ headSha: other.sha, method: 'rebase' },
    });
    assert.equal(refused.kind, 'refused');
    control.repository(repository).mergeMethods.rebase = true;
  });

  it('brings the base into the branch, only at the head that was seen', async () => {
    const { control, repository } = github;
    const { number, head, sha } = await openPull();
    await control.commit(repository, { branch: 'main', from: 'main', files: { 'base.txt': 'b' } });
    await pulls().updateBranch(repository, number, sha);
    await control.settle();
    const moved = tip(head);
    assert.notEqual(moved, sha);
    await assert.rejects(pulls().updateBranch(repository, number, '1'.repeat(40)), {
      code: 'Conflict',
    });
    await pulls().updateBranch(repository, number, sha);
    assert.equal(tip(head), moved);
  });

  it('reads rules of classic protection and of all rulesets together', async () => {
    const { control, repository } = github;
    const base = 'ruled';
    await control.commit(repository, { branch: base, files: { 'ruled.txt': 'x' } });
    control.protect(repository, base, {
      checks: { strict: false, checks: [{ context: 'classic', app_id: null }] },
    });
    const conditions = { ref_name: { include: [`refs/heads/${base}`], exclude: [] } };
    const checks = (context: string) => ({
      type: 'required_status_checks',
      parameters: {
        strict_required_status_checks_policy: true,
        required_status_checks: [{ context }, { context: 'classic' }],
      },
    });
    const reviews = {
      type: 'pull_request',
      parameters: {
        ...{ required_approving_review_count: 2, allowed_merge_methods: ['squash'] },
        ...{ dismiss_stale_reviews_on_push: false, require_code_owner_review: false },
        ...{ require_last_push_approval: false, required_review_thread_resolution: false },
      },
    };
    control.addRuleset(repository, { name: 'one', conditions, rules: [checks('ruled')] });
    control.addRuleset(repository, { name: 'two', conditions, rules: [checks('too'), reviews] });
    control.addRuleset(repository, {
      ...{ name: 'off', conditions, rules: [checks('off')] },
      enforcement: 'disabled',
    });
    const { requiredChecks, ...rules } = await pulls().readRules(repository, base);
    assert.deepEqual(
      requiredChecks.map(({ name }) => name),
      ['classic', 'ruled', 'too'],
    );
    assert.deepEqual(rules, {
      ...{ requiresUpToDate: true, requiredApprovals: 2 },
      ...{ mergeMethods: ['squash'], usesMergeQueue: false },
    });
  });

  it('reads no rules where there are none', async () => {
    assert.deepEqual(await pulls().readRules(github.repository, 'main'), {
      ...{ requiredChecks: [], requiresUpToDate: false, requiredApprovals: 0 },
      ...{ mergeMethods: ['merge', 'squash', 'rebase'], usesMergeQueue: false },
    });
  });
});

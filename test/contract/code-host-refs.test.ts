/** Branches and other refs through the port, at the stand-in: moved only where they still are what was judged. */
import assert from 'node:assert/strict';
import { type GithubUnderTest, startGithub } from '../support/github.js';

describe('refs of a code host', () => {
  let github: GithubUnderTest;
  let count = 0;
  const atMs = Date.parse('2030-03-01T12:00:00Z');
  before(async () => {
    github = await startGithub({ isJudged: true, startMs: atMs });
  });
  beforeEach(() => github.control.clearLog());
  afterEach(() => github.control.clearFaults());
  after(() => github.stop());

  const refs = () => github.codeHost.refs;
  /** Answers that were lost. */
  const lost = () => github.control.log.filter(({ status }) => status === 502).length;
  const at = (ref: string) => github.control.readRef(github.repository, ref);

  async function branch(): Promise<{ ref: string; name: string; sha: string }> {
    count += 1;
    const name = `old/${count}`;
    const files = { [`${count}.txt`]: 'x' };
    const sha = await github.control.commit(github.repository, {
      branch: name,
      files,
      author: 'ada',
    });
    github.control.clearLog();
    return { name, ref: `refs/heads/${name}`, sha };
  }
  const archive = ({ ref, name, sha }: { ref: string; name: string; sha: string }) => [
    { ref: `refs/archive/${name}`, before: null, after: sha, force: false },
    { ref, before: sha, after: null, force: false },
  ];

  it('tells of a branch what a decision asks', async () => {
    const { control, repository } = github;
    const { name, sha } = await branch();
    const pull = await control.createPull(repository, { title: 'P', head: name, as: 'ada' });
    const found = await refs().readBranch(repository, name);
    assert.deepEqual(found, {
      ...{ name, sha, committedAtMs: atMs, author: { login: 'ada', name: 'ada' } },
      ...{ isProtected: false, openPulls: [pull.number] },
    });
    const base = await refs().readBranch(repository, 'main');
    assert.ok(base?.openPulls.includes(pull.number));
    assert.equal(await refs().readBranch(repository, 'no/such'), null);
  });

  it('lists all branches, a hundred in a call', async () => {
    const { control } = github;
    const wide = { owner: 'acme', name: 'wide' };
    await control.createRepository(wide);
    const tip = control.readRef(wide, 'refs/heads/main');
    for (let n = 0; n < 150; n += 1) await control.setRef(wide, `refs/heads/b${n}`, tip);
    control.clearLog();
    const found = await refs().listBranches(wide);
    assert.equal(new Set(found.map(({ name }) => name)).size, 151);
    assert.equal(control.log.filter(({ operation }) => operation === 'graphql').length, 2);
    control.fault({ operation: 'repository', kind: 'errorBeforeEffect', status: 500, after: 1 });
    await assert.rejects(refs().listBranches(wide), { code: 'Unavailable' });
  });

  it('asks for fewer branches when GitHub ran out of time over many', async () => {
    const { control } = github;
    const some = { owner: 'acme', name: 'some' };
    await control.createRepository(some);
    const tip = control.readRef(some, 'refs/heads/main');
    for (let n = 0; n < 40; n += 1) await control.setRef(some, `refs/heads/b${n}`, tip);
    control.clearLog();
    control.fault({ operation: 'repository', kind: 'errorBeforeEffect', status: 502 });
    assert.equal((await refs().listBranches(some)).length, 41);
    control.fault({ operation: 'repository', kind: 'errorBeforeEffect', status: 504, times: 3 });
    await assert.rejects(refs().listBranches(some), { code: 'Unavailable' });
  });

  it('sees protection', async () => {
    const { repository } = github;
    const { name } = await branch();
    const none = {
      ...{ requiredChecks: [], requireUpToDate: false, requiredApprovals: 1 },
      ...{ dismissStaleApprovals: false, requireCodeOwners: false, requireLinearHistory: false },
      ...{ requireConversationResolution: false, enforceForAdmins: false },
      ...{ allowForcePushes: false, allowDeletions: false },
    };
    await github.codeHost.protection.writeProtection(repository, name, none);
    assert.equal((await refs().readBranch(repository, name))?.isProtected, true);
  });

  it('sees protection by a ruleset that is in force and is about it', async () => {
    const { control, repository } = github;
    const { name } = await branch();
    const other = await branch();
    const isProtected = async (which: string) =>
      (await refs().readBranch(repository, which))?.isProtected;
    const conditions = { ref_name: { include: [`refs/heads/${name}`], exclude: [] } };
    const rules = [{ type: 'deletion' }];
    control.addRuleset(repository, { name, conditions, rules, enforcement: 'evaluate' });
    control.addRuleset(repository, { name, conditions, rules: [{ type: 'required_signatures' }] });
    assert.equal(await isProtected(name), false);
    const { id } = control.addRuleset(repository, { name, conditions, rules });
    assert.deepEqual([await isProtected(name), await isProtected(other.name)], [true, false]);
    const listed = await refs().listBranches(repository);
    assert.equal(listed.find((one) => one.name === name)?.isProtected, true);
    control.repository(repository).rulesets.delete(id);
  });

  it('archives and restores in one call each, and a repetition is success', async () => {
    const { control, repository } = github;
    const old = await branch();
    await refs().updateRefs(repository, archive(old));
    await refs().updateRefs(repository, archive(old));
    assert.deepEqual([at(old.ref), at(`refs/archive/${old.name}`)], [null, old.sha]);
    assert.deepEqual(await refs().listRefs(repository, 'refs/archive/'), [
      { ref: `refs/archive/${old.name}`, sha: old.sha },
    ]);
    const back = archive(old).map(({ ref, before, after }) => {
      return { ref, before: after, after: before, force: false };
    });
    control.fault({ operation: 'updateRefs', kind: 'errorAfterEffect', status: 502 });
    await refs().updateRefs(repository, back);
    assert.equal(lost(), 1);
    assert.deepEqual([at(old.ref), at(`refs/archive/${old.name}`)], [old.sha, null]);
  });

  it('touches nothing when a lease is broken, and says which', async () => {
    const { control, repository } = github;
    const old = await branch();
    const files = { 'new.txt': 'x' };
    const late = await control.commit(repository, { branch: old.name, from: old.name, files });
    await assert.rejects(refs().updateRefs(repository, archive(old)), {
      ...{ code: 'Conflict', details: { where: old.ref, seen: late, limit: old.sha } },
    });
    assert.deepEqual([at(old.ref), at(`refs/archive/${old.name}`)], [late, null]);
  });

  it('loses no commit in races between a push and an archive', async () => {
    const { control, repository } = github;
    for (let n = 0; n < 25; n += 1) {
      const old = await branch();
      const files = { 'race.txt': String(n) };
      const [archived, pushed] = await Promise.allSettled([
        refs().updateRefs(repository, archive(old)),
        control.commit(repository, { branch: old.name, from: old.sha, files }),
      ]);
      const late = pushed.status === 'fulfilled' ? pushed.value : null;
      if (archived.status === 'rejected') assert.equal(at(old.ref), late);
      else assert.equal(at(`refs/archive/${old.name}`), old.sha);
      if (late !== null) assert.equal(at(old.ref), late);
    }
  });

  it('resets with a backup in one leased call', async () => {
    const { control, repository } = github;
    const main = at('refs/heads/main');
    const lost = await branch();
    const reset = [
      { ref: 'refs/heads/backup/develop-1', before: null, after: lost.sha, force: false },
      { ref: lost.ref, before: lost.sha, after: main, force: true },
    ];
    await refs().updateRefs(repository, reset);
    assert.deepEqual([at(lost.ref), at('refs/heads/backup/develop-1')], [main, lost.sha]);
    assert.equal(control.writes().filter(({ operation }) => operation === 'graphql').length, 1);
  });

  it('says that a ref is protected', async () => {
    const { control, repository } = github;
    const main = at('refs/heads/main') ?? '';
    const wanted = { requiredChecks: ['ci'], requireUpToDate: false, requiredApprovals: 1 };
    await github.codeHost.protection.writeProtection(repository, 'main', {
      ...{ ...wanted, dismissStaleApprovals: false, requireCodeOwners: false },
      ...{ requireLinearHistory: false, requireConversationResolution: false },
      ...{ enforceForAdmins: true, allowForcePushes: false, allowDeletions: false },
    });
    const gone = [{ ref: 'refs/heads/main', before: main, after: null, force: false }];
    await assert.rejects(refs().updateRefs(repository, gone), { code: 'PolicyDenied' });
    assert.equal(at('refs/heads/main'), main);
    await github.codeHost.protection.writeProtection(repository, 'main', null);
    control.clearLog();
  });

  it('compares, reads commits, refs and when a branch was pushed to', async () => {
    const { control, repository } = github;
    const { name, sha } = await branch();
    const compared = await refs().compare(repository, 'main', name);
    assert.deepEqual([compared.aheadBy, compared.behindBy], [1, 0]);
    assert.deepEqual(
      compared.commits.map((one) => one.sha),
      [sha],
    );
    const commit = await refs().readCommit(repository, sha);
    assert.deepEqual([commit.parents, commit.author.login], [[compared.mergeBase], 'ada']);
    assert.equal(await refs().readRef(repository, `refs/heads/${name}`), sha);
    assert.equal(await refs().readRef(repository, 'refs/heads/no/such'), null);
    assert.equal(await refs().readPushedAt(repository, name), control.now());
    await assert.rejects(refs().readCommit(repository, '1'.repeat(40)), { name: 'Failure' });
  });

  it('makes a branch that its issue knows, once', async () => {
    const { control, repository } = github;
    const made = await control.createIssue(repository, { title: 'Feature' });
    const issue = await github.codeHost.items.readItem(repository, made.number);
    const sha = at('refs/heads/main') ?? '';
    const wanted = { issueNodeId: issue?.nodeId ?? '', name: 'feature/issue-1-feature', sha };
    await refs().createLinkedBranch(repository, wanted);
    await refs().createLinkedBranch(repository, wanted);
    const files = { 'f.txt': 'f' };
    const { name } = wanted;
    await control.commit(repository, { branch: name, from: name, files });
    await refs().createLinkedBranch(repository, wanted);
    const other = await branch();
    await control.setRef(repository, 'refs/heads/feature/taken', sha);
    await assert.rejects(
      refs().createLinkedBranch(repository, { ...wanted, name: 'feature/taken', sha: other.sha }),
      { code: 'Conflict' },
    );
  });

  it('reads files and folders at a commit', async () => {
    const { control, repository, codeHost } = github;
    const files = { 'issues/1.md': 'Grüße', 'issues/sub/2.md': 'two' };
    const sha = await control.commit(repository, { branch: 'files', files });
    assert.equal(await codeHost.contents.readFile(repository, 'issues/1.md', sha), 'Grüße');
    assert.equal(await codeHost.contents.readFile(repository, 'no/such.md', sha), null);
    assert.deepEqual(await codeHost.contents.listFolder(repository, 'issues', sha), [
      { path: 'issues/1.md', kind: 'file' },
      { path: 'issues/sub', kind: 'folder' },
    ]);
    assert.deepEqual(await codeHost.contents.listFolder(repository, 'none', sha), []);
  });

  it('commits files once, only on the head that was seen', async () => {
    const { control, repository, codeHost } = github;
    const { name, sha } = await branch();
    const commit = {
      ...{ branch: name, expectedHead: sha, message: 'Sync issues\n\nSync-Run: 7' },
      changes: [{ path: 'issues/7.md', text: 'seven\n' }],
    };
    control.fault({ operation: 'createCommitOnBranch', kind: 'errorAfterEffect', status: 502 });
    const made = await codeHost.contents.commitFiles(repository, commit);
    assert.equal(lost(), 1);
    assert.equal(made, at(`refs/heads/${name}`));
    assert.equal(await codeHost.contents.commitFiles(repository, commit), made);
    const other = { ...commit, message: 'Another' };
    await assert.rejects(codeHost.contents.commitFiles(repository, other), { code: 'Conflict' });
    assert.equal(await codeHost.contents.readFile(repository, 'issues/7.md', made), 'seven\n');
  });
});

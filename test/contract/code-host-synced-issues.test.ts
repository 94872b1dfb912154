/** Issues by the hundred through the port, at the stand-in: read completely, in as few calls as there can be. */
import assert from 'node:assert/strict';
import type { HostIssue } from '../../src/domain/issue-sync/shapes.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';

describe('synced issues of a code host', function () {
  this.timeout(60_000);
  let github: GithubUnderTest;
  const atMs = Date.parse('2030-03-01T12:00:00Z');
  before(async () => {
    github = await startGithub({ isJudged: true, startMs: atMs });
  });
  beforeEach(() => github.control.clearLog());
  afterEach(() => github.control.clearFaults());
  after(() => github.stop());

  const synced = () => github.codeHost.syncedIssues;
  /** Without those by which we sign in. */
  const calls = () =>
    github.control.log.filter(({ path }) => !/\/(access_tokens|installation)$/.test(path));

  async function collect<T>(rows: AsyncIterable<T>): Promise<T[]> {
    const all: T[] = [];
    for await (const row of rows) all.push(row);
    return all;
  }

  it('tells an issue in canonical form, alike from a list and by its number', async () => {
    const { control, repository } = github;
    const milestone = await control.createMilestone(repository, 'v2');
    const { number } = await control.createIssue(repository, {
      ...{
        title: ' Basket  ',
        body: '\r\nOne\r\n\r\nTwo\r\n\r\n<!-- sluice:sync/1 -->\r\n',
        as: 'ada',
      },
      ...{ labels: ['Zebra', 'bug'], assignees: ['eve'], milestone: milestone.number },
    });
    await control.comment(repository, number, 'hello', 'ben');
    await control.editIssue(repository, number, { state: 'closed', stateReason: 'duplicate' });
    const listed = await collect(synced().changedIssues(repository, atMs));
    const [read] = await synced().readIssues(repository, [number]);
    const issue = listed.find((one) => one.number === number);
    assert.deepEqual(read, issue);
    assert.deepEqual(issue?.fields, {
      ...{ title: 'Basket', body: 'One\n\nTwo', state: 'closed', reason: 'duplicate' },
      ...{ labels: ['bug', 'Zebra'], assignees: ['eve'], milestone: 'v2' },
    });
    assert.deepEqual(
      [issue.markers, issue.author, issue.commentCount, issue.updatedAtMs],
      [['<!-- sluice:sync/1 -->'], 'ada', 1, atMs],
    );
  });

  it('tells who wrote it alike, also when that was we', async () => {
    const { repository } = github;
    const [made] = await synced().createIssues(
      repository,
      [{ marker: 'sync/own', title: 'Own', body: '', labels: [], assignees: [], milestone: null }],
      null,
    );
    assert.ok(made?.kind === 'written');
    const own = await github.codeHost.ownLogin();
    const listed = await collect(synced().changedIssues(repository, atMs));
    const found = listed.find(({ number }) => number === made.issue.number);
    assert.deepEqual([made.issue.author, found?.author], [own, own]);
    assert.deepEqual(found, made.issue);
  });

  it('leaves pull requests and their comments out', async () => {
    const { control, repository } = github;
    await control.commit(repository, { branch: 'fix/a', files: { 'a.txt': 'a' } });
    const pull = await control.createPull(repository, { title: 'Two', head: 'fix/a', as: 'ada' });
    await control.comment(repository, pull.number, 'on the pull request', 'ada');
    for (const sinceMs of [null, atMs]) {
      const issues = await collect(synced().changedIssues(repository, sinceMs));
      const comments = await collect(synced().changedComments(repository, sinceMs));
      assert.ok(issues.length > 0 && !issues.some(({ number }) => number === pull.number));
      assert.ok(comments.length > 0 && !comments.some(({ number }) => number === pull.number));
    }
  });

  it('says where an issue went: deleted, moved, hidden, never there', async () => {
    const { control, repository } = github;
    const other = { owner: 'acme', name: 'other' };
    await control.createRepository(other);
    const make = (title: string) => control.createIssue(repository, { title });
    const [kept, deleted, moved] = [await make('kept'), await make('deleted'), await make('moved')];
    await control.deleteIssue(repository, deleted.number);
    await control.transferIssue(repository, moved.number, other);
    control.clearLog();
    const numbers = [moved.number, kept.number, 9999, deleted.number];
    const states = await synced().readIssues(repository, numbers);
    assert.deepEqual(
      states.map((state) => (state.kind === 'issue' ? state.number : state)),
      [
        { kind: 'moved', number: moved.number, to: 'acme/other', toNumber: 1 },
        kept.number,
        { kind: 'deleted', number: 9999, isHidden: true },
        { kind: 'deleted', number: deleted.number },
      ],
    );
  });

  it('follows a repository that was renamed', async () => {
    const { control } = github;
    const old = { owner: 'acme', name: 'before' };
    const repository = await control.createRepository(old);
    const kept = await control.createIssue(old, { title: 'kept' });
    const gone = await control.createIssue(old, { title: 'gone' });
    await control.deleteIssue(old, gone.number);
    control.world.formerNames.set('acme/before', repository.id);
    repository.name = 'after';
    const now = { owner: 'acme', name: 'after' };
    const [first, second] = await synced().readIssues(now, [kept.number, gone.number]);
    assert.deepEqual([first?.kind, second], ['issue', { kind: 'deleted', number: gone.number }]);
  });

  it('reads what may be there a little later once more, and then says that it is hidden', async () => {
    const { control, repository } = github;
    const { number } = await control.createIssue(repository, { title: 'Early' });
    control.lag.readMs = 60_000;
    const [state] = await synced().readIssues(repository, [number]);
    assert.deepEqual(state, { kind: 'deleted', number, isHidden: true });
  });

  it('fails as a whole when a part of an answer does not come', async () => {
    const { control, repository } = github;
    control.fault({ operation: 'repository', kind: 'errorBeforeEffect', status: 502 });
    await assert.rejects(synced().readIssues(repository, [1]), { code: 'Unavailable' });
    control.fault({ operation: 'issues/get', kind: 'errorBeforeEffect', status: 500 });
    await assert.rejects(synced().readIssues(repository, [9999]), { code: 'Unavailable' });
  });

  it('reads a hundred issues in one call', async () => {
    const { control } = github;
    const many = { owner: 'acme', name: 'hundred' };
    await control.createRepository(many);
    for (let n = 0; n < 130; n += 1) await control.createIssue(many, { title: `No ${n}` });
    control.clearLog();
    const numbers = Array.from({ length: 100 }, (_, index) => 100 - index);
    const states = await synced().readIssues(many, numbers);
    assert.deepEqual(
      states.map(({ number }) => number),
      numbers,
    );
    assert.equal(calls().length, 1);
    assert.equal((await synced().readIssues(many, [...numbers, 101])).length, 101);
    assert.equal(calls().length, 3);
  });

  it('asks once, and pays nothing, where nothing has changed', async () => {
    const { control, repository } = github;
    const first = await collect(synced().changedIssues(repository, atMs));
    control.clearLog();
    for (let poll = 0; poll < 3; poll += 1) {
      assert.deepEqual(await collect(synced().changedIssues(repository, atMs)), first);
    }
    assert.deepEqual(
      calls().map(({ operation, status }) => [operation, status]),
      Array.from({ length: 3 }, () => ['issues/list-for-repo', 304]),
    );
  });

  it('tells edits with whole texts and titles with who wrote them, newest last', async () => {
    const { control, repository } = github;
    const { number } = await control.createIssue(repository, { title: 'a', body: '1', as: 'ada' });
    const nothing = { bodies: [], titles: [], milestones: [], states: [] };
    assert.deepEqual(await synced().readHistory(repository, number), nothing);
    await control.editIssue(repository, number, { body: '2' }, 'ben');
    await control.editIssue(repository, number, { body: '3', title: 'b' }, 'sluice[bot]');
    const { bodies, titles } = await synced().readHistory(repository, number);
    assert.deepEqual(
      bodies.map(({ editor, text }) => [editor, text]),
      [
        ['ada', '1'],
        ['ben', '2'],
        ['sluice[bot]', '3'],
      ],
    );
    assert.deepEqual(titles, [{ actor: 'sluice[bot]', atMs, from: 'a', to: 'b' }]);
    const [one, two] = [
      await control.createMilestone(repository, 'h1'),
      await control.createMilestone(repository, 'h2'),
    ];
    await control.editIssue(repository, number, { milestone: one.number }, 'ben');
    await control.editIssue(repository, number, { milestone: two.number }, 'ada');
    await control.editIssue(
      repository,
      number,
      { state: 'closed', stateReason: 'not_planned' },
      'ben',
    );
    await control.editIssue(repository, number, { state: 'open' }, 'sluice[bot]');
    const { milestones, states } = await synced().readHistory(repository, number);
    assert.deepEqual(
      milestones.map(({ actor, from, to }) => [actor, from, to]),
      [
        ['ben', null, 'h1'],
        ['ada', 'h1', 'h2'],
      ],
    );
    const planned = { state: 'closed', reason: 'not_planned' };
    const open = { state: 'open', reason: null };
    assert.deepEqual(
      states.map(({ actor, from, to }) => [actor, from, to]),
      [
        ['ben', open, planned],
        ['sluice[bot]', planned, open],
      ],
    );
  });

  it('reads the comments of an issue', async () => {
    const { control, repository } = github;
    const { number } = await control.createIssue(repository, { title: 'Talk' });
    for (let n = 0; n < 105; n += 1)
      await control.comment(repository, number, `No ${n}\r\n`, 'ada');
    const comments = await synced().readComments(repository, number);
    assert.deepEqual([comments.length, comments[104]?.body], [105, 'No 104']);
    const marker = '<!-- sluice:sync/said -->';
    await control.comment(repository, number, `Said\n\n${marker}`, 'ada');
    const [own] = (await synced().readComments(repository, number)).slice(-1);
    assert.deepEqual([own?.body, own?.markers, own?.author], ['Said', [marker], 'ada']);
  });

  describe('in a long list', () => {
    const long = { owner: 'acme', name: 'long' };
    const issues = 230;
    before(async () => {
      await github.control.createRepository(long);
      for (let n = 0; n < issues; n += 1) {
        const at = atMs - 86_400_000 + Math.floor(n / 3) * 1000;
        const { number } = await github.control.createIssue(long, { title: `No ${n}`, atMs: at });
        const item = github.control.item(long, number);
        await github.control.comment(long, number, `On ${n}`, 'ada');
        item.updatedAtMs = at;
        for (const comment of item.comments) comment.updatedAtMs = at;
      }
    });

    for (const sinceMs of [null, atMs - 2 * 86_400_000]) {
      const from = sinceMs === null ? 'the beginning' : 'a time';
      it(`misses nothing although issues change and go while it is read from ${from}`, async () => {
        const { control } = github;
        const seen = new Set<number>();
        const gone = new Set<number>();
        for await (const { number } of synced().changedIssues(long, sinceMs)) {
          seen.add(number);
          // What was at the beginning goes to the end or away, and all else moves up.
          if (number % 20 === 1) await control.editIssue(long, number, { title: `Now ${number}` });
          if (number % 50 === 2) {
            await control.deleteIssue(long, number);
            gone.add(number);
          }
        }
        const kept = [...control.repository(long).items.keys()];
        assert.deepEqual(
          kept.filter((number) => !seen.has(number)),
          [],
        );
      });

      it(`misses no comment although others are deleted while it is read from ${from}`, async () => {
        const { control } = github;
        const seen = new Set<number>();
        for await (const { id, number } of synced().changedComments(long, sinceMs)) {
          seen.add(id);
          if (seen.size % 25 !== 1) continue;
          const item = control.item(long, number);
          item.comments = item.comments.filter((one) => one.id !== id);
        }
        const kept = [...control.repository(long).items.values()].flatMap((one) => one.comments);
        assert.deepEqual(
          kept.filter(({ id }) => !seen.has(id)),
          [],
        );
      });
    }

    it('sees the newest form of what changes while it is read', async () => {
      const found = new Map<number, HostIssue>();
      for await (const issue of synced().changedIssues(long, null)) {
        if (found.size === 0) {
          github.control.clock.advance(1000);
          await github.control.editIssue(long, issue.number, { title: 'Newest' });
        }
        found.set(issue.number, issue);
      }
      assert.ok([...found.values()].some(({ fields }) => fields.title === 'Newest'));
    });
  });

  it('reads 1,000 issues, 500 pull requests and 5,000 comments in 65 calls', async () => {
    const { control } = github;
    const large = { owner: 'acme', name: 'large' };
    const made = await control.createRepository(large);
    const scene = control.scene(large, 'ada');
    for (let n = 0; n < 1500; n += 1) {
      const item = await control.createIssue(large, { title: `No ${n}`, as: 'ada' });
      const at = atMs - 40_000_000 + n * 7000;
      const comments = Array.from({ length: n < 500 ? 4 : 3 }, (_, index) => ({
        ...{
          id: control.world.nextId(),
          item: item.number,
          author: scene.actor.account,
          app: null,
        },
        ...{ createdAtMs: at + index * 1000, updatedAtMs: at + index * 1000, body: `c ${index}` },
      }));
      Object.assign(item, { updatedAtMs: at + comments.length * 1000, comments });
      // Every third is a pull request, as far as lists tell.
      if (n % 3 === 2) made.items.set(item.number, { ...item, pull: pullLike });
    }
    control.clearLog();
    const issues = await collect(synced().changedIssues(large, null));
    const comments = await collect(synced().changedComments(large, null));
    const spent = calls().length;
    assert.equal(issues.length, 1000);
    const items = [...made.items.values()];
    assert.equal(
      items.reduce((sum, one) => sum + one.comments.length, 0),
      5000,
    );
    const onIssues = items.filter(({ pull }) => pull === null).flatMap((one) => one.comments);
    assert.equal(comments.length, onIssues.length);
    const countOf = (name: string) => calls().filter(({ operation }) => operation === name).length;
    // A page begins with what ended the one before it, so there is one more than full pages.
    assert.deepEqual([countOf('graphql'), countOf('issues/list-comments-for-repo')], [11, 51]);
    assert.ok(spent <= 65, `${spent} calls`);
  });

  const pullLike = {
    ...{ headRef: 'a', headSha: '1'.repeat(40), baseRef: 'main', baseSha: '1'.repeat(40) },
    ...{ isDraft: false, mergedAtMs: null, mergedBy: null, mergeSha: null, test: null },
    ...{ asked: null, reviews: [], requestedReviewers: [], autoMerge: null, queue: null },
  };
});

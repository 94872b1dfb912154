/** Many issues written and made in one call, at the stand-in: each ends by itself, and nothing is done twice. */
import assert from 'node:assert/strict';
import type { Failure } from '../../src/domain/failures.js';
import type { HostChange, HostCreation } from '../../src/domain/issue-sync/issue-plan.js';
import type { WriteOutcome } from '../../src/ports/code-host/synced-issues.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';

describe('writes of synced issues', function () {
  this.timeout(60_000);
  let github: GithubUnderTest;
  const atMs = Date.parse('2030-03-01T12:00:00Z');
  before(async () => {
    github = await startGithub({ isJudged: true, startMs: atMs });
    await github.control.createMilestone(github.repository, 'v2');
    for (const login of ['ada', 'ben']) github.control.world.account(login);
  });
  beforeEach(() => github.control.clearLog());
  afterEach(() => {
    github.control.clearFaults();
    github.control.setAssignable(github.repository, null);
    Object.assign(github.control.limits, { isSecondaryOn: false, contentPerMinute: 80 });
  });
  after(() => github.stop());

  const synced = () => github.codeHost.syncedIssues;
  const calls = () =>
    github.control.log.filter(({ path }) => !/\/(access_tokens|installation)$/.test(path));
  const mutations = () => calls().filter(({ isWrite }) => isWrite);

  async function issue(more: object = {}) {
    const init = { title: 'Old', body: 'old', ...more };
    const { number } = await github.control.createIssue(github.repository, init);
    const [state] = await synced().readIssues(github.repository, [number]);
    assert.ok(state?.kind === 'issue');
    return state;
  }

  async function issues(count: number) {
    const made = [];
    for (let n = 0; n < count; n += 1) made.push(await issue());
    github.control.clearLog();
    return made;
  }

  function writtenOf(outcome: WriteOutcome | undefined) {
    assert.ok(outcome?.kind === 'written', JSON.stringify(outcome));
    return outcome;
  }

  const fresh = (marker: string, more: Partial<HostCreation> = {}): HostCreation => ({
    ...{ marker, title: marker, body: 'text', labels: [], assignees: [], milestone: null },
    ...more,
  });

  async function write(...writes: HostChange[]) {
    return await synced().writeIssues(github.repository, writes);
  }

  it('writes all fields of an issue and tells how it is then, with who edited it', async () => {
    const { control, repository } = github;
    const { id, number } = await issue({ labels: ['old', 'kept'], assignees: ['ben'] });
    await control.editIssue(repository, number, { body: 'of a person' }, 'ada');
    control.clearLog();
    const outcome = writtenOf(
      (
        await write({
          ...{ id, number, title: 'New', body: 'new\n\n<!-- sluice:sync/2 -->' },
          ...{ state: 'closed', reason: 'not_planned', milestone: 'V2' },
          ...{ addLabels: ['made', 'Kept'], removeLabels: ['OLD', 'never'] },
          ...{ addAssignees: ['ada'], removeAssignees: ['Ben', 'nobody'] },
        })
      )[0],
    );
    assert.deepEqual(outcome.issue.fields, {
      ...{ title: 'New', body: 'new', state: 'closed', reason: 'not_planned' },
      ...{ labels: ['kept', 'made'], assignees: ['ada'], milestone: 'v2' },
    });
    assert.deepEqual(outcome.issue.markers, ['<!-- sluice:sync/2 -->']);
    assert.deepEqual(outcome.refused, []);
    const own = await github.codeHost.ownLogin();
    assert.deepEqual(
      outcome.history.bodies.map(({ editor, text }) => [editor, text]),
      [
        ['acme', 'old'],
        ['ada', 'of a person'],
        [own, 'new\n\n<!-- sluice:sync/2 -->'],
      ],
    );
    assert.deepEqual((await synced().readIssues(repository, [number]))[0], outcome.issue);
    const again = writtenOf((await write({ id, number, state: 'open', milestone: null }))[0]);
    const { state, reason, milestone } = again.issue.fields;
    assert.deepEqual([state, reason, milestone], ['open', null, null]);
    const duplicate = { id, number, state: 'closed', reason: 'duplicate' } as const;
    assert.equal(writtenOf((await write(duplicate))[0]).issue.fields.reason, 'duplicate');
  });

  it('writes twenty issues in one call, names once for a pass', async () => {
    const some = await issues(20);
    const change = { title: 'Now', addLabels: ['batch'], addAssignees: ['ada'], milestone: 'v2' };
    const outcomes = await write(...some.map(({ id, number }) => ({ id, number, ...change })));
    assert.ok(outcomes.every((one) => writtenOf(one).issue.fields.title === 'Now'));
    assert.deepEqual(
      outcomes.map((one) => writtenOf(one).issue.number),
      some.map(({ number }) => number),
    );
    const fields = mutations().map(({ fields: all }) => [...new Set(all)]);
    assert.deepEqual(fields, [
      ['createLabel'],
      ['addLabelsToLabelable', 'addAssigneesToAssignable', 'updateIssue'],
    ]);
    const first = calls().length;
    await write(...some.map(({ id, number }) => ({ id, number, ...change, title: 'Then' })));
    assert.deepEqual([first, calls().length - first], [3, 1]);
    const texts = some.map(({ id, number }) => ({ id, number, body: 'only' }));
    github.control.clearLog();
    await github.connect().syncedIssues.writeIssues(github.repository, texts);
    assert.deepEqual([calls().length, mutations().length], [1, 1]);
  });

  it('makes twenty issues in one call', async () => {
    const some = Array.from({ length: 20 }, (_, n) => fresh(`twenty/${n}`, { labels: ['batch'] }));
    const outcomes = await synced().createIssues(github.repository, some, null);
    assert.equal(mutations().length, 1);
    assert.equal(mutations()[0]?.fields.length, 20);
    const [spent, more] = [
      calls().length,
      some.map((one) => ({ ...one, marker: `${one.marker}b` })),
    ];
    await synced().createIssues(github.repository, more, null);
    assert.equal(calls().length - spent, 1);
    const [first] = outcomes.map((one) => writtenOf(one).issue);
    assert.deepEqual(
      [first?.fields.body, first?.markers, first?.fields.labels],
      ['text', ['<!-- sluice:twenty/0 -->'], ['batch']],
    );
  });

  it('names the login and the milestone that there are not, and does the rest', async () => {
    const { control, repository } = github;
    control.setAssignable(repository, ['ada']);
    const connected = github.connect().syncedIssues;
    const { id, number } = await issue();
    const change = { addAssignees: ['ada', 'mallory'], milestone: 'v99', title: 'Rest' };
    const outcome = writtenOf(
      (await connected.writeIssues(repository, [{ id, number, ...change }]))[0],
    );
    assert.deepEqual(
      [outcome.issue.fields.title, outcome.issue.fields.assignees],
      ['Rest', ['ada']],
    );
    assert.deepEqual(
      outcome.refused.map(({ field }) => field),
      ['assignees', 'milestone'],
    );
    assert.match(outcome.refused[0]?.reason ?? '', /mallory/);
    assert.match(outcome.refused[1]?.reason ?? '', /v99/);
    const only = await connected.writeIssues(repository, [{ id, number, milestone: 'v99' }]);
    assert.deepEqual(writtenOf(only[0]).refused.length, 1);
    const made = await connected.createIssues(
      ...([
        repository,
        [fresh('refused/1', { assignees: ['mallory'], milestone: 'v99' })],
        null,
      ] as const),
    );
    assert.equal(writtenOf(made[0]).refused.length, 2);
  });

  it('ends each by itself: gone, refused, written', async () => {
    const { control, repository } = github;
    const other = { owner: 'acme', name: 'elsewhere' };
    await control.createRepository(other);
    const [kept, wrong, deleted, moved, closed] = await issues(5);
    assert.ok(kept && wrong && deleted && moved && closed);
    await control.deleteIssue(repository, deleted.number);
    await control.transferIssue(repository, moved.number, other);
    const title = 'New';
    const outcomes = await write(
      { id: deleted.id, number: deleted.number, title },
      { id: kept.id, number: kept.number, title },
      { id: wrong.id, number: wrong.number, title: '' },
      { id: moved.id, number: moved.number, title, addLabels: ['batch'] },
      { id: closed.id, number: closed.number, title: '', state: 'closed' },
    );
    assert.deepEqual(
      outcomes.map((one) => (one.kind === 'gone' ? one.state.kind : one.kind)),
      ['deleted', 'written', 'refused', 'moved', 'written'],
    );
    assert.ok(outcomes[2]?.kind === 'refused' && outcomes[2].number === wrong.number);
    assert.equal(writtenOf(outcomes[4]).refused[0]?.field, 'title');
    assert.equal(writtenOf(outcomes[4]).issue.fields.state, 'closed');
  });

  it('refuses what is too long by its field, and does the rest', async () => {
    const { id, number } = await issue();
    const body = 'x'.repeat(70_000);
    const change = { title: 'Short', body, addLabels: ['fine', 'x'.repeat(51)] };
    const outcome = writtenOf((await write({ id, number, ...change }))[0]);
    const { fields } = outcome.issue;
    assert.deepEqual([fields.title, fields.body, fields.labels], ['Short', 'old', ['fine']]);
    assert.deepEqual(
      outcome.refused.map(({ field }) => field),
      ['labels', 'body'],
    );
    assert.match(outcome.refused[0]?.reason ?? '', /name is too long/);
    assert.match(outcome.refused[1]?.reason ?? '', /too long \(maximum is 65536 characters\)/);
    const [made] = await synced().createIssues(
      ...([github.repository, [fresh('long/0', { body })], null] as const),
    );
    assert.ok(made?.kind === 'refused' && /too long/.test(made.reason));
  });

  for (const kind of ['errorAfterEffect', 'hangUp', 'errorInside'] as const) {
    it(`looks instead of writing again when nobody knows whether it was done (${kind})`, async () => {
      const { control, repository } = github;
      const [one, two] = await issues(2);
      assert.ok(one && two);
      await control.editIssue(repository, two.number, { body: 'of a person' }, 'ada');
      control.clearLog();
      control.fault({ operation: 'updateIssue', kind });
      const body = 'done';
      const outcomes = await write(
        { id: one.id, number: one.number, body },
        { id: two.id, number: two.number, body, state: 'closed' },
      );
      assert.equal(mutations().length, 1);
      for (const outcome of outcomes) assert.equal(writtenOf(outcome).issue.fields.body, body);
      const texts = writtenOf(outcomes[1]).history.bodies.map(({ text }) => text);
      assert.deepEqual(texts, ['old', 'of a person', 'done']);
    });
  }

  it('says that nobody knows when a part of it was not done', async () => {
    const { control, repository } = github;
    const some = await issues(4);
    control.fault({ operation: 'updateIssue', kind: 'cutInside', after: 1 });
    const writes = some.map(({ id, number }) => ({ id, number, title: 'Cut' }));
    await assert.rejects(write(...writes), { code: 'Unavailable' });
    assert.equal(mutations().length, 1);
    const titles = some.map(({ number }) => control.item(repository, number).title);
    assert.deepEqual(titles, ['Cut', 'Cut', 'Old', 'Old']);
  });

  it('is stopped by a limit before anything is done', async () => {
    const { control, repository } = github;
    const connected = github.connect().syncedIssues;
    const { id, number } = await issue();
    control.fault({ operation: 'updateIssue', kind: 'secondaryLimit', retryAfterS: 30 });
    const writes = [{ id, number, title: 'Limited' }];
    await assert.rejects(connected.writeIssues(repository, writes), (failure: Failure) => {
      assert.deepEqual([failure.code, failure.details.retryAfterMs], ['RateLimited', 31_000]);
      return true;
    });
    assert.equal(control.item(repository, number).title, 'Old');
  });

  it('fails as a whole when we may not write', async () => {
    const permissions = { issues: 'read', metadata: 'read' } as const;
    const other = await startGithub({ startMs: atMs, permissions });
    try {
      const [write] = [{ id: 'I_any', number: 1, title: 'Theirs' }];
      await assert.rejects(other.codeHost.syncedIssues.writeIssues(other.repository, [write]), {
        code: 'Forbidden',
      });
    } finally {
      await other.stop();
    }
  });

  it('fails as a whole when the permission is taken away under its token', async () => {
    const other = await startGithub({ startMs: atMs });
    try {
      const { control, repository, codeHost } = other;
      const { number } = await control.createIssue(repository, { title: 'Mine' });
      const [state] = await codeHost.syncedIssues.readIssues(repository, [number]);
      assert.ok(state?.kind === 'issue');
      const change = { id: state.id, number, title: 'First' };
      await codeHost.syncedIssues.writeIssues(repository, [change]);
      for (const { actor } of control.world.tokens.values()) {
        Object.assign(actor, { permissions: { issues: 'read' } });
      }
      const work = codeHost.syncedIssues.writeIssues(repository, [{ ...change, title: 'Second' }]);
      await assert.rejects(work, { code: 'Forbidden' });
      assert.equal(control.item(repository, number).title, 'First');
    } finally {
      await other.stop();
    }
  });

  const madeWith = (word: string) =>
    [...github.control.repository(github.repository).items.values()].filter(({ body }) =>
      body?.includes(`sluice:${word}/`),
    ).length;

  for (const [kind, after] of [
    ['errorAfterEffect', 0],
    ['hangUp', 0],
    ['errorInside', 2],
  ] as const) {
    it(`finds what was made when the answer is lost (${kind})`, async () => {
      const { control, repository } = github;
      const word = `lost-${kind}`;
      const some = Array.from({ length: 5 }, (_, n) => fresh(`${word}/${n}`));
      control.fault({ operation: 'createIssue', kind, after });
      control.clock.advance(120_000);
      // Lists know of it later.
      control.lag.listMs = 60_000;
      const outcomes = await synced().createIssues(repository, some, null);
      assert.deepEqual(
        outcomes.map((one) => writtenOf(one).issue.fields.title),
        some.map(({ title }) => title),
      );
      assert.deepEqual([madeWith(word), mutations().length], [5, 1]);
    });
  }

  it('makes the rest, and nothing twice, after an attempt that was cut off', async () => {
    const { control, repository } = github;
    const some = Array.from({ length: 5 }, (_, n) => fresh(`cut/${n}`));
    control.clock.advance(120_000);
    control.fault({ operation: 'createIssue', kind: 'cutInside', after: 2 });
    await assert.rejects(synced().createIssues(repository, some, null), { code: 'Unavailable' });
    assert.equal(madeWith('cut'), 3);
    control.lag.listMs = 60_000;
    const outcomes = await synced().createIssues(repository, some, atMs);
    assert.equal(new Set(outcomes.map((one) => writtenOf(one).issue.number)).size, 5);
    assert.equal(madeWith('cut'), 5);
    await synced().createIssues(repository, some, atMs);
    assert.equal(madeWith('cut'), 5);
  });

  it('does not take the issue of somebody else for its own', async () => {
    const { control, repository } = github;
    const body = 'Look\n\n<!-- sluice:forged/0 -->';
    const forged = await control.createIssue(repository, { title: 'Forged', body, as: 'mallory' });
    const [made] = await synced().createIssues(repository, [fresh('forged/0')], atMs);
    assert.notEqual(writtenOf(made).issue.number, forged.number);
    assert.equal(writtenOf(made).issue.author, await github.codeHost.ownLogin());
  });

  it('waits when creations come too quickly, and makes the rest afterwards', async () => {
    const { control, repository } = github;
    let nowMs = atMs;
    const connected = github.connect({ now: () => nowMs }).syncedIssues;
    Object.assign(control.limits, { isSecondaryOn: true, contentPerMinute: 3 });
    const some = Array.from({ length: 5 }, (_, n) => fresh(`quick/${n}`));
    let failure: Failure | null = null;
    try {
      await connected.createIssues(repository, some, null);
    } catch (error) {
      failure = error as Failure;
    }
    assert.deepEqual([failure?.code, madeWith('quick')], ['RateLimited', 3]);
    await assert.rejects(connected.createIssues(repository, some, atMs), { code: 'RateLimited' });
    nowMs += failure?.details.retryAfterMs ?? 0;
    control.clock.advance(failure?.details.retryAfterMs ?? 0);
    const outcomes = await connected.createIssues(repository, some, atMs);
    assert.equal(new Set(outcomes.map((one) => writtenOf(one).issue.number)).size, 5);
    assert.equal(madeWith('quick'), 5);
  });

  it('does not say no for a label of which nobody knows whether it was made', async () => {
    const { control } = github;
    const { id, number } = await issue();
    control.fault({ operation: 'createLabel', kind: 'limitInside' });
    const connected = github.connect().syncedIssues;
    const change = [{ id, number, addLabels: [`late-${number}`] }];
    await assert.rejects(connected.writeIssues(github.repository, change), { code: 'RateLimited' });
    control.fault({ operation: 'createLabel', kind: 'errorInside' });
    const outcome = writtenOf((await write(...change))[0]);
    assert.deepEqual([outcome.refused, outcome.issue.fields.labels], [[], [`late-${number}`]]);
  });

  it('asks for names anew when one of them has gone', async () => {
    const { control, repository } = github;
    const { id, number } = await issue();
    await write({ id, number, addLabels: ['short-lived'] });
    const { labels } = control.repository(repository);
    control.item(repository, number).labels = [];
    labels.delete('short-lived');
    const again = { id, number, addLabels: ['short-lived'] };
    await assert.rejects(write(again), { code: 'Conflict' });
    assert.deepEqual(writtenOf((await write(again))[0]).issue.fields.labels, ['short-lived']);
  });
});

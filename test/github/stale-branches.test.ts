/** The story of stale branches on a real Temporal server and the stand-in GitHub, through the real adapter. */
import assert from 'node:assert/strict';
import { archiveRef } from '../../src/domain/branch/archive-name.js';
import { Failure } from '../../src/domain/failures.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { by, refusal } from '../support/operator.js';
import { aDayMs, type BranchesUnderTest, startBranches } from '../support/stale-branches.js';
import { justAfterMs } from '../support/virtual-time.js';

const name = "feature/it's-old";
const person = { login: 'bob', kind: 'person' } as const;

describe('stale branches', function () {
  this.timeout(120_000);
  let world: BranchesUnderTest;

  before(async () => {
    world = await startBranches();
  });
  after(() => world?.stop());

  /** A repository with one branch of 40 days ago in its grace. */
  async function told(policy: object = {}, daysAgo = 40) {
    const repository = await world.repository(policy);
    const tips = await world.oldBranches(repository, [{ name, daysAgo }]);
    await world.sweep(repository);
    const branch = world.branch(repository, name);
    const view = await branch.inGrace();
    return { repository, branch, view, tip: tips.get(name) ?? '' };
  }
  const item = (repository: { owner: string; name: string }, number: number) =>
    world.github.control.item(repository, number);
  const comments = (repository: { owner: string; name: string }, number: number) =>
    item(repository, number).comments.map(({ body }) => body);

  it('opens a cleanup issue, pings, waits 7 days, archives, and brings back byte for byte', async () => {
    const { repository, branch, view, tip } = await told({ notify: { mention: ['acme/leads'] } });
    const { control } = world.github;
    const issue = item(repository, view.issue);
    assert.equal(issue.title, `Stale branch: ${name}`);
    const body = issue.body ?? '';
    assert.ok(body.includes('`ann`') && body.includes(tip), body);
    assert.match(comments(repository, view.issue)[0] ?? '', /^@ann @acme\/leads is /);
    const days = (view.nextAtMs - branch.nowMs()) / aDayMs;
    assert.ok(days > 6.99 && days <= 7, `${days} days`);

    await branch.moveTo(view.nextAtMs - 60_000);
    assert.equal((await branch.view()).stage, 'grace');
    assert.equal(control.readRef(repository, `refs/heads/${name}`), tip);
    await branch.moveTo(view.nextAtMs + justAfterMs);
    const end = await branch.result();
    assert.equal(end.outcome, 'archived');
    assert.match(
      end.archivedAs ?? '',
      /^refs\/archive\/feature\/it's-old@\d{8}T\d{6}Z-[0-9a-f]{12}$/,
    );
    assert.equal(control.readRef(repository, `refs/heads/${name}`), null);
    assert.equal(control.readRef(repository, end.archivedAs ?? ''), tip);
    assert.equal(item(repository, view.issue).state, 'closed');
    assert.match(
      comments(repository, view.issue).at(-1) ?? '',
      /sluice branch restore acme\/shop-\d+ 'feature\/it'\\''s-old'/,
    );

    control.clearLog();
    const planned = await world.restore(repository, name, { dryRun: true });
    assert.equal(planned.sha, tip);
    assert.deepEqual(
      control.writes().filter(({ path }) => !path.includes('access_tokens')),
      [],
    );
    assert.equal(control.readRef(repository, `refs/heads/${name}`), null);
    const restored = await world.restore(repository, name);
    assert.deepEqual(restored, {
      branch: name,
      sha: tip,
      archive: end.archivedAs,
      isDryRun: false,
    });
    assert.equal(control.readRef(repository, `refs/heads/${name}`), tip);
    assert.equal(control.readRef(repository, end.archivedAs ?? ''), null);
    const events = await world.engine.ports.ledger.read({ subject: branch.id, limit: 100 });
    const kinds = events.map(({ kind }) => kind);
    assert.deepEqual(kinds, [
      ...['cleanupIssueOpened', 'cleanupIssueCommented', 'branchArchived'],
      ...['cleanupIssueCommented', 'cleanupIssueClosed'],
    ]);
  });

  const cancels: readonly [
    string,
    RegExp,
    (on: Awaited<ReturnType<typeof told>>) => Promise<void>,
  ][] = [
    [
      'a push',
      /pushed/,
      async ({ repository, branch }) => {
        const { control } = world.github;
        const sha = await control.commit(repository, { branch: name, files: { 'new.txt': 'x' } });
        const push = {
          kind: 'push',
          action: 'updated',
          branch: name,
          before: null,
          after: sha,
        } as const;
        await branch.hear({ ...push, isForced: false, isDefaultBranch: false });
      },
    ],
    [
      "a person's comment",
      /bob commented/,
      async ({ repository, branch, view }) => {
        await world.github.control.comment(repository, view.issue, 'still needed', 'bob');
        const comment = { kind: 'comment', action: 'created', number: view.issue } as const;
        const more = { isPull: false, commentId: 1, author: person, body: 'still needed' };
        await branch.hear({ ...comment, ...more, itemMarkers: [] });
      },
    ],
    [
      'the label',
      /label/,
      async ({ repository, branch, view }) => {
        await world.github.control.label(repository, view.issue, ['keep'], 'bob');
        const label = {
          kind: 'issue',
          action: 'labeled',
          label: 'keep',
          number: view.issue,
        } as const;
        await branch.hear(label);
      },
    ],
    [
      'a pull request that is opened again',
      /pull request #\d+ /,
      async ({ repository, branch }) => {
        const pull = await world.github.control.createPull(repository, { title: 'x', head: name });
        const head = { ref: name, sha: '', repository };
        const base = { ref: 'main', sha: '' };
        await branch.hear({ kind: 'pull', action: 'reopened', number: pull.number, head, base });
      },
    ],
  ];
  for (const [what, reason, act] of cancels) {
    const calledOff = async ({ repository, branch, view }: Awaited<ReturnType<typeof told>>) => {
      // With the label it is watched on until somebody takes the label away.
      const off = await branch.is(({ stage }) => stage === 'cancelled' || stage === 'watched');
      assert.match(off.reason, reason);
      assert.equal(off.stage, what === 'the label' ? 'watched' : 'cancelled');
      assert.equal(item(repository, view.issue).state, 'closed');
      assert.notEqual(world.github.control.readRef(repository, `refs/heads/${name}`), null);
    };

    it(`is called off at once by ${what}`, async () => {
      const on = await told();
      await on.branch.moveTo(on.view.nextAtMs - 3 * aDayMs);
      await act(on);
      await calledOff(on);
      assert.ok(on.branch.nowMs() < on.view.nextAtMs - 2 * aDayMs);
    });

    it(`is called off in the end by ${what} of which nobody told`, async () => {
      const on = await told();
      await on.branch.moveTo(on.view.nextAtMs - 3 * aDayMs);
      await act({ ...on, branch: { ...on.branch, hear: async () => undefined } });
      await on.branch.moveTo(on.view.nextAtMs + justAfterMs);
      await calledOff(on);
    });
  }

  it('is not called off by bots and by its own words', async () => {
    const { repository, branch, view } = await told({ remindBefore: '1d' });
    const { control } = world.github;
    await branch.moveTo(view.nextAtMs + justAfterMs);
    const reminded = await branch.is(
      ({ nextAtMs }) => nextAtMs !== null && nextAtMs > view.nextAtMs,
    );
    await control.comment(repository, view.issue, 'I am a bot', 'dependabot[bot]');
    const said = { kind: 'comment', action: 'created', number: view.issue, isPull: false } as const;
    const bot = { login: 'dependabot[bot]', kind: 'bot' } as const;
    await branch.hear({
      ...said,
      commentId: 2,
      author: bot,
      actor: bot,
      body: 'I am a bot',
      itemMarkers: [],
    });
    await branch.moveTo((reminded.nextAtMs ?? 0) + justAfterMs);
    assert.equal((await branch.result()).outcome, 'archived');
    assert.equal(
      comments(repository, view.issue).filter((body) => /is archived on/.test(body)).length,
      2,
    );
  });

  it('keeps by command, and archives by command', async () => {
    const { repository, branch, view, tip } = await told();
    const untilMs = branch.nowMs() + 60 * aDayMs;
    const tell = (update: string, command: object) =>
      branch.handle.executeUpdate(update, { args: [command] });
    assert.match(await refusal(tell(updateNames.keep, { untilMs })), /"actor" is missing/);
    assert.match(await refusal(tell(updateNames.keep, { ...by, untilMs: 5 })), /time is over/);
    await tell(updateNames.keep, { ...by, untilMs });
    const kept = await branch.is(({ stage }) => stage === 'watched');
    assert.match(kept.reason, /ann keeps it: because/);
    assert.equal(item(repository, view.issue).state, 'closed');
    await tell(updateNames.archiveNow, by);
    const end = await branch.result();
    assert.equal(end.outcome, 'archived');
    assert.equal(world.github.control.readRef(repository, end.archivedAs ?? ''), tip);
    assert.match(
      await refusal(tell(updateNames.keep, { ...by, untilMs: null })),
      /already completed/,
    );
  });

  it('plans the same in a dry run, and writes nothing', async () => {
    const written = { remindBefore: '1d', keepArchived: '90d' };
    const repository = await world.repository(written);
    await world.oldBranches(repository, [{ name, daysAgo: 40 }]);
    const { control } = world.github;
    control.clearLog();
    const sweep = await world.sweep(repository, { dryRun: true });
    assert.deepEqual(sweep.begun, [name]);
    const branch = world.branch(repository, name);
    assert.equal((await branch.result()).outcome, 'planned');
    const { plan } = await branch.view();
    const written_ = control.writes().filter(({ path }) => !path.includes('access_tokens'));
    assert.deepEqual(
      written_.map(({ operation }) => operation),
      [],
    );
    await world.sweep(repository);
    const real = await branch.inGrace();
    const texts = (steps: typeof plan) =>
      steps.map(({ text }) => text.replace(/\d{4}-[^;@]*UTC|\d{8}T\d{6}Z/g, 'T'));
    assert.deepEqual(texts(plan), texts(real.plan));
  });

  it('sweeps again without beginning anything twice, and opens the same issue again', async () => {
    const { repository, branch, view } = await told();
    assert.deepEqual((await world.sweep(repository)).begun, []);
    const said = { kind: 'comment', action: 'created', number: view.issue, isPull: false } as const;
    await world.github.control.comment(repository, view.issue, 'mine', 'bob');
    const saidAtMs = world.github.control.clock.now();
    await branch.hear({ ...said, commentId: 3, author: person, body: 'mine', itemMarkers: [] });
    await branch.result();
    assert.deepEqual((await world.sweep(repository)).begun, [name]);
    const watched = await branch.is(({ nextAtMs }) => nextAtMs !== null);
    assert.equal(watched.stage, 'watched');
    assert.match(watched.reason, /bob commented/);
    for (let rest = watched; rest.stage === 'watched'; ) {
      const { nextAtMs } = rest;
      await branch.moveTo((nextAtMs ?? 0) + justAfterMs);
      rest = await branch.is((seen) => seen.nextAtMs !== nextAtMs);
    }
    const again = await branch.inGrace();
    assert.equal(again.issue, view.issue, 'one issue for a branch');
    assert.equal(item(repository, again.issue).state, 'open');
    const days = (again.nextAtMs - saidAtMs) / aDayMs;
    assert.ok(days > 36.9 && days < 37.1, `${days} days from the comment`);
  });

  it('does nothing while something cannot be read, and goes on afterwards', async () => {
    const { repository, branch, view, tip } = await told();
    const { control } = world.github;
    const fault = {
      operation: 'issues/list-comments',
      kind: 'errorBeforeEffect',
      status: 500,
    } as const;
    control.fault({ ...fault, times: 2 });
    await branch.moveTo(view.nextAtMs + justAfterMs);
    const end = await branch.result();
    assert.equal(end.outcome, 'archived');
    assert.equal(control.readRef(repository, end.archivedAs ?? ''), tip);
  });

  it('begins with what has been due longest', async () => {
    const repository = await world.repository({ limit: 2 });
    const old = [40, 60, 50].map((daysAgo) => ({ name: `old-${daysAgo}`, daysAgo }));
    await world.oldBranches(repository, old);
    const first = await world.sweep(repository);
    assert.deepEqual([first.begun, first.left], [['old-60', 'old-50'], 1]);
    const second = await world.sweep(repository);
    assert.deepEqual([second.begun, second.running], [['old-40'], 2]);
  });

  it('asks an operator when the archive is refused, and leaves the branch where it is', async () => {
    const { repository, branch, view, tip } = await told();
    const { control, codeHost } = world.github;
    const { refs } = codeHost as { refs: { updateRefs: typeof codeHost.refs.updateRefs } };
    const { updateRefs } = refs;
    refs.updateRefs = async () => {
      throw new Failure('PolicyDenied', 'a ruleset says no');
    };
    try {
      await branch.moveTo(view.nextAtMs + justAfterMs);
      const { trouble } = await branch.is((seen) => seen.trouble !== null);
      assert.match(trouble ?? '', /refuses: a ruleset says no/);
      assert.equal(control.readRef(repository, `refs/heads/${name}`), tip);
    } finally {
      refs.updateRefs = updateRefs;
    }
  });

  it('falls back to a branch where a host takes no refs of other kinds', async () => {
    const { repository, branch, view, tip } = await told();
    const { control, codeHost } = world.github;
    const { refs } = codeHost as { refs: { updateRefs: typeof codeHost.refs.updateRefs } };
    const { updateRefs } = refs;
    refs.updateRefs = async (where, updates) => {
      if (updates.some(({ ref }) => ref.startsWith('refs/archive/')))
        throw new Failure('InvalidInput', 'no such namespace');
      await updateRefs(where, updates);
    };
    try {
      await branch.moveTo(view.nextAtMs + justAfterMs);
      const end = await branch.result();
      assert.match(end.archivedAs ?? '', /^refs\/heads\/archive\//);
      assert.equal(control.readRef(repository, end.archivedAs ?? ''), tip);
      const restored = await world.restore(repository, name);
      assert.equal(restored.sha, tip);
      assert.equal(control.readRef(repository, `refs/heads/${name}`), tip);
    } finally {
      refs.updateRefs = updateRefs;
    }
  });

  it('deletes archives for good after their time, and only then', async () => {
    const repository = await world.repository({ keepArchived: '90d' });
    const { control } = world.github;
    const tip = control.readRef(repository, 'refs/heads/main') ?? '';
    const archives = [100, 80].map((days) =>
      archiveRef('ref', `x-${days}`, tip, Date.now() - days * aDayMs),
    );
    for (const ref of [...archives, 'refs/archive/foreign'])
      await control.setRef(repository, ref, tip);
    assert.equal((await world.sweep(repository)).archivesDeleted, 1);
    const left = [...control.repository(repository).git.refs().keys()];
    const inArchive = left.filter((ref) => ref.startsWith('refs/archive/'));
    assert.deepEqual(new Set(inArchive), new Set([archives[1], 'refs/archive/foreign']));
  });
});

describe('a sweep of many branches', () => {
  let alone: BranchesUnderTest;
  before(async () => {
    alone = await startBranches();
  });
  after(() => alone?.stop());

  it('asks for a hundred branches in one call', async () => {
    const repository = await alone.repository({});
    const { control } = alone.github;
    const tip = control.readRef(repository, 'refs/heads/main');
    for (let n = 0; n < 120; n++) await control.setRef(repository, `refs/heads/young-${n}`, tip);
    control.clearLog();
    const { branches } = await alone.sweep(repository);
    assert.equal(branches, 121);
    // Signing in comes once an hour.
    const asked = control.log.map(({ operation }) => operation);
    const calls = asked.filter((operation) => !operation.startsWith('apps/'));
    const pages = calls.filter((operation) => operation === 'graphql').length;
    assert.deepEqual([pages, calls.length], [2, 2 + 5], calls.join(', '));
  });
});

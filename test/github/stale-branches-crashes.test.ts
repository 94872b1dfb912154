/** Stale branches under crashes and races: every result of every activity lost once, and pushes in the very moment of the archive. */
import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import {
  type ArchiveResult,
  createBranchActivities,
} from '../../src/activities/repository/branch-activities.js';
import { parseArchiveRef } from '../../src/domain/branch/archive-name.js';
import type { BranchView } from '../../src/domain/branch/view.js';
import type { RepositoryKey } from '../../src/domain/repository/names.js';
import { crashRuns, crashSeed, type LostResults, loseResults } from '../support/lost-results.js';
import {
  aDayMs,
  type BranchesUnderTest,
  type BranchUnderTest,
  startBranches,
} from '../support/stale-branches.js';
import { justAfterMs } from '../support/virtual-time.js';

const acts = [
  'openCleanupIssue',
  'commentOnCleanupIssue',
  'archiveBranch',
  'closeCleanupIssue',
] as const;

/** What must be there once, and once only, after a branch was archived. */
function assertOnce(
  world: BranchesUnderTest,
  repository: RepositoryKey,
  name: string,
  tip: string,
): void {
  const { control } = world.github;
  const items = [...control.repository(repository).items.values()];
  const issues = items.filter(({ title }) => title === `Stale branch: ${name}`);
  assert.equal(issues.length, 1, `${issues.length} issues for ${name}`);
  const [issue] = issues;
  const said = (issue?.comments ?? []).map(({ body }) => body);
  const count = (pattern: RegExp): number => said.filter((body) => pattern.test(body)).length;
  assert.deepEqual(
    { pings: count(/still needed/), archived: count(/was archived at/), all: said.length },
    { pings: 1, archived: 1, all: 2 },
  );
  assert.equal(issue?.state, 'closed');
  const refs = [...control.repository(repository).git.refs()];
  assert.deepEqual(
    refs.filter(([, sha]) => sha === tip).map(([ref]) => ref.replace(/@.*/, '')),
    [`refs/archive/${name}`],
  );
}

async function toTheEnd(branch: BranchUnderTest): Promise<void> {
  const { nextAtMs } = await branch.inGrace();
  await branch.moveTo(nextAtMs + justAfterMs);
  assert.equal((await branch.result()).outcome, 'archived');
}

describe('stale branches under crashes', function () {
  this.timeout(1_800_000);

  it('does everything once though the first result of every activity is lost', async () => {
    const losing = loseResults({ seed: 1, share: 1 });
    // Without a cache every step of the workflow is also a replay of all before it.
    const world = await startBranches({ losing, maxCachedWorkflows: 0 });
    try {
      const repository = await world.repository({ remindBefore: null });
      const tips = await world.oldBranches(repository, [{ name: 'old', daysAgo: 40 }]);
      await world.sweep(repository);
      await toTheEnd(world.branch(repository, 'old'));
      assertOnce(world, repository, 'old', tips.get('old') ?? '');
      await world.restore(repository, 'old');
      assert.equal(world.github.control.readRef(repository, 'refs/heads/old'), tips.get('old'));
      const lost = [...losing.lost.keys()];
      for (const act of [...acts, 'readStaleBranch', 'listStaleCandidates', 'restoreArchive'])
        assert.ok(lost.includes(act), `${act} lost nothing: ${lost.join(', ')}`);
    } finally {
      await world.stop();
    }
  });

  it('takes its own words for no answer though it writes under a person’s name', async () => {
    const world = await startBranches({ login: 'acme' });
    try {
      const repository = await world.repository({ remindBefore: '1d' });
      const tips = await world.oldBranches(repository, [{ name: 'old', daysAgo: 40 }]);
      await world.sweep(repository);
      const branch = world.branch(repository, 'old');
      const { nextAtMs } = await branch.inGrace();
      await branch.moveTo(nextAtMs + justAfterMs);
      const reminded = await branch.is((view) => (view.nextAtMs ?? 0) > nextAtMs);
      await branch.moveTo((reminded.nextAtMs ?? 0) + justAfterMs);
      const { outcome, archivedAs } = await branch.result();
      assert.equal(outcome, 'archived');
      assert.equal(world.github.control.readRef(repository, archivedAs ?? ''), tips.get('old'));
    } finally {
      await world.stop();
    }
  });

  const runs = crashRuns({ change: 16, full: 350 });
  const seed = crashSeed();
  it(`does everything once in ${runs} branches that lose results by seed ${seed}`, async () => {
    const losing: LostResults = loseResults({ seed, share: 0.5 });
    const world = await startBranches({ losing });
    const perSweep = 12;
    try {
      for (let done = 0; done < runs; done += perSweep) {
        const repository = await world.repository({});
        const names = Array.from({ length: Math.min(perSweep, runs - done) }, (_, n) => `old-${n}`);
        const old = names.map((name, n) => ({ name, daysAgo: 40 + n }));
        const tips = await world.oldBranches(repository, old);
        await world.sweep(repository);
        await Promise.all(names.map((name) => world.branch(repository, name).inGrace()));
        await Promise.all(names.map((name) => toTheEnd(world.branch(repository, name))));
        for (const name of names) assertOnce(world, repository, name, tips.get(name) ?? '');
      }
      const lost = [...losing.lost.values()].reduce((sum, count) => sum + count, 0);
      assert.ok(lost > runs * 3, `${lost} results lost`);
    } finally {
      await world.stop();
    }
  });
});

describe('the lease of the archive', function () {
  this.timeout(1_800_000);
  const races = process.env.SLUICE_TEST_FULL ? 1_000 : 20;

  it(`loses no commit in ${races} races with a push`, async () => {
    const world = await startBranches();
    try {
      const { control, codeHost } = world.github;
      const repository = await world.repository({});
      const { archiveBranch } = createBranchActivities(world.engine.ports);
      const outcomes = { archived: 0, moved: 0 };
      const tips = await world.oldBranches(repository, [{ name: 'old', daysAgo: 40 }]);
      const sha = tips.get('old') ?? '';
      // A commit made beside the branches, as a person has it before the push.
      const newer = await control.commit(repository, {
        ...{ branch: 'made', from: 'old', files: { 'new.txt': 'new\n' } },
      });
      for (let race = 0; race < races; race++) {
        const branch = `race-${race}`;
        await control.setRef(repository, `refs/heads/${branch}`, sha);
        const intent = { repository, subject: 'test', reason: 'race', intentAtMs: Date.now() };
        const archive = () =>
          new MockActivityEnvironment().run(archiveBranch, {
            ...{ ...intent, branch, sha, form: 'ref' as const },
          });
        const push = () =>
          codeHost.refs
            .updateRefs(repository, [
              { ref: `refs/heads/${branch}`, before: sha, after: newer, force: false },
            ])
            .then(
              () => true,
              () => false,
            );
        const first = race % 2 === 0;
        const [one, two] = first ? [archive(), push()] : [push(), archive()];
        const [a, b] = await Promise.all([one, two]);
        const archived = (first ? a : b) as ArchiveResult;
        const pushed = (first ? b : a) as boolean;
        const head = control.readRef(repository, `refs/heads/${branch}`);
        if (archived.kind === 'archived') {
          outcomes.archived++;
          assert.equal(pushed, false, 'the pusher believes it was taken');
          assert.equal(head, null);
          assert.equal(control.readRef(repository, archived.ref), sha);
        } else {
          outcomes.moved++;
          assert.equal(archived.kind, 'moved');
          assert.equal(head, newer);
          assert.equal(pushed, true);
        }
      }
      assert.ok(outcomes.archived > 0 && outcomes.moved > 0, JSON.stringify(outcomes));
    } finally {
      await world.stop();
    }
  });
});

describe('twenty stale branches', function () {
  this.timeout(300_000);

  it('are archived exactly when the policy says, by skipping to each next event', async () => {
    const world = await startBranches();
    try {
      const { control } = world.github;
      const repository = await world.repository({ after: '30d', grace: '7d' });
      const names = Array.from({ length: 20 }, (_, n) => `topic/${n}`);
      const old = names.map((name, n) => ({ name, daysAgo: 29 + (n % 4) * 0.5 + n / 100 }));
      const tips = await world.oldBranches(repository, old);
      const swept = await world.sweep(repository);
      assert.equal(swept.begun.length, 20, 'those that are due within two days are begun too');
      let touched = 0;
      const due = new Map<string, number>();
      const answers = new Map<string, number>();
      const atRest = (name: string) =>
        world
          .branch(repository, name)
          .is(
            ({ nextAtMs, stage }) =>
              nextAtMs !== null && (stage === 'grace' || stage === 'watched'),
          );
      const resting = new Map<string, BranchView>();
      for (const name of names) resting.set(name, await atRest(name));
      for (;;) {
        // The earliest next event of all is the one that happens.
        const [next] = [...resting.values()]
          .map(({ branch: name, stage, nextAtMs, issue }) => ({
            name,
            stage,
            atMs: nextAtMs ?? 0,
            issue,
          }))
          .sort((one, other) => one.atMs - other.atMs);
        if (next === undefined) break;
        const branch = world.branch(repository, next.name);
        const n = names.indexOf(next.name);
        if (next.stage === 'grace' && n % 4 === 0 && next.issue !== null) {
          // In its fourth day somebody answers; nobody tells the workflow.
          await branch.moveTo(next.atMs - 3 * aDayMs);
          await control.comment(repository, next.issue, 'mine', 'bob');
          answers.set(next.name, control.clock.now());
          touched++;
        }
        await branch.moveTo(next.atMs + justAfterMs);
        const view = await branch.is(
          ({ nextAtMs, stage }) =>
            (nextAtMs !== next.atMs && nextAtMs !== null) ||
            stage === 'archived' ||
            stage === 'cancelled',
        );
        if (view.stage === 'grace' && next.stage === 'watched') {
          const staleAtMs = world.startMs - (old[n]?.daysAgo ?? 0) * aDayMs + 30 * aDayMs;
          const wanted = Math.max(staleAtMs, world.startMs);
          assert.ok(Math.abs((view.nextAtMs ?? 0) - 7 * aDayMs - wanted) < 60_000, next.name);
          due.set(next.name, view.nextAtMs ?? 0);
        }
        if (view.stage !== 'archived' && view.stage !== 'cancelled') {
          resting.set(next.name, await atRest(next.name));
          continue;
        }
        resting.delete(next.name);
        const wanted = answers.has(next.name) ? 'cancelled' : 'archived';
        assert.equal(view.stage, wanted, `${next.name}: ${view.reason}`);
        const head = control.readRef(repository, `refs/heads/${next.name}`);
        assert.equal(head, wanted === 'archived' ? null : tips.get(next.name));
        if (wanted === 'cancelled') continue;
        // Its name tells whole seconds.
        const late = (parseArchiveRef(view.archivedAs ?? '')?.archivedAtMs ?? 0) - next.atMs;
        assert.ok(late > -1_000 && late < 30_000, `${late} ms after the instant`);
      }
      assert.equal(touched, 5);
      for (const name of names) {
        if (answers.has(name)) continue;
        await world.restore(repository, name);
        assert.equal(control.readRef(repository, `refs/heads/${name}`), tips.get(name));
      }
    } finally {
      await world.stop();
    }
  });
});

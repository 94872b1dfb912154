/** Pushes in the very moment of a reset: whoever comes second is refused, and no commit is ever out of reach. */
import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityPorts } from '../../src/activities/ports.js';
import { createResetActivities } from '../../src/activities/repository/reset-activities.js';
import { createMemoryLedger } from '../../src/adapters/memory/ledger.js';
import { Failure } from '../../src/domain/failures.js';
import type { RepositoryKey } from '../../src/domain/repository/names.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';
import { crashRuns, crashSeed } from '../support/lost-results.js';
import { randomFrom } from '../unit/analysis/seeded-random.js';

const seed = crashSeed();
const races = crashRuns({ change: 60, full: 1_000 });

/** A machine under load answers late now and then; whoever hears nothing asks again, as Temporal and git's users do. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'Unavailable') throw error;
    }
  }
}

describe(`races on the lease of a reset (seed ${seed})`, function () {
  this.timeout(races * 5_000 + 60_000);
  let github: GithubUnderTest;
  before(async () => {
    github = await startGithub();
    github.control.limits.primaryPerHour = 1_000_000_000;
  });
  after(() => github.stop());

  it(`loses no commit in ${races} races`, async () => {
    const { control, codeHost } = github;
    const ports = { codeHost, ledger: createMemoryLedger(), now: Date.now } as unknown;
    const { resetRefs, planReset } = createResetActivities(ports as ActivityPorts);
    const random = randomFrom(seed);
    const outcomes = { reset: 0, moved: 0, pushed: 0, refused: 0 };
    let repository: RepositoryKey = github.repository;
    for (let race = 0; race < races; race++) {
      if (race % 50 === 49) {
        repository = { owner: 'acme', name: `shop-${race}` };
        await control.createRepository(repository);
      }
      const branch = `develop-${race}`;
      const files = { [`${race}.txt`]: 'one\n' };
      const tip = await control.commit(repository, { branch, files });
      const work = await control.commit(repository, {
        ...{ branch: `work-${race}`, from: branch, files: { 'late.txt': `${race}\n` } },
      });
      const act = <T>(run: () => Promise<T>): Promise<T> =>
        answered(() => new MockActivityEnvironment({ attempt: 1 }).run(run) as Promise<T>);
      const plan = await act(() =>
        planReset({ repository, branch, toRef: 'refs/heads/main', pulls: 'comment' }),
      );
      assert.equal(plan.before, tip);
      const step = { repository, subject: 'race', actor: 'ann', reason: 'race', plan };
      const reset = () => act(() => resetRefs({ ...step, runId: `run-${race}` }));
      // As git pushes: onto the tip that was fetched, and without force.
      const ref = `refs/heads/${branch}`;
      const onto = [{ ref, before: tip, after: work, force: false }];
      const push = () =>
        answered(() => codeHost.refs.updateRefs(repository, onto)).then(
          () => true,
          () => false,
        );
      const isFirst = random() < 0.5;
      const [a, b] = await Promise.all([
        isFirst ? reset() : push(),
        new Promise((resolve) => setTimeout(resolve, random() * 25)).then(
          (): Promise<unknown> => (isFirst ? push() : reset()),
        ),
      ]);
      const result = (isFirst ? a : b) as Awaited<ReturnType<typeof reset>>;
      const isPushed = (isFirst ? b : a) as boolean;
      outcomes[isPushed ? 'pushed' : 'refused']++;
      const now = control.readRef(repository, ref);
      if (result.kind === 'reset') {
        outcomes.reset++;
        assert.equal(isPushed, false, 'somebody believes that the push was taken');
        assert.equal(now, plan.after);
        assert.equal(control.readRef(repository, result.backup), tip);
      } else {
        outcomes.moved++;
        assert.deepEqual([result.kind, isPushed, now], ['moved', true, work]);
        const backups = await codeHost.refs.listRefs(repository, `refs/backup/${branch}/`);
        assert.deepEqual(backups, []);
      }
    }
    assert.ok(outcomes.reset > 0 && outcomes.moved > 0, JSON.stringify(outcomes));
  });
});

/** Repositories in our care on a real server: an automation that keeps failing is off by itself, and people switch. */
import assert from 'node:assert/strict';
import type { RepositoryCheck } from '../../src/domain/repository/check.js';
import { failuresUntilOff } from '../../src/domain/repository/care.js';
import { workflowTypes } from '../../src/domain/wire-names.js';
import type { CareView } from '../../src/api/schemas/care.js';
import { type KeptRepository, keepRepository } from '../support/kept-repository.js';
import { until } from '../support/operator.js';

let kept: KeptRepository;
before(async () => {
  kept = await keepRepository('repository:\n  pulls: {title: warn}\n');
});
after(() => kept.stop());

const at = '/v1/repositories/acme/shop';
const post = (path: string, body: object) => kept.api.call('POST', `${at}/${path}`, { body });
const care = async (): Promise<CareView> => (await kept.api.call('GET', at)).body;
const check = async (): Promise<RepositoryCheck> => (await post('check', {})).body;

let count = 0;
async function openPull(): Promise<string> {
  const { control } = kept.github;
  const head = `topic-${++count}`;
  await control.commit(kept.repository, { branch: head, files: { [head]: head } });
  const { number } = await control.createPull(kept.repository, { title: 'feat: x', head });
  return `pull:acme/shop:${number}`;
}
const checks = () => kept.idsOf(workflowTypes.checkPull);
const begun = (id: string) => until(`${id} runs`, checks, (ids) => ids.includes(id));

describe('a repository in our care', () => {
  it('is well where nothing fails, and says so', async () => {
    await begun(await openPull());
    await kept.quiet();
    const found = await check();
    assert.equal(found.isWell, true, JSON.stringify(found));
    assert.equal(found.defaultBranch, 'main');
    const off = Object.fromEntries(found.automations.map((each) => [each.automation, each.off]));
    assert.equal(off.pullChecks, null);
    assert.equal(off.staleBranches, 'the policy says nothing about it');
    assert.ok((found.webhooks?.arrived ?? 0) > 0);
  });

  it('takes a pause and a resume with who and why', async () => {
    const refused = await post('resume', { automation: 'pullChecks', reason: 'x' });
    assert.equal(refused.status, 404);
    const reason = 'we move hosts today';
    assert.equal((await post('pause', { automation: 'pullChecks', reason })).status, 200);
    const paused = await openPull();
    await kept.quiet();
    assert.ok(!(await checks()).includes(paused));
    assert.deepEqual(
      (await care()).off.map(({ automation, kind, actor }) => [automation, kind, actor]),
      [['pullChecks', 'paused', 'ci']],
    );
    assert.equal((await post('resume', { automation: 'pullChecks', reason })).status, 200);
    assert.equal((await post('resume', { automation: 'pullChecks', reason })).status, 409);
    await begun(await openPull());
    assert.equal((await post('pause', { automation: 'nothing', reason })).status, 400);
  });

  it('switches off what fails again and again, and says so in an issue', async () => {
    const { control } = kept.github;
    control.fault({
      operation: 'checks/create',
      kind: 'errorBeforeEffect',
      status: 403,
      times: 99,
    });
    for (let n = 0; n < failuresUntilOff; n++) await begun(await openPull());
    const { off, failing } = await until('it is off', care, (seen) => seen.off.length > 0);
    assert.deepEqual([off[0]?.automation, off[0]?.kind], ['pullChecks', 'suspended']);
    assert.ok(failing.some(({ failures }) => failures >= failuresUntilOff));
    const told = await until('it is told', care, (seen) => seen.off[0]?.issue !== null);
    const issue = control.item(kept.repository, told.off[0]?.issue ?? 0);
    assert.match(issue.title, /switched pullChecks off/);
    const after = await openPull();
    await kept.quiet();
    assert.ok(!(await checks()).includes(after), 'nothing of it is begun any more');
    assert.equal((await check()).isWell, false);

    control.clearFaults();
    await post('resume', { automation: 'pullChecks', reason: 'the App may write checks again' });
    await until(
      'the issue is closed',
      async () => issue.state,
      (state) => state === 'closed',
    );
    await begun(await openPull());
    assert.deepEqual((await care()).off, []);
  });
});

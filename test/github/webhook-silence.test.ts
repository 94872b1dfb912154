/** The same day four times: with its webhooks, with none, with each doubled and in reverse. The code host ends the same. */
import assert from 'node:assert/strict';
import { workflowTypes } from '../../src/domain/wire-names.js';
import { type KeptRepository, keepRepository } from '../support/kept-repository.js';
import { until } from '../support/operator.js';

const policy = `
repository:
  pulls: {title: require}
  issues: {archive: false, pull: {template: none.md}}
`;

type Mode = 'told' | 'silent' | 'doubled' | 'reversed';

/** What people do in a day, and what the engine has made of it in the end. */
async function live(mode: Mode): Promise<unknown> {
  const kept = await keepRepository(policy);
  try {
    const { control, app } = kept.github;
    const hook = control.world.apps.get(app.id)?.hook;
    await kept.quiet();
    await kept.sweep();
    if (mode === 'silent') Object.assign(hook ?? {}, { active: false });
    if (mode === 'doubled') control.hookFaults.duplicate = 1_000;
    if (mode === 'reversed') control.hookFaults.reorder = 5;
    await day(kept);
    await control.settle();
    control.releaseHooks();
    Object.assign(hook ?? {}, { active: true });
    await kept.quiet();
    await kept.sweep();
    return await until(
      `${mode}: all is done`,
      () => stateOf(kept),
      ({ checks, branches }) => checks.length === 3 && branches.length === 5,
    );
  } finally {
    await kept.stop();
  }
}

async function day({ github: { control }, repository }: KeptRepository): Promise<void> {
  const pull = async (head: string, title: string) => {
    await control.commit(repository, { branch: head, files: { [`${head}.txt`]: head } });
    return control.createPull(repository, { title, head });
  };
  await pull('one', 'feat: add one');
  await control.createIssue(repository, { title: 'Fix the login' });
  const { number } = await pull('two', 'two, but untitled');
  await control.comment(repository, number, 'Is this ready?');
  await control.commit(repository, { branch: 'two', files: { 'more.txt': 'more' } });
  await pull('three', 'fix: mend three');
}

/** Numbers and names as people see them, without ids and times. */
async function stateOf({ github: { control, codeHost }, repository, idsOf }: KeptRepository) {
  const { items, git } = control.repository(repository);
  const heads = [...git.refs()].filter(([ref]) => ref.startsWith('refs/heads/'));
  const branches = heads.map(([ref]) => ref).sort();
  const checks: string[] = [];
  for (const branch of ['one', 'two', 'three']) {
    const sha = control.readRef(repository, `refs/heads/${branch}`) ?? '';
    const runs = await codeHost.checks.listRuns(repository, sha);
    const done = runs.filter(({ conclusion }) => conclusion !== null);
    if (done.length === 0) continue;
    const named = done.map(({ name, conclusion }) => `${name} ${conclusion}`).sort();
    checks.push(`${branch}: ${[...new Set(named)].join(', ')} (${done.length})`);
  }
  const comments: string[] = [];
  for (const { number, title, state } of items.values()) {
    const said = await codeHost.items.listComments(repository, number);
    const own = said.filter(({ author }) => author.kind === 'bot').length;
    comments.push(`#${number} ${title} ${state}: ${own} of ours`);
  }
  const issues = await idsOf(workflowTypes.followIssue);
  return { branches, checks, comments: comments.sort(), issues };
}

describe('a day in a repository', function () {
  this.timeout(120_000);
  let told: unknown;
  before(async () => {
    told = await live('told');
  });

  for (const mode of ['silent', 'doubled', 'reversed'] as const) {
    it(`ends the same with its webhooks ${mode}, after one sweep`, async () => {
      assert.deepEqual(await live(mode), told);
    });
  }
});

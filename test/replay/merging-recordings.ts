/** The stories of merging and resets whose histories are kept. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planKey } from '../../src/domain/develop-reset/plan.js';
import { taskQueues, updateNames, workflowTypes } from '../../src/domain/wire-names.js';
import type { EngineUnderTest } from '../support/engine-under-test.js';
import type { GithubUnderTest } from '../support/github.js';
import { type CheckTrials, createMirrors, mergingScene } from '../support/merging.js';
import { by, type Operator } from '../support/operator.js';
import { resettingScene } from '../support/resetting.js';

type Story = (
  operator: Operator,
  engine: EngineUnderTest,
  github: GithubUnderTest,
) => Promise<{ readonly workflowId: string; readonly runId?: string }>;

/** The engine of recordings has no mirrors of its own. */
async function merging(engine: EngineUnderTest, github: GithubUnderTest) {
  const ci: CheckTrials = { judge: () => 'success', trials: [], onTrial: async () => undefined };
  const folder = await mkdtemp(join(tmpdir(), 'sluice-mirrors-'));
  Object.assign(engine.ports, { mergeTrees: createMirrors(github, ci, folder) });
  const scene = mergingScene(engine, github, ci);
  ci.onTrial = async (repository) => scene.place(repository).wake();
  return scene;
}

export const mergingStories: Readonly<Record<string, Story>> = {
  'merge-queue-parted': async (_operator, engine, github) => {
    const scene = await merging(engine, github);
    const repository = await scene.repository({ queue: { owner: 'ann', batch: 3 } });
    for (const name of ['a', 'b', 'c']) await scene.pull(repository, { [`${name}.txt`]: 'x\n' });
    await github.control.commit(repository, { branch: 'main', files: { 'z.txt': 'z\n' } });
    scene.ci.judge = (numbers) => (numbers.includes(2) ? 'failure' : 'success');
    const { id, wake, result } = scene.place(repository);
    await wake();
    await result();
    return { workflowId: id };
  },

  'merge-stopped': async (operator, engine, github) => {
    const scene = await merging(engine, github);
    const repository = await scene.repository({});
    await scene.pull(repository, { 'a.txt': 'a\n' });
    await scene.pull(repository, { 'b.txt': 'b\n' });
    github.control.fault({ operation: 'pulls/merge', kind: 'wrongTree' });
    const { id, wake, is, result } = scene.place(repository);
    await wake();
    await is((view) => view.freeze?.issue != null);
    await operator.tell(id, updateNames.resume);
    await result();
    return { workflowId: id };
  },

  'reset-approved': async (operator, engine, github) => {
    const scene = resettingScene(engine, github);
    const repository = await scene.repository({ approvals: { acceptClaims: true } });
    const { id, awaited, result } = await scene.begin(repository);
    const { plan } = await awaited();
    if (plan === null) throw new Error('it waits for approval of no plan');
    const command = { ...by, planKey: planKey(plan), ticket: null };
    await operator.tell(id, updateNames.approve, command);
    await result();
    return { workflowId: id };
  },

  'backups-listed': async (_operator, engine, github) => {
    const workflowId = 'develop-reset:acme/shop::backups';
    await engine.client.workflow.execute(workflowTypes.listBackups, {
      ...{ workflowId, taskQueue: taskQueues.workflows },
      args: [{ repository: github.repository, branch: null }],
    });
    return { workflowId };
  },
};

/** The stories of what keeps a repository in order and of what arrives there, each on a real server and at a GitHub. */
import type { BranchView } from '../../src/domain/branch/view.js';
import { type RepositoryKey, repositoryWorkflowId } from '../../src/domain/repository/names.js';
import {
  queryNames,
  redeliverScheduleId,
  signalNames,
  taskQueues,
  updateNames,
  workflowTypes,
} from '../../src/domain/wire-names.js';
import type { EngineUnderTest } from '../support/engine-under-test.js';
import type { GithubUnderTest } from '../support/github.js';
import { by, type Operator, until } from '../support/operator.js';
import { policyFile } from '../support/policy-file.js';

type KeepingStory = (
  operator: Operator,
  engine: EngineUnderTest,
  github: GithubUnderTest,
) => Promise<{ readonly workflowId: string; readonly runId?: string }>;

const aDayMs = 86_400_000;
const old = { branch: 'old/work', daysAgo: 60 } as const;

/** With a branch and an issue that nobody has touched for long, and a pull request of today. */
async function anOldRepository({ control }: GithubUnderTest, name: string): Promise<RepositoryKey> {
  const repository = { owner: 'acme', name };
  const files = {
    'sluice.yaml': policyFile('stale: {branches: {after: 30d, grace: 7d}, items: {}}', 'pulls: {}'),
  };
  await control.createRepository({ ...repository, files });
  const nowMs = Date.now();
  control.clock.set(nowMs - old.daysAgo * aDayMs);
  await control.commit(repository, { branch: old.branch, files: { 'old.ts': 'old' } });
  await control.createIssue(repository, { title: 'Slow', body: '', as: 'ann' });
  control.clock.set(nowMs);
  await control.commit(repository, { branch: 'feat/new', files: { 'new.ts': 'new' } });
  await control.createPull(repository, { title: 'feat: new', head: 'feat/new', as: 'ann' });
  return repository;
}

function begin(engine: EngineUnderTest, type: string, workflowId: string, input: unknown) {
  const options = { workflowId, taskQueue: taskQueues.workflows, args: [input] };
  return engine.client.workflow.start(type, options);
}

/** A story of one workflow that ends by itself. */
function toItsEnd(
  type: string,
  name: string,
  inputOf: (repository: RepositoryKey) => unknown,
): KeepingStory {
  return async (_operator, engine, github) => {
    const repository = await anOldRepository(github, name);
    const workflowId = `${type}:${name}`;
    await (await begin(engine, type, workflowId, inputOf(repository))).result();
    return { workflowId };
  };
}

async function retired(operator: Operator, engine: EngineUnderTest, repository: RepositoryKey) {
  const workflowId = repositoryWorkflowId('branch', repository, old.branch);
  const handle = await begin(engine, workflowTypes.retireBranch, workflowId, {
    ...{ repository, branch: old.branch, issue: null, dryRun: false },
  });
  const view = () => handle.query<BranchView>(queryNames.readBranch);
  const at = (stage: string) => until(stage, view, (seen) => seen.stage === stage, 60_000);
  await at('grace');
  await operator.tell(workflowId, updateNames.keep, { ...by, untilMs: null });
  await at('watched');
  await operator.tell(workflowId, updateNames.archiveNow, by);
  await handle.result();
  return workflowId;
}

export const keepingStories: Readonly<Record<string, KeepingStory>> = {
  'branch-retired': async (operator, engine, github) => {
    const repository = await anOldRepository(github, 'retired');
    return { workflowId: await retired(operator, engine, repository) };
  },

  'branch-restored': async (operator, engine, github) => {
    const repository = await anOldRepository(github, 'restored');
    await retired(operator, engine, repository);
    const workflowId = repositoryWorkflowId('branch-restore', repository, old.branch);
    const input = { ...by, repository, branch: old.branch, sha: null, dryRun: false };
    await (await begin(engine, workflowTypes.restoreBranch, workflowId, input)).result();
    return { workflowId };
  },

  'archives-listed': toItsEnd(workflowTypes.listArchivedBranches, 'archives', (repository) => ({
    repository,
  })),
  'branches-swept': toItsEnd(workflowTypes.sweepBranches, 'branches', (repository) => ({
    repository,
    dryRun: false,
  })),
  'items-swept': toItsEnd(workflowTypes.sweepItems, 'items', (repository) => ({
    ...{ repository, dryRun: false, once: true },
  })),
  'item-explained': toItsEnd(workflowTypes.explainItem, 'explained', (repository) => ({
    repository,
    number: 1,
  })),
  'repository-checked': toItsEnd(workflowTypes.checkRepository, 'checked', (key) => key),
  'repository-swept': toItsEnd(workflowTypes.sweepRepository, 'swept', (repository) => ({
    repository,
  })),
  'release-not-wanted': toItsEnd(workflowTypes.releaseBySchedule, 'timed', (repository) => ({
    repository,
    trigger: { on: 'schedule', service: 'checkout', cron: '0 3 * * *' },
  })),

  'webhooks-redelivered': async (_operator, { client }) => {
    const workflowId = 'redeliver-webhooks-asked';
    const schedule = await client.schedule.create({
      ...{ scheduleId: redeliverScheduleId, spec: {} },
      action: {
        ...{ type: 'startWorkflow', workflowType: workflowTypes.redeliverWebhooks },
        ...{ workflowId, taskQueue: taskQueues.workflows, args: [] },
      },
    });
    await schedule.trigger();
    const { recentActions } = await until(
      'triggered',
      async () => (await schedule.describe()).info,
      (info) => info.recentActions.length > 0,
    );
    const [started] = recentActions;
    const id = started?.action.workflow.workflowId ?? workflowId;
    await client.workflow.getHandle(id).result();
    return { workflowId: id };
  },

  'item-unmarked': async (operator, engine, github) => {
    const repository = await anOldRepository(github, 'unmarked');
    const sweep = { repository, dryRun: false, once: true };
    const sweepId = repositoryWorkflowId('repository-sweep', repository, 'stale-items');
    await (await begin(engine, workflowTypes.sweepItems, sweepId, sweep)).result();
    const workflowId = repositoryWorkflowId('item', repository, 1);
    const handle = operator.handle(workflowId);
    const view = () => handle.query<{ readonly stage: string }>(queryNames.readStaleItem);
    await until('marked', view, ({ stage }) => stage === 'marked', 60_000);
    await github.control.comment(repository, 1, 'still slow', 'ann');
    await handle.signal(signalNames.repositoryEvent, {
      ...{ kind: 'comment', action: 'created', repository, number: 1, isPull: false },
      ...{ actor: { login: 'ann', kind: 'person' }, atMs: github.control.now(), delivery: '1' },
      ...{ commentId: 1, author: { login: 'ann', kind: 'person' }, body: '', itemMarkers: [] },
    });
    await handle.result();
    return { workflowId };
  },

  'pull-checked': async (operator, engine, github) => {
    const repository = await anOldRepository(github, 'pulls');
    const workflowId = repositoryWorkflowId('pull', repository, 2);
    const input = { repository, number: 2, dryRun: false };
    await begin(engine, workflowTypes.checkPull, workflowId, input);
    await operator.tell(workflowId, updateNames.checkNow, by);
    return { workflowId };
  },

  'delivery-routed': async (_operator, engine, github) => {
    const repository = await anOldRepository(github, 'routed');
    const { control } = github;
    const sha = control.readRef(repository, 'refs/heads/feat/new');
    const event = {
      ...{ kind: 'push', action: 'updated', branch: 'feat/new', before: sha, after: sha },
      ...{ isForced: false, isDefaultBranch: false, repository, actor: null },
      ...{ atMs: control.now(), delivery: 'd-1' },
    };
    const workflowId = repositoryWorkflowId('delivery', repository, 'd-1');
    await (await begin(engine, workflowTypes.routeDelivery, workflowId, { event })).result();
    return { workflowId };
  },

  'repository-owned': async (operator, engine, github) => {
    const repository = await anOldRepository(github, 'owned');
    const workflowId = repositoryWorkflowId('repository', repository);
    const input = { repository, carried: null };
    await begin(engine, workflowTypes.ownRepository, workflowId, input);
    const automation = 'staleBranches';
    await operator.tell(workflowId, updateNames.pause, { ...by, automation });
    await operator.tell(workflowId, updateNames.resume, { ...by, automation });
    return { workflowId };
  },
};

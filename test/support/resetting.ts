/** Branches that are put back: the engine and the GitHub of tests, and people who approve. */
import { planKey } from '../../src/domain/develop-reset/plan.js';
import type { ResetResult, ResetView } from '../../src/domain/develop-reset/view.js';
import { type RepositoryKey, repositoryWorkflowId } from '../../src/domain/repository/names.js';
import { queryNames, taskQueues, updateNames, workflowTypes } from '../../src/domain/wire-names.js';
import { type EngineUnderTest, startEngine } from './engine-under-test.js';
import { type GithubUnderTest, startGithub } from './github.js';
import type { LostResults } from './lost-results.js';
import { until } from './operator.js';
import { bareBook } from './policy-file.js';

export type ResettingUnderTest = Awaited<ReturnType<typeof startResetting>>;

/** Names are fresh in the whole process: scenes may share a GitHub. */
let count = 0;

export async function startResetting(options: { readonly losing?: LostResults } = {}) {
  const github = await startGithub();
  const { control, codeHost } = github;
  control.limits.primaryPerHour = 1_000_000_000;
  const engine: EngineUnderTest = await startEngine({
    repositories: { codeHost, policies: bareBook },
    ...(options.losing && { metrics: options.losing.metrics }),
  });
  return {
    ...resettingScene(engine, github),
    async stop() {
      await engine.stop();
      await github.stop();
    },
  };
}

export function resettingScene(engine: EngineUnderTest, github: GithubUnderTest) {
  const { control } = github;
  const { client } = engine;
  const tipOf = (repository: RepositoryKey, branch: string) =>
    control.readRef(repository, `refs/heads/${branch}`) ?? '';

  return {
    ...{ engine, github, control, tipOf },
    /** Requests that changed something; tokens are only how one is let in. */
    effects: () =>
      control
        .writes()
        .filter(({ operation }) => operation !== 'apps/create-installation-access-token'),
    /** Whose `develop` is two commits of ann and one of bob ahead of `main`. */
    async repository(reset: object = {}): Promise<RepositoryKey> {
      const repository = { owner: 'acme', name: `resetting-${++count}` };
      const policy = JSON.stringify({ repository: { reset } });
      await control.createRepository({ ...repository, isOrganization: true });
      const files = { 'sluice.yaml': policy };
      await control.commit(
        repository,
        { branch: 'main', files },
        { branch: 'develop', files: { 'a.txt': 'a\n' }, author: 'ann' },
        { branch: 'develop', files: { 'b.txt': 'b\n' }, author: 'bob' },
        { branch: 'develop', files: { 'c.txt': 'c\n' }, author: 'ann' },
      );
      return repository;
    },
    async begin(
      repository: RepositoryKey,
      more: { readonly toRef?: string; readonly dryRun?: boolean; readonly branch?: string } = {},
    ) {
      const { toRef = null, dryRun = false, branch = 'develop' } = more;
      const id = repositoryWorkflowId('develop-reset', repository, branch);
      const handle = await client.workflow.start(workflowTypes.resetBranch, {
        ...{ workflowId: id, taskQueue: taskQueues.workflows },
        args: [{ repository, branch, toRef, requestedBy: 'eve', reason: 'it is out', dryRun }],
      });
      const view = () => handle.query<ResetView>(queryNames.readReset);
      const is = (ready: (seen: ResetView) => boolean) => until(id, view, ready, 30_000);
      const awaited = () => is(({ phase }) => phase === 'AwaitingApproval');
      /** Through the API, for the plan that is seen now or the one that is given. */
      const approve = async (actor: string, key?: string) => {
        const { plan } = await awaited();
        const seen = key ?? (plan === null ? '' : planKey(plan));
        const expiresAtMs = Date.now() + 60_000;
        const claim = { releaseId: id, environment: seen, actor, expiresAtMs };
        const ticket = engine.ports.tickets.issue(claim);
        const command = { actor, reason: 'all of it is merged', planKey: seen, ticket };
        await handle.executeUpdate(updateNames.approve, { args: [command] });
      };
      return {
        ...{ id, handle, view, is, awaited, approve },
        result: () => handle.result() as Promise<ResetResult>,
      };
    },
  };
}

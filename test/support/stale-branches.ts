/** Branches that grow old: the engine and the GitHub of tests on one clock, which each branch's workflow is moved along. */
import type { WorkflowHandle } from '@temporalio/client';
import { createPolicyBook } from '../../src/config/policy-book.js';
import type { BranchView, RetirementResult } from '../../src/domain/branch/view.js';
import { type RepositoryKey, repositoryWorkflowId } from '../../src/domain/repository/names.js';
import type { Actor } from '../../src/domain/repository/shapes.js';
import type { RepositoryEvent } from '../../src/domain/webhook/event.js';
import { queryNames, signalNames, taskQueues, workflowTypes } from '../../src/domain/wire-names.js';
import type {
  BranchSweep,
  RestoreBranchInput,
  RestoredBranch,
} from '../../src/workflows/repository/branch-messages.js';
import { type EngineUnderTest, startEngine } from './engine-under-test.js';
import { type GithubUnderTest, startGithub } from './github.js';
import type { LostResults } from './lost-results.js';
import { until } from './operator.js';
import { startClocks } from './virtual-time.js';

export const aDayMs = 86_400_000;
const bob: Actor = { login: 'bob', kind: 'person' };

export interface BranchesUnderTest {
  readonly engine: EngineUnderTest;
  readonly github: GithubUnderTest;
  /** When the tests began: the instant that `daysAgo` counts from. */
  readonly startMs: number;
  /** A repository with that policy in its own `sluice.yaml`. */
  repository(branches: object): Promise<RepositoryKey>;
  /** Branches with one commit of so many days ago, pushed then. @returns their tips */
  oldBranches(
    repository: RepositoryKey,
    branches: readonly {
      readonly name: string;
      readonly daysAgo: number;
      readonly author?: string;
    }[],
  ): Promise<ReadonlyMap<string, string>>;
  sweep(repository: RepositoryKey, options?: { readonly dryRun?: boolean }): Promise<BranchSweep>;
  restore(
    repository: RepositoryKey,
    branch: string,
    more?: Partial<RestoreBranchInput>,
  ): Promise<RestoredBranch>;
  branch(repository: RepositoryKey, name: string): BranchUnderTest;
  stop(): Promise<void>;
}

export interface BranchUnderTest {
  readonly id: string;
  readonly handle: WorkflowHandle;
  view(): Promise<BranchView>;
  /** Looks until `ready`. */
  is(ready: (view: BranchView) => boolean): Promise<BranchView>;
  /** At rest in the grace; the cleanup issue is there then. */
  inGrace(): Promise<BranchView & { readonly issue: number; readonly nextAtMs: number }>;
  result(): Promise<RetirementResult>;
  /** Moves its clock and GitHub's to an instant; what falls due on the way happens. */
  moveTo(atMs: number): Promise<void>;
  /** By its own clock. */
  nowMs(): number;
  /** As a webhook would tell it. */
  hear(event: Partial<RepositoryEvent> & Pick<RepositoryEvent, 'kind'>): Promise<void>;
}

export async function startBranches(
  options: {
    readonly losing?: LostResults;
    readonly maxCachedWorkflows?: number;
    /** A person's token in place of the App. */
    readonly login?: string;
  } = {},
): Promise<BranchesUnderTest> {
  const startMs = Math.floor(Date.now() / 1000) * 1000;
  const github = await startGithub({ startMs });
  const { control } = github;
  const { login } = options;
  const codeHost =
    login === undefined ? github.codeHost : github.connect({ token: control.createToken(login) });
  control.limits.primaryPerHour = 1_000_000_000;
  const { losing, maxCachedWorkflows } = options;
  const engine = await startEngine({
    repositories: { codeHost, policies: createPolicyBook({ file: 'sluice.yaml', repository: {} }) },
    ...(losing && { metrics: losing.metrics }),
    ...(maxCachedWorkflows !== undefined && { maxCachedWorkflows }),
  });
  const { client } = engine;
  const clocks = startClocks(client, control.clock);
  let count = 0;

  const branch = (repository: RepositoryKey, name: string): BranchUnderTest => {
    const id = repositoryWorkflowId('branch', repository, name);
    const handle = client.workflow.getHandle(id);
    const view = () => handle.query<BranchView>(queryNames.readBranch);
    const nowMs = () => clocks.nowMs(id);
    const is = (ready: (seen: BranchView) => boolean) => until(id, view, ready, 60_000);
    return {
      ...{ id, handle, view, nowMs, is },
      inGrace: async () =>
        (await is(({ stage }) => stage === 'grace')) as BranchView & {
          readonly issue: number;
          readonly nextAtMs: number;
        },
      result: () => handle.result() as Promise<RetirementResult>,
      moveTo: (atMs) => clocks.moveTo(id, atMs),
      async hear(event) {
        count++;
        const told = { repository, actor: bob, atMs: nowMs(), delivery: `delivery-${count}` };
        await handle.signal(signalNames.repositoryEvent, { ...told, ...event });
      },
    };
  };

  return {
    ...{ engine, github, startMs, branch },
    async repository(branches) {
      count++;
      const repository = { owner: 'acme', name: `shop-${count}` };
      const policy = JSON.stringify({ repository: { stale: { branches } } });
      await control.createRepository({ ...repository, isOrganization: true });
      await control.commit(repository, { branch: 'main', files: { 'sluice.yaml': policy } });
      return repository;
    },
    async oldBranches(repository, branches) {
      const tips = new Map<string, string>();
      const atFirst = control.clock.now();
      for (const { name, daysAgo, author = 'ann' } of branches) {
        control.clock.set(startMs - daysAgo * aDayMs);
        const files = { 'work.txt': `work on ${name}\n`, 'bin/x': Buffer.from([0, 255, 10, 13]) };
        tips.set(name, await control.commit(repository, { branch: name, files, author }));
      }
      control.clock.set(atFirst);
      return tips;
    },
    sweep: (repository, { dryRun = false } = {}) =>
      client.workflow.execute(workflowTypes.sweepBranches, {
        workflowId: repositoryWorkflowId('repository-sweep', repository, 'stale-branches'),
        taskQueue: taskQueues.workflows,
        args: [{ repository, dryRun }],
      }) as Promise<BranchSweep>,
    restore: (repository, name, more = {}) =>
      client.workflow.execute(workflowTypes.restoreBranch, {
        workflowId: repositoryWorkflowId('branch-restore', repository, name),
        taskQueue: taskQueues.workflows,
        args: [
          {
            ...{ repository, branch: name, sha: null, dryRun: false },
            ...{ actor: 'ann', reason: 'work goes on' },
            ...more,
          },
        ],
      }) as Promise<RestoredBranch>,
    async stop() {
      await engine.stop();
      await github.stop();
    },
  };
}

/** Issues and pull requests that grow old: the engine and the GitHub of tests on one clock, which each item's workflow is moved along. */
import type { WorkflowHandle } from '@temporalio/client';
import { createPolicyBook } from '../../src/config/policy-book.js';
import {
  type RepositoryKey,
  repositoryPath,
  repositoryWorkflowId,
} from '../../src/domain/repository/names.js';
import type { Actor } from '../../src/domain/repository/shapes.js';
import type {
  StaleItemResult,
  StaleItemView,
  StaleSweepView,
} from '../../src/domain/stale-item/view.js';
import type { RepositoryEvent } from '../../src/domain/webhook/event.js';
import { queryNames, signalNames, taskQueues, workflowTypes } from '../../src/domain/wire-names.js';
import { type EngineUnderTest, startEngine } from './engine-under-test.js';
import { type GithubUnderTest, startGithub } from './github.js';
import type { LostResults } from './lost-results.js';
import { until } from './operator.js';
import { justAfterMs, startClocks } from './virtual-time.js';

export const aDayMs = 86_400_000;
const bob: Actor = { login: 'bob', kind: 'person' };

export interface ItemsUnderTest {
  readonly engine: EngineUnderTest;
  readonly github: GithubUnderTest;
  readonly startMs: number;
  /** A repository with that policy in its own `sluice.yaml`. */
  repository(items: object): Promise<RepositoryKey>;
  /** Issues that nobody has touched for so many days. @returns their numbers */
  oldIssues(
    repository: RepositoryKey,
    issues: readonly { readonly daysAgo: number; readonly labels?: readonly string[] }[],
  ): Promise<readonly number[]>;
  /** A pull request from a branch of its own, untouched for so many days. */
  oldPull(repository: RepositoryKey, head: string, daysAgo: number): Promise<number>;
  /** One pass. */
  sweep(
    repository: RepositoryKey,
    options?: { readonly dryRun?: boolean },
  ): Promise<StaleSweepView>;
  item(repository: RepositoryKey, number: number): ItemUnderTest;
  stop(): Promise<void>;
}

export interface ItemUnderTest {
  readonly id: string;
  readonly handle: WorkflowHandle;
  view(): Promise<StaleItemView>;
  is(ready: (view: StaleItemView) => boolean): Promise<StaleItemView>;
  /** When it is closed, once it is marked; one that waits for its turn is moved to it. */
  marked(): Promise<number>;
  result(): Promise<StaleItemResult>;
  /** Moves its clock and GitHub's to an instant; what falls due on the way happens. */
  moveTo(atMs: number): Promise<void>;
  /** By its own clock. */
  nowMs(): number;
  /** As a webhook would tell it. */
  hear(event: Partial<RepositoryEvent> & Pick<RepositoryEvent, 'kind'>): Promise<void>;
}

export async function startItems(
  options: {
    readonly losing?: LostResults;
    readonly maxCachedWorkflows?: number;
    /** By this person's token in place of the App. */
    readonly as?: string;
  } = {},
): Promise<ItemsUnderTest> {
  const startMs = Math.floor(Date.now() / 1000) * 1000;
  const github = await startGithub({ startMs });
  const { control } = github;
  const { as } = options;
  const codeHost =
    as === undefined ? github.codeHost : github.connect({ token: control.createToken(as) });
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

  const item = (repository: RepositoryKey, number: number): ItemUnderTest => {
    const id = repositoryWorkflowId('item', repository, number);
    const handle = client.workflow.getHandle(id);
    const view = () => handle.query<StaleItemView>(queryNames.readStaleItem);
    const nowMs = () => clocks.nowMs(id);
    const is = (ready: (seen: StaleItemView) => boolean) => until(id, view, ready, 60_000);
    const moveTo = (atMs: number) => clocks.moveTo(id, atMs);
    return {
      ...{ id, handle, view, nowMs, is, moveTo },
      async marked() {
        const first = await is(({ stage }) => stage === 'queued' || stage === 'marked');
        if (first.stage === 'queued') await moveTo((first.nextAtMs ?? 0) + justAfterMs);
        return (await is(({ stage }) => stage === 'marked')).nextAtMs ?? Number.NaN;
      },
      result: () => handle.result() as Promise<StaleItemResult>,
      async hear(event) {
        count++;
        const told = { repository, number, actor: bob, atMs: control.now(), label: null };
        const more = { delivery: `delivery-${count}`, body: '', ...event };
        await handle.signal(signalNames.repositoryEvent, { ...told, ...more });
      },
    };
  };

  const atDay = async <T>(daysAgo: number, act: () => Promise<T>): Promise<T> => {
    const nowMs = control.clock.now();
    control.clock.set(startMs - daysAgo * aDayMs);
    try {
      return await act();
    } finally {
      control.clock.set(nowMs);
    }
  };

  return {
    ...{ engine, github, startMs, item },
    async repository(items) {
      count++;
      const repository = { owner: 'acme', name: `shop-${count}` };
      const policy = JSON.stringify({ repository: { stale: { items } } });
      await control.createRepository({ ...repository, isOrganization: true });
      await control.commit(repository, { branch: 'main', files: { 'sluice.yaml': policy } });
      return repository;
    },
    async oldIssues(repository, issues) {
      const numbers: number[] = [];
      for (const { daysAgo, labels = [] } of issues) {
        const made = await atDay(daysAgo, () =>
          control.createIssue(repository, { title: `of ${daysAgo} days ago`, labels, as: 'ann' }),
        );
        numbers.push(made.number);
      }
      return numbers;
    },
    oldPull: (repository, head, daysAgo) =>
      atDay(daysAgo, async () => {
        await control.commit(repository, { branch: head, files: { [`${head}.txt`]: 'x' } });
        const made = await control.createPull(repository, { title: head, head, as: 'ann' });
        return made.number;
      }),
    sweep: (repository, { dryRun = false } = {}) => {
      count++;
      return client.workflow.execute(workflowTypes.sweepItems, {
        workflowId: `sweep-${repositoryPath(repository)}-${count}`,
        taskQueue: taskQueues.workflows,
        args: [{ repository, dryRun, once: true }],
      }) as Promise<StaleSweepView>;
    },
    item,
    async stop() {
      await engine.stop();
      await github.stop();
    },
  };
}

/** Issues and files that are kept the same: the engine, a GitHub, and what people do on both sides. */
import assert from 'node:assert/strict';
import type { SyncView } from '../../src/domain/issue-sync/view.js';
import { type RepositoryKey, repositoryWorkflowId } from '../../src/domain/repository/names.js';
import type { RepositoryEvent } from '../../src/domain/webhook/event.js';
import {
  queryNames,
  signalNames,
  taskQueues,
  updateNames,
  workflowTypes,
} from '../../src/domain/wire-names.js';
import type { Item } from '../../src/github-standin/state.js';
import { type EngineUnderTest, startEngine } from './engine-under-test.js';
import { type GithubUnderTest, startGithub } from './github.js';
import type { LostResults } from './lost-results.js';
import { by, createOperator, type Operator, until } from './operator.js';
import { bareBook, policyFile } from './policy-file.js';

export type Files = Readonly<Record<string, string | null>>;

export interface SyncingUnderTest {
  readonly engine: EngineUnderTest;
  readonly github: GithubUnderTest;
  readonly operator: Operator;
  /** A repository with that policy and those files; its first pass needs no approval unless `sync` says so. */
  repository(options?: {
    readonly sync?: Readonly<Record<string, unknown>>;
    readonly more?: readonly string[];
    readonly files?: Files;
  }): Promise<SyncedRepository>;
  stop(): Promise<void>;
}

export interface SyncedRepository {
  readonly key: RepositoryKey;
  readonly id: string;
  /** Begins the sync, and waits for its first look. */
  begin(): Promise<SyncView>;
  view(): Promise<SyncView>;
  is(what: string, ready: (view: SyncView) => boolean): Promise<SyncView>;
  /** Asked for by a person, and waited for. */
  pass(options?: { readonly full?: boolean }): Promise<SyncView>;
  /** As a webhook would tell it. */
  hear(event: object): Promise<void>;
  tell<T>(update: string, argument?: object): Promise<T>;
  /** At the head of the branch; null without one. */
  file(path: string, ref?: string): Promise<string | null>;
  /** Paths under a folder, at the head. */
  files(folder?: string): Promise<readonly string[]>;
  /** Of a person, on the branch. */
  commit(files: Files, author?: string): Promise<string>;
  issue(number: number): Item;
  issues(): readonly Item[];
  /** Requests that changed something at the host: issues, comments, refs; pushes by git are not counted. */
  writes(): number;
  head(ref?: string): string | null;
}

export async function startSyncing(
  options: { readonly losing?: LostResults; readonly maxCachedWorkflows?: number } = {},
): Promise<SyncingUnderTest> {
  const github = await startGithub();
  const { control } = github;
  control.limits.primaryPerHour = 1_000_000_000;
  const { losing, maxCachedWorkflows } = options;
  const engine = await startEngine({
    repositories: {
      codeHost: github.codeHost,
      policies: bareBook,
      issueTree: github.issueTree,
      issueTreeOverApi: github.issueTreeOverApi,
    },
    ...(losing && { metrics: losing.metrics }),
    ...(maxCachedWorkflows !== undefined && { maxCachedWorkflows }),
  });
  const operator = createOperator(engine);
  const { client } = engine;
  let count = 0;

  const repository: SyncingUnderTest['repository'] = async (given = {}) => {
    count += 1;
    const key = { owner: 'acme', name: `sync-${count}` };
    const sync = { firstPass: 'go', every: '1h', ...given.sync };
    const policy = policyFile(`sync: ${JSON.stringify(sync)}`, ...(given.more ?? []));
    const planted = Object.entries(given.files ?? {}).filter(([, text]) => text !== null);
    await control.createRepository({
      ...key,
      files: { 'sluice.yaml': policy, ...(Object.fromEntries(planted) as Record<string, string>) },
    });
    return repositoryOf(key);
  };

  const repositoryOf = (key: RepositoryKey): SyncedRepository => {
    const id = repositoryWorkflowId('issue-sync', key);
    const handle = client.workflow.getHandle(id);
    const view = () => handle.query<SyncView>(queryNames.readSync);
    const is = (what: string, ready: (seen: SyncView) => boolean) =>
      until(`${id}: ${what}`, view, ready, 180_000);
    const isAtRest = ({ phase }: SyncView) => phase === 'resting' || phase === 'held';
    let told = 0;
    return {
      ...{ key, id, view, is },
      async begin() {
        await client.workflow.start(workflowTypes.syncIssues, {
          ...{ workflowId: id, taskQueue: taskQueues.workflows },
          args: [{ repository: key, dryRun: false }],
        });
        return is('it has looked', isAtRest);
      },
      async pass({ full = false } = {}) {
        // From the command's acceptance on it is about to look.
        await operator.tell(id, updateNames.syncNow, { ...by, full });
        return is('it has looked again', isAtRest);
      },
      async hear(event) {
        told += 1;
        const common = { repository: key, actor: { login: 'bob', kind: 'person' } };
        const whole = { ...common, atMs: control.now(), delivery: `d-${told}`, ...event };
        await handle.signal(signalNames.repositoryEvent, whole as RepositoryEvent);
      },
      tell: (update, argument = by) => operator.tell(id, update, argument),
      file: (path, ref = 'main') => github.codeHost.contents.readFile(key, path, ref),
      async files(folder = 'issues') {
        const head = control.readRef(key, 'refs/heads/main') ?? assert.fail('no head');
        return [...(await github.issueTree.listFiles(key, head, folder))].sort();
      },
      commit: (files, author = 'ann') => control.commit(key, { branch: 'main', files, author }),
      issue: (number) => control.item(key, number),
      issues: () => [...control.repository(key).items.values()].filter(({ pull }) => pull === null),
      writes: () =>
        control.writes().filter(({ operation }) => !operation.startsWith('git/')).length,
      head: (ref = 'refs/heads/main') => control.readRef(key, ref),
    };
  };

  return {
    ...{ engine, github, operator, repository },
    async stop() {
      await engine.stop();
      await github.stop();
    },
  };
}

/** Pull requests that wait to be merged: the engine, the GitHub of tests, and git mirrors of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMergeTrees } from '../../src/adapters/git/merge-trees.js';
import { createMirrors as createBareMirrors } from '../../src/adapters/git/mirror.js';
import { createGit } from '../../src/adapters/gitops/git.js';
import type { MergeResult, MergeView } from '../../src/domain/merge/view.js';
import { type RepositoryKey, repositoryWorkflowId } from '../../src/domain/repository/names.js';
import { queryNames, signalNames, taskQueues, workflowTypes } from '../../src/domain/wire-names.js';
import type { MergeTrees } from '../../src/ports/merge-trees.js';
import { type EngineUnderTest, startEngine } from './engine-under-test.js';
import { type GithubUnderTest, startGithub } from './github.js';
import type { LostResults } from './lost-results.js';
import { until } from './operator.js';
import { bareBook } from './policy-file.js';

export interface AskedPull {
  readonly number: number;
  readonly head: string;
  readonly branch: string;
}

export type MergingUnderTest = Awaited<ReturnType<typeof startMerging>>;

/** Names are fresh in the whole process: scenes may share a GitHub. */
let count = 0;

export async function startMerging(
  options: { readonly losing?: LostResults; readonly maxCachedWorkflows?: number } = {},
) {
  const github = await startGithub();
  const { control, codeHost } = github;
  control.limits.primaryPerHour = 1_000_000_000;
  const folder = await mkdtemp(join(tmpdir(), 'sluice-mirrors-'));
  const ci: CheckTrials = { judge: () => 'success', trials: [], onTrial: async () => undefined };
  const mergeTrees = createMirrors(github, ci, folder);
  const engine: EngineUnderTest = await startEngine({
    repositories: { codeHost, policies: bareBook, mergeTrees },
    ...(options.losing && { metrics: options.losing.metrics }),
    ...(options.maxCachedWorkflows !== undefined && {
      maxCachedWorkflows: options.maxCachedWorkflows,
    }),
  });
  return {
    ...mergingScene(engine, github, ci),
    async stop() {
      await engine.stop();
      await github.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function mergingScene(engine: EngineUnderTest, github: GithubUnderTest, ci: CheckTrials) {
  const { control, codeHost } = github;
  const { client } = engine;

  const place = (repository: RepositoryKey, base = 'main') => {
    const id = repositoryWorkflowId('merge-queue', repository, base);
    const handle = client.workflow.getHandle(id);
    const view = () => handle.query<MergeView>(queryNames.readMergeQueue);
    return {
      ...{ id, handle, view },
      is: (ready: (seen: MergeView) => boolean) => until(id, view, ready, 60_000),
      /** As a webhook begins it or wakes it. */
      wake: async () => {
        await client.workflow.signalWithStart(workflowTypes.mergePulls, {
          ...{ workflowId: id, taskQueue: taskQueues.workflows },
          args: [{ repository, base, dryRun: false }],
          ...{ signal: signalNames.repositoryEvent, signalArgs: [{ kind: 'pull' }] },
        });
      },
      dryRun: (): Promise<MergeResult> =>
        client.workflow.execute(workflowTypes.mergePulls, {
          ...{ workflowId: `${id}:plan-${++count}`, taskQueue: taskQueues.workflows },
          args: [{ repository, base, dryRun: true }],
        }),
      result: (): Promise<MergeResult> => handle.result(),
    };
  };

  return {
    ...{ engine, github, control, place, ci },
    /** Requests that changed something; tokens are only how one is let in. */
    effects: () =>
      control
        .writes()
        .filter(({ operation }) => operation !== 'apps/create-installation-access-token'),
    /** With that policy in its own `sluice.yaml`, whose `build` is required on `main`. */
    async repository(merge: object): Promise<RepositoryKey> {
      const repository = { owner: 'acme', name: `merging-${++count}` };
      const policy = JSON.stringify({ repository: { merge } });
      await control.createRepository({ ...repository, isOrganization: true });
      await control.commit(repository, { branch: 'main', files: { 'sluice.yaml': policy } });
      control.protect(repository, 'main', {
        checks: { strict: false, checks: [{ context: 'build', app_id: null }] },
      });
      return repository;
    },
    /** Labelled; `build` has ended so on its head, or runs on for null. */
    async pull(
      repository: RepositoryKey,
      files: Readonly<Record<string, string>>,
      conclusion: string | null = 'success',
      labels: readonly string[] = ['automerge'],
    ): Promise<AskedPull> {
      const branch = `work-${++count}`;
      const head = await control.commit(repository, { branch, files, author: 'ann' });
      const { number } = await control.createPull(repository, {
        ...{ title: `feat: ${branch}`, head: branch, as: 'ann' },
      });
      await control.label(repository, number, labels, 'ann');
      await control.setCheck(repository, { sha: head, name: 'build', conclusion });
      return { number, head, branch };
    },
    fileAt: (repository: RepositoryKey, path: string) =>
      codeHost.contents.readFile(repository, path, 'main'),
    /** Commits on `main` since the policy's, newest first: their first lines. */
    async subjects(repository: RepositoryKey): Promise<readonly string[]> {
      const { git } = control.repository(repository);
      const tip = control.readRef(repository, 'refs/heads/main') ?? '';
      const subjects: string[] = [];
      for (let sha: string | undefined = tip; sha; ) {
        const commit = await git.commit(sha);
        subjects.push(commit?.message.split('\n')[0] ?? '');
        sha = commit?.parents[0];
      }
      return subjects.slice(0, -2);
    },
  };
}

/** Mirrors of the stand-in's own repositories, in a folder. */
export function createMirrors(
  github: GithubUnderTest,
  ci: CheckTrials,
  folder: string,
): MergeTrees {
  return watched(
    github,
    ci,
    createMergeTrees(
      createBareMirrors({
        ...{ folder, accessTo: async () => ({}) },
        gitIn: (home) => createGit({ program: 'git', folder: home, environment: process.env }),
        urlOf: (repository) => github.control.repository(repository).git.folder,
      }),
    ),
  );
}

export interface CheckTrials {
  /** As a CI would, by the pull requests in them; null leaves the check running. */
  judge: (numbers: readonly number[]) => string | null;
  /** Pull requests of every trial so far. */
  readonly trials: (readonly number[])[];
  onTrial: (repository: RepositoryKey) => Promise<void>;
}

/** What is pushed past its API the stand-in must be told of; then the CI judges it. */
function watched({ control }: GithubUnderTest, ci: CheckTrials, trees: MergeTrees): MergeTrees {
  return {
    ...trees,
    async pushTrial(repository, trial) {
      const made = await trees.pushTrial(repository, trial);
      await control.repository(repository).git.reload();
      if (made === null || made.isHead) return made;
      const numbers = made.merges.flatMap(({ kind, number }) =>
        kind === 'merged' ? [number] : [],
      );
      ci.trials.push(numbers);
      const conclusion = ci.judge(numbers);
      await control.setCheck(repository, { sha: made.sha, name: 'build', conclusion });
      await ci.onTrial(repository);
      return made;
    },
  };
}

/** Our own sync as a compared tool: the whole engine on a real Temporal server, run by the command that people have. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGitIssueTree } from '../../src/adapters/git/issue-tree.js';
import { createMirrors } from '../../src/adapters/git/mirror.js';
import { createGithubCodeHost } from '../../src/adapters/github/code-host.js';
import { createGithubGitAccess } from '../../src/adapters/github/git-access.js';
import { createGithubIssueTree } from '../../src/adapters/github/issue-tree.js';
import { accessOf } from '../../src/adapters/gitops/git-access.js';
import { createGit } from '../../src/adapters/gitops/git.js';
import { createFileAnswers } from '../../src/adapters/jsonl/file-answers.js';
import type { SyncView } from '../../src/domain/issue-sync/view.js';
import { repositoryWorkflowId } from '../../src/domain/repository/names.js';
import { queryNames, taskQueues, updateNames, workflowTypes } from '../../src/domain/wire-names.js';
import type { CodeHost } from '../../src/ports/code-host/code-host.js';
import type { IssueTree } from '../../src/ports/issue-tree.js';
import { startEngine } from '../support/engine-under-test.js';
import { by, until } from '../support/operator.js';
import { bareBook, policyFile } from '../support/policy-file.js';
import type { ComparedPlace, ToolAtWork, ToolDriver } from './driver.js';
import { sluiceFormat } from './sluice-format.js';

/** Whatever the engine asks of a repository goes to where that repository is now. */
function redirected<T extends object>(current: () => T): T {
  return new Proxy({} as T, { get: (_none, name) => Reflect.get(current(), name) as unknown });
}

export async function createSluiceDriver(): Promise<ToolDriver> {
  let at: { readonly host: CodeHost; readonly git: IssueTree; readonly api: IssueTree } | null =
    null;
  const now = () => {
    if (at === null) throw new Error('it is not at work');
    return at;
  };
  const engine = await startEngine({
    repositories: {
      codeHost: redirected(() => now().host),
      policies: bareBook,
      issueTree: redirected(() => now().git),
      issueTreeOverApi: redirected(() => now().api),
    },
  });
  const { workflow } = engine.client;
  return {
    name: 'Sluice',
    version: 'this commit',
    async begin(place) {
      const folder = await mkdtemp(join(tmpdir(), 'compared-'));
      at = connect(place, folder);
      return await atWork(place, workflow, folder);
    },
    stop: () => engine.stop(),
  };
}

/** As a worker is connected (workers/adapters.ts). */
function connect({ apiUrl: url, cloneUrl, token }: ComparedPlace, folder: string) {
  const identity = { kind: 'token', readToken: async () => token } as const;
  const access = { url, identity, timeoutMs: 60_000, settleMs: 20 };
  const gitAccess = createGithubGitAccess({ ...access, url: new URL(cloneUrl).origin });
  const mirrors = createMirrors({
    ...{ folder: join(folder, 'mirrors'), urlOf: gitAccess.urlOf },
    gitIn: (home) => createGit({ program: 'git', folder: home, environment: process.env }),
    accessTo: (repository) =>
      accessOf({
        ...{ url: gitAccess.urlOf(repository), branch: 'HEAD' },
        authorization: () => gitAccess.authorization(repository),
      }),
  });
  return {
    host: createGithubCodeHost({ ...access, answers: createFileAnswers({ folder }) }),
    git: createGitIssueTree(mirrors),
    api: createGithubIssueTree(access),
  };
}

async function atWork(
  { repository, control }: ComparedPlace,
  workflow: Awaited<ReturnType<typeof startEngine>>['client']['workflow'],
  folder: string,
): Promise<ToolAtWork> {
  const id = repositoryWorkflowId('issue-sync', repository);
  const handle = workflow.getHandle(id);
  const sync = { firstPass: 'go', every: '1d', fullEvery: '1d' };
  const policy = policyFile(`sync: ${JSON.stringify(sync)}`);
  await control.commit(repository, { branch: 'main', files: { 'sluice.yaml': policy } });
  let hasBegun = false;
  const view = () => handle.query<SyncView>(queryNames.readSync);
  const { git } = control.repository(repository);
  const paths = async (ref: string): Promise<readonly string[]> => {
    const bare = createGit({ program: 'git', folder: git.folder, environment: process.env });
    const told = await bare.run(['ls-tree', '-r', '-z', '--name-only', ref, 'issues/']);
    return told.split('\0').filter((path) => path.endsWith('.md'));
  };
  const read = async (ref: string) => {
    const texts = new Map<string, string>();
    const head = git.refs().get(ref) ?? '';
    for (const path of await paths(head)) {
      texts.set(path, (await git.objects.read(`${head}:${path}`))?.content.toString('utf8') ?? '');
    }
    return texts;
  };
  return {
    format: sluiceFormat,
    async run() {
      if (hasBegun) {
        await handle.executeUpdate(updateNames.syncNow, { args: [{ ...by, full: true }] });
      } else {
        hasBegun = true;
        await workflow.start(workflowTypes.syncIssues, {
          ...{ workflowId: id, taskQueue: taskQueues.workflows },
          args: [{ repository, dryRun: false }],
        });
      }
      await until(id, view, ({ phase }) => phase === 'resting' || phase === 'held', 120_000);
    },
    files: () => read('refs/heads/main'),
    write: async (files) => void (await control.commit(repository, { branch: 'main', files })),
    async asked() {
      const { waits } = await view();
      return waits.flatMap(({ number }) => number ?? []);
    },
    async elsewhere() {
      const branches = [...git.refs().keys()].filter((ref) => ref.startsWith('refs/heads/sync/'));
      const texts = await Promise.all(branches.map(read));
      return texts.flatMap((each) => [...each.values()]);
    },
    async stop() {
      if (hasBegun) await handle.terminate('the case is over');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

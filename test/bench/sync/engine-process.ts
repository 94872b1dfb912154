/** The engine in a process of its own, so that what is measured of it holds nothing of the stand-in: told by messages. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGitIssueTree } from '../../../src/adapters/git/issue-tree.js';
import { createMirrors } from '../../../src/adapters/git/mirror.js';
import { createGithubCodeHost } from '../../../src/adapters/github/code-host.js';
import { createGithubGitAccess } from '../../../src/adapters/github/git-access.js';
import { createGithubIssueTree } from '../../../src/adapters/github/issue-tree.js';
import { accessOf } from '../../../src/adapters/gitops/git-access.js';
import { createGit } from '../../../src/adapters/gitops/git.js';
import { createFileAnswers } from '../../../src/adapters/jsonl/file-answers.js';
import type { SyncView } from '../../../src/domain/issue-sync/view.js';
import { type RepositoryKey, repositoryWorkflowId } from '../../../src/domain/repository/names.js';
import {
  queryNames,
  taskQueues,
  updateNames,
  workflowTypes,
} from '../../../src/domain/wire-names.js';
import { serveApi, webhookSecret } from '../../support/api-under-test.js';
import { startEngine } from '../../support/engine-under-test.js';
import { by } from '../../support/operator.js';
import { bareBook } from '../../support/policy-file.js';
import { answerCalls } from '../child.js';

export interface Place {
  readonly url: string;
  readonly appId: number;
  readonly privateKey: string;
}

/** What a pass took of this process; git runs beside it. */
export interface Taken {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Greatest resident memory while it lasted, and when it began. */
  readonly peakMiB: number;
  readonly beforeMiB: number;
  readonly view: SyncView;
}

const patienceMs = 1_200_000;
const sampleMs = 20;
const lookEveryMs = 200;

export async function startEngineAt({ url, appId, privateKey }: Place) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-sync-'));
  const identity = { kind: 'app', id: appId, readPrivateKey: async () => privateKey } as const;
  const access = { url, identity, timeoutMs: 60_000, settleMs: 20 };
  const gitAccess = createGithubGitAccess(access);
  const mirrors = createMirrors({
    ...{ folder: join(folder, 'mirrors'), urlOf: gitAccess.urlOf },
    gitIn: (home) => createGit({ program: 'git', folder: home, environment: process.env }),
    accessTo: (place) =>
      accessOf({
        ...{ url: gitAccess.urlOf(place), branch: 'HEAD' },
        authorization: () => gitAccess.authorization(place),
      }),
  });
  const engine = await startEngine({
    repositories: {
      codeHost: createGithubCodeHost({ ...access, answers: createFileAnswers({ folder }) }),
      policies: bareBook,
      issueTree: createGitIssueTree(mirrors),
      issueTreeOverApi: createGithubIssueTree(access),
    },
  });
  const api = await serveApi(engine.client, { webhookSecrets: async () => [webhookSecret] });
  const { workflow } = engine.client;
  const handleOf = (key: RepositoryKey) =>
    workflow.getHandle(repositoryWorkflowId('issue-sync', key));

  async function lookedAt(key: RepositoryKey): Promise<SyncView> {
    const endsAt = performance.now() + patienceMs;
    for (;;) {
      const view = await handleOf(key).query<SyncView>(queryNames.readSync);
      if (view.phase === 'resting' || view.phase === 'held') return view;
      if (performance.now() > endsAt) throw new Error(`it still is ${view.phase}: ${view.reason}`);
      // Looks cost what is measured here.
      await sleep(lookEveryMs);
    }
  }

  async function measured(key: RepositoryKey, begin: () => Promise<unknown>): Promise<Taken> {
    global.gc?.();
    const mib = () => process.memoryUsage().rss / 2 ** 20;
    const beforeMiB = mib();
    let peakMiB = beforeMiB;
    const sampling = setInterval(() => {
      peakMiB = Math.max(peakMiB, mib());
    }, sampleMs);
    const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
    await begin();
    const view = await lookedAt(key);
    clearInterval(sampling);
    const { user, system } = process.cpuUsage(cpu);
    if (view.trouble !== null) throw new Error(view.trouble);
    if (view.phase === 'held') throw new Error(`held: ${view.reason}`);
    const seconds = (performance.now() - startedAt) / 1000;
    return { seconds, cpuSeconds: (user + system) / 1e6, peakMiB, beforeMiB, view };
  }

  return {
    hookUrl: () => Promise.resolve(`${api.url}/v1/webhooks/github`),
    /** The first pass, with which the sync of a repository begins. */
    begin: (key: RepositoryKey) =>
      measured(key, () =>
        workflow.start(workflowTypes.syncIssues, {
          ...{ workflowId: repositoryWorkflowId('issue-sync', key) },
          ...{ taskQueue: taskQueues.workflows, args: [{ repository: key, dryRun: false }] },
        }),
      ),
    /** As a person asks for it. */
    pass: (key: RepositoryKey, isFull: boolean) =>
      measured(key, () =>
        handleOf(key).executeUpdate(updateNames.syncNow, { args: [{ ...by, full: isFull }] }),
      ),
    view: (key: RepositoryKey) => handleOf(key).query<SyncView>(queryNames.readSync),
    async stop() {
      await api.stop();
      await engine.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type EngineCalls = Awaited<ReturnType<typeof startEngineAt>>;

answerCalls(startEngineAt);

/** Checks of pull requests from end to end: a GitHub of our own, its webhooks at the API, the engine on a real Temporal server. */
import type { RepositoryKey } from '../../src/domain/repository/names.js';
import { repositoryWorkflowId } from '../../src/domain/repository/names.js';
import type { PullChecksView } from '../../src/domain/pull-check/view.js';
import type { PullAction, PullEvent, RepositoryEvent } from '../../src/domain/webhook/event.js';
import { createPolicyBook } from '../../src/config/policy-book.js';
import { taskQueues, workflowTypes } from '../../src/domain/wire-names.js';
import { editItem, removeLabel } from '../../src/github-standin/acts/items.js';
import { createMemoryLedger } from '../../src/adapters/memory/ledger.js';
import type { checkPull } from '../../src/workflows/repository/check-pull-workflow.js';
import { repositoryEventSignal } from '../../src/workflows/repository/repository-signal.js';
import { readPullChecksQuery } from '../../src/workflows/repository/check-pull-messages.js';
import type { RolloutMetrics } from '../../src/workers/rollout-metrics.js';
import { type ApiUnderTest, serveApi, webhookSecret } from './api-under-test.js';
import { type EngineUnderTest, startEngine } from './engine-under-test.js';
import { type GithubUnderTest, startGithub } from './github.js';
import { until } from './operator.js';

export interface RunSeen {
  readonly name: string;
  readonly conclusion: string | null;
  readonly externalId: string;
  readonly summary: string;
  readonly title: string;
  readonly annotations: readonly Readonly<Record<string, unknown>>[];
}

export interface PullChecksUnderTest {
  readonly github: GithubUnderTest;
  readonly engine: EngineUnderTest;
  readonly api: ApiUnderTest;
  readonly ledger: ReturnType<typeof createMemoryLedger>;
  /** Webhooks go to the API from here on. */
  hook(): void;
  /** A branch with files and a pull request of it. @returns its number and head */
  open(pull: {
    readonly title: string;
    readonly body?: string;
    readonly branch: string;
    readonly files?: Readonly<Record<string, string>>;
    readonly message?: string;
    readonly isDraft?: boolean;
  }): Promise<{ readonly number: number; readonly sha: string }>;
  push(branch: string, files: Readonly<Record<string, string>>): Promise<string>;
  edit(number: number, change: { readonly title?: string; readonly body?: string }): Promise<void>;
  unlabel(number: number, label: string): Promise<void>;
  /** As the stand-in holds them. */
  runs(sha: string): readonly RunSeen[];
  comments(number: number): readonly string[];
  labels(number: number): readonly string[];
  /** Told of it as the router tells; begun where it does not live. */
  tell(number: number, action: PullAction, more?: Partial<PullEvent>): Promise<void>;
  send(number: number, event: RepositoryEvent): Promise<void>;
  /** Waits until nothing is under way. */
  rest(number: number, passes?: number): Promise<PullChecksView>;
  dryRun(number: number): Promise<PullChecksView>;
  stop(): Promise<void>;
}

export const repository: RepositoryKey = { owner: 'acme', name: 'shop' };

export async function startPullChecks(
  options: {
    readonly metrics?: RolloutMetrics;
    readonly defaults?: unknown;
    readonly maxCachedWorkflows?: number;
  } = {},
): Promise<PullChecksUnderTest> {
  const github = await startGithub();
  const { control } = github;
  const ledger = createMemoryLedger();
  const policies = createPolicyBook({
    file: 'server.yaml',
    repository: options.defaults ?? { pulls: {} },
  });
  const engine = await startEngine({
    ledger,
    repositories: { codeHost: github.codeHost, policies },
    ...(options.metrics && { metrics: options.metrics }),
    ...(options.maxCachedWorkflows === undefined
      ? {}
      : { maxCachedWorkflows: options.maxCachedWorkflows }),
  });
  const api = await serveApi(engine.client, { webhookSecrets: async () => [webhookSecret] });
  const id = (number: number): string => repositoryWorkflowId('pull', repository, number);
  let delivery = 0;

  const send = async (number: number, event: RepositoryEvent): Promise<void> => {
    await engine.client.workflow.signalWithStart<typeof checkPull, [RepositoryEvent]>(
      workflowTypes.checkPull,
      {
        ...{ workflowId: id(number), taskQueue: taskQueues.workflows },
        args: [{ repository, number, dryRun: false }],
        signal: repositoryEventSignal,
        signalArgs: [event],
      },
    );
  };

  return {
    ...{ github, engine, api, ledger },
    hook: () =>
      void control.addHook(repository, {
        url: `${api.url}/v1/webhooks/github`,
        secret: webhookSecret,
      }),
    async open({ title, body = '', branch, files, message, isDraft = false }) {
      const sha = await control.commit(repository, {
        ...{ branch, from: 'main', author: 'ann', message: message ?? title },
        files: files ?? { [`src/${branch.replaceAll('/', '-')}.ts`]: 'export {};\n' },
      });
      const head = branch;
      const { number } = await control.createPull(repository, {
        ...{ title, body, head, isDraft, as: 'ann' },
      });
      return { number, sha };
    },
    push: (branch, files) =>
      control.commit(repository, { branch, from: branch, files, author: 'ann' }),
    edit: (number, change) =>
      control.world.inOrder(async () => {
        editItem(control.scene(repository, 'ann'), control.item(repository, number), change);
      }),
    unlabel: (number, label) =>
      control.world.inOrder(async () => {
        removeLabel(control.scene(repository, 'ann'), control.item(repository, number), label);
      }),
    runs: (sha) =>
      control
        .repository(repository)
        .checkRuns.filter((run) => run.sha === sha)
        .map(({ name, conclusion, externalId, output, annotations }) => ({
          ...{ name, conclusion, externalId, annotations },
          ...{ summary: output.summary ?? '', title: output.title ?? '' },
        }))
        .toSorted((a, b) => a.name.localeCompare(b.name)),
    comments: (number) => control.item(repository, number).comments.map(({ body }) => body),
    labels: (number) => control.item(repository, number).labels.toSorted(),
    send,
    async tell(number, action, more = {}) {
      const item = control.item(repository, number);
      delivery += 1;
      await send(number, {
        ...{ kind: 'pull', repository, number, action, title: item.title, mergeSha: null },
        ...{ actor: { login: 'ann', kind: 'person' }, author: { login: 'ann', kind: 'person' } },
        ...{ atMs: item.updatedAtMs, delivery: `test-${delivery}` },
        ...{ state: item.state, isMerged: false, isDraft: item.pull?.isDraft ?? false },
        head: { ref: item.pull?.headRef ?? '', sha: item.pull?.headSha ?? '', repository },
        base: { ref: 'main', sha: item.pull?.baseSha ?? '' },
        ...{ labels: item.labels, label: null, previousBase: null },
        ...more,
      });
    },
    rest: (number, passes = 1) =>
      until(
        `#${number} is told`,
        () => engine.client.workflow.getHandle(id(number)).query(readPullChecksQuery),
        (view) => view.passes >= passes && view.stage !== 'checking',
      ),
    dryRun: (number) =>
      engine.client.workflow.execute<typeof checkPull>(workflowTypes.checkPull, {
        ...{ workflowId: `preview:${id(number)}:${Date.now()}`, taskQueue: taskQueues.workflows },
        args: [{ repository, number, dryRun: true }],
      }),
    async stop() {
      await api.stop();
      await engine.stop();
      await github.stop();
    },
  };
}

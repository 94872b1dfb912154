/** The whole way of a webhook: a GitHub, the edge, the engine; and a policy in the repository itself. */
import type { ScheduleDescription } from '@temporalio/client';
import { createReleaseDesk } from '../../src/adapters/temporal/temporal-releases.js';
import { ensureRedelivery, ensureSweep } from '../../src/adapters/temporal/repository-schedules.js';
import { type ApiLimits, defaultLimits } from '../../src/api/limits.js';
import { createPolicyBook } from '../../src/config/policy-book.js';
import type { RepositoryKey } from '../../src/domain/repository/names.js';
import { type ApiUnderTest, serveApi, webhookSecret } from './api-under-test.js';
import { aRelease, anEnvironment } from './builders.js';
import { type EngineUnderTest, startEngine } from './engine-under-test.js';
import { type GithubUnderTest, startGithub } from './github.js';
import { until } from './operator.js';

export interface KeptRepository {
  readonly engine: EngineUnderTest;
  readonly api: ApiUnderTest;
  readonly github: GithubUnderTest;
  readonly repository: RepositoryKey;
  /** One pass of the schedule of sweeps. @returns what it found */
  sweep<Result>(): Promise<Result>;
  /** One pass of the schedule of redeliveries. */
  redeliver<Result>(): Promise<Result>;
  /** One pass of any schedule. */
  pass<Result>(scheduleId: string): Promise<Result>;
  /** Ids of all workflows of a type that ever ran. */
  idsOf(workflowType: string): Promise<readonly string[]>;
  /** Until nothing is sent and no delivery is under way. */
  quiet(): Promise<void>;
  stop(): Promise<void>;
}

export async function keepRepository(
  policy: string,
  limits: Partial<ApiLimits> = {},
): Promise<KeptRepository> {
  const hook = { url: 'http://127.0.0.1:1/', secret: webhookSecret };
  const github = await startGithub({ hook });
  const { repository, control } = github;
  const policies = createPolicyBook({ file: '/etc/sluice.yaml', repository: null });
  const { codeHost, issueTree, issueTreeOverApi } = github;
  const engine = await startEngine({
    repositories: { codeHost, policies, issueTree, issueTreeOverApi },
  });
  const { client } = engine;
  Object.assign(engine.ports, {
    releases: createReleaseDesk({
      client,
      resolvePipeline: async () =>
        aRelease('checkout', '1.0.0', [anEnvironment('production')]).pipeline,
      repositoryOf: async (service) => (service === 'checkout' ? 'acme/shop' : null),
    }),
  });
  const api = await serveApi(client, {
    limits: { ...defaultLimits, deliveryMs: 8_000, ...limits },
  });
  const config = control.world.apps.get(github.app.id)?.hook?.config;
  Object.assign(config ?? {}, { url: `${api.url}/v1/webhooks/github` });
  await control.commit(repository, { branch: 'main', files: { 'sluice.yaml': policy } });

  const passOf = async <Result>(scheduleId: string): Promise<Result> => {
    const handle = client.schedule.getHandle(scheduleId);
    const second = () => new Date().toISOString().slice(0, 19);
    // The workflow's id ends with the second, and two of one second would be one.
    const isPast = ({ info }: ScheduleDescription) =>
      info.runningActions.length === 0 &&
      !info.recentActions.some(({ takenAt }) => takenAt.toISOString().startsWith(second()));
    const { info } = await until('another second', () => handle.describe(), isPast);
    await handle.trigger();
    const seen = await until(
      `a pass of ${scheduleId}`,
      () => handle.describe(),
      (now) => now.info.numActionsTaken > info.numActionsTaken,
    );
    const { workflow } = seen.info.recentActions.at(-1)?.action ?? {};
    return (await client.workflow.getHandle(workflow?.workflowId ?? '').result()) as Result;
  };
  const idsOf = async (workflowType: string) => {
    const ids: string[] = [];
    const query = `WorkflowType = '${workflowType}'`;
    for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
    return ids.sort();
  };
  const quiet = async () => {
    await control.settle();
    const query = `WorkflowType = 'routeDelivery' AND ExecutionStatus = 'Running'`;
    await until(
      'deliveries are handed on',
      () => client.workflow.count(query),
      ({ count }) => count === 0,
      60_000,
    );
  };
  return {
    ...{ engine, api, github, repository, idsOf, quiet, pass: passOf },
    async sweep<Result>() {
      await ensureSweep(client, repository);
      return passOf<Result>('repository-sweep:acme/shop');
    },
    async redeliver<Result>() {
      await ensureRedelivery(client);
      return passOf<Result>('redeliver-webhooks');
    },
    async stop() {
      await control.settle();
      await api.stop();
      await engine.stop();
      await github.stop();
    },
  };
}

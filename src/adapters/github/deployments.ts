/** Deployments and protection rules of environments at GitHub. */
import type { RestEndpointMethodTypes as Rest } from '@octokit/rest';
import { Failure } from '../../domain/failures.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { Deployment } from '../../domain/repository/shapes.js';
import type { Deployments } from '../../ports/code-host/deployments.js';
import { type GithubClient, sendOnce } from './client.js';
import { place } from './items.js';
import { readAll } from './pages.js';

type DeploymentAnswer = Rest['repos']['listDeployments']['response']['data'][number];

const longestDescription = 140;

export function createGithubDeployments(client: GithubClient): Deployments {
  const writing = (repository: RepositoryKey) => client.as(repository, 'writeDeployments');

  return {
    async createDeployment(repository, deployment) {
      const { key, facts, sha, environment, description, isProduction } = deployment;
      const octokit = writing(repository);
      const { listDeployments, createDeployment } = octokit.rest.repos;
      const find = async (): Promise<Deployment | null> => {
        const query = { ...place(repository), sha, environment };
        const found = await readAll(octokit, listDeployments, query, (page) => page);
        return found.map(toDeployment).find(({ payload }) => payload['key'] === key) ?? null;
      };
      const earlier = await find();
      if (earlier !== null) return earlier;
      return sendOnce(async () => {
        const { data } = await createDeployment({
          ...{ ...place(repository), ref: sha, environment, payload: { ...facts, key } },
          description: description.slice(0, longestDescription),
          // Our own gates have judged already; neither are checks waited for nor is anything merged.
          ...{ required_contexts: [], auto_merge: false },
          production_environment: isProduction,
        });
        if ('id' in data) return toDeployment(data);
        throw new Failure('Conflict', data.message ?? 'GitHub did not make the deployment', {
          where: environment,
        });
      }, find);
    },

    async setState(repository, id, { state, description, logUrl, environmentUrl }) {
      const octokit = writing(repository);
      const { createDeploymentStatus, listDeploymentStatuses } = octokit.rest.repos;
      const parameters = { ...place(repository), deployment_id: id };
      const text = description.slice(0, longestDescription);
      const isThere = async () => {
        const { data } = await listDeploymentStatuses({ ...parameters, per_page: 100 });
        const newest = data.reduce<(typeof data)[number] | null>(
          (best, one) => (best === null || one.id > best.id ? one : best),
          null,
        );
        const isSo =
          newest?.state === state &&
          newest.description === text &&
          (logUrl === undefined || newest.log_url === logUrl) &&
          (environmentUrl === undefined || newest.environment_url === environmentUrl);
        return isSo ? true : null;
      };
      if (await isThere()) return;
      await sendOnce(async () => {
        await createDeploymentStatus({
          ...{ ...parameters, state, description: text },
          ...(logUrl !== undefined && { log_url: logUrl }),
          ...(environmentUrl !== undefined && { environment_url: environmentUrl }),
        });
        return true as const;
      }, isThere);
    },

    async answerProtectionRule(repository, { runId, environment, state, comment }) {
      const { actions } = client.as(repository, 'answerGates').rest;
      const run = { ...place(repository), run_id: runId };
      const isAnswered = async () => {
        const { data } = await actions.getPendingDeploymentsForRun(run);
        return data.some((one) => one.environment.name === environment) ? null : true;
      };
      try {
        await sendOnce(async () => {
          await actions.reviewCustomGatesForRun({
            ...{ ...run, environment_name: environment, state, comment },
          });
          return true as const;
        }, isAnswered);
      } catch (error) {
        // A second answer is refused, and nothing waits for it.
        const isRefusal = error instanceof Failure && error.code === 'InvalidInput';
        if (!isRefusal || !(await isAnswered())) throw error;
      }
    },
  };
}

function toDeployment(answer: DeploymentAnswer): Deployment {
  const { id, sha, environment, task } = answer;
  return { id, sha, environment, task, payload: payloadOf(answer.payload) };
}

/** It comes back as an object or as the text of one. */
function payloadOf(payload: unknown): Readonly<Record<string, unknown>> {
  if (typeof payload === 'object' && payload !== null) return { ...payload };
  if (typeof payload !== 'string' || payload === '') return {};
  try {
    return payloadOf(JSON.parse(payload) as unknown);
  } catch {
    return {};
  }
}

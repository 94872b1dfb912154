/** What a merge into a branch needs: classic protection and rulesets hold both at once. */
import type { RestEndpointMethodTypes as Rest } from '@octokit/rest';
import { Failure } from '../../domain/failures.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import type { BranchRules } from '../../domain/repository/shapes.js';
import type { GithubClient } from './client.js';
import { place } from './items.js';
import { readAll } from './pages.js';

type RuleAnswer = Rest['repos']['getBranchRules']['response']['data'][number];
type Method = BranchRules['mergeMethods'][number];
type RequiredCheck = BranchRules['requiredChecks'][number];

export async function readBranchRules(
  client: GithubClient,
  repository: RepositoryKey,
  branch: string,
): Promise<BranchRules> {
  const octokit = client.as(repository, 'readRules');
  const parameters = { ...place(repository), branch };
  const { getBranchRules, get } = octokit.rest.repos;
  const [classic, rules, { data: settings }] = await Promise.all([
    readClassic(client, repository, branch),
    readAll(octokit, getBranchRules, parameters, (page) => page),
    get(place(repository)),
  ]);
  const checks = [...(classic?.checks ?? []), ...rules.flatMap(checksOf)];
  const pullRules = rules.flatMap((rule) =>
    rule.type === 'pull_request' && rule.parameters ? [rule.parameters] : [],
  );
  const isLinear =
    classic?.isLinear === true || rules.some(({ type }) => type === 'required_linear_history');
  // Without enough rights GitHub does not tell the settings: what is not allowed it refuses then.
  const methods: readonly (Method | false)[] = [
    settings.allow_merge_commit !== false && !isLinear && 'merge',
    settings.allow_squash_merge !== false && 'squash',
    settings.allow_rebase_merge !== false && 'rebase',
  ];
  const allowed = (method: Method) =>
    pullRules.every(
      ({ allowed_merge_methods: only }) => only === undefined || only.includes(method),
    );
  return {
    requiredChecks: unique(checks),
    requiresUpToDate:
      classic?.isStrict === true ||
      rules.some(
        (rule) =>
          rule.type === 'required_status_checks' &&
          rule.parameters?.strict_required_status_checks_policy === true,
      ),
    requiredApprovals: Math.max(
      classic?.approvals ?? 0,
      ...pullRules.map(({ required_approving_review_count: count }) => count),
    ),
    mergeMethods: methods.filter((method) => method !== false).filter(allowed),
    usesMergeQueue: rules.some(({ type }) => type === 'merge_queue'),
  };
}

async function readClassic(client: GithubClient, repository: RepositoryKey, branch: string) {
  const protection = await readClassicProtection(client, repository, branch);
  if (protection === null) return null;
  const { required_status_checks: status, required_pull_request_reviews: reviews } = protection;
  // Older answers have only the names.
  const named = (status?.contexts ?? []).map((name) => ({ name, appId: null }));
  const checks = status?.checks?.map(({ context, app_id: appId }): RequiredCheck => {
    return { name: context, appId: appId === -1 ? null : (appId ?? null) };
  });
  return {
    checks: checks ?? named,
    isStrict: status?.strict === true,
    approvals: reviews?.required_approving_review_count ?? 0,
    isLinear: protection.required_linear_history?.enabled === true,
  };
}

/** As GitHub answers it; null for a branch without. @throws NotFound when there is no such branch */
export async function readClassicProtection(
  client: GithubClient,
  repository: RepositoryKey,
  branch: string,
) {
  const { repos } = client.as(repository, 'readRules').rest;
  try {
    return (await repos.getBranchProtection({ ...place(repository), branch })).data;
  } catch (error) {
    // The one answer 404 that says more than "not found".
    const isBare = error instanceof Failure && /branch not protected/i.test(error.message);
    if (isBare) return null;
    throw error;
  }
}

function checksOf(rule: RuleAnswer): readonly RequiredCheck[] {
  if (rule.type !== 'required_status_checks') return [];
  return (rule.parameters?.required_status_checks ?? []).map(
    ({ context, integration_id: appId }) => ({ name: context, appId: appId ?? null }),
  );
}

function unique(checks: readonly RequiredCheck[]): readonly RequiredCheck[] {
  return [...new Map(checks.map((check) => [`${check.appId}/${check.name}`, check])).values()];
}

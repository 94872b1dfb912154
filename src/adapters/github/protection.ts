/** Classic branch protection at GitHub, made as it is written without losing what is written nowhere. */
import type { RestEndpointMethodTypes as Rest } from '@octokit/rest';
import type { BranchProtection } from '../../domain/protection/schema.js';
import type { Protection } from '../../ports/code-host/protection.js';
import { readClassicProtection } from './branch-rules.js';
import { type GithubClient, sendOnce } from './client.js';
import { place } from './items.js';

type Answer = Rest['repos']['getBranchProtection']['response']['data'];

export function createGithubProtection(client: GithubClient): Protection {
  return {
    async readProtection(repository, branch) {
      const found = await readClassicProtection(client, repository, branch);
      return found === null ? null : toProtection(found);
    },

    async writeProtection(repository, branch, wanted) {
      const { repos } = client.as(repository, 'writeProtection').rest;
      const parameters = { ...place(repository), branch };
      const read = () => readClassicProtection(client, repository, branch);
      const now = await read();
      if (wanted === null && now === null) return;
      await sendOnce(
        async () => {
          if (wanted === null) await repos.deleteBranchProtection(parameters);
          else await repos.updateBranchProtection({ ...parameters, ...toAnswer(wanted, now) });
          return true as const;
        },
        async () => {
          const found = await read();
          if (found === null || wanted === null) return found === wanted ? true : null;
          return isSame(toProtection(found), wanted) ? true : null;
        },
      );
    },
  };
}

function toProtection(answer: Answer): BranchProtection {
  const { required_status_checks: status, required_pull_request_reviews: reviews } = answer;
  return {
    requiredChecks: status?.checks?.map(({ context }) => context) ?? status?.contexts ?? [],
    requireUpToDate: status?.strict ?? false,
    requiredApprovals: reviews?.required_approving_review_count ?? 0,
    dismissStaleApprovals: reviews?.dismiss_stale_reviews ?? false,
    requireCodeOwners: reviews?.require_code_owner_reviews ?? false,
    requireLinearHistory: answer.required_linear_history?.enabled ?? false,
    requireConversationResolution: answer.required_conversation_resolution?.enabled ?? false,
    enforceForAdmins: answer.enforce_admins?.enabled ?? false,
    allowForcePushes: answer.allow_force_pushes?.enabled ?? false,
    allowDeletions: answer.allow_deletions?.enabled ?? false,
  };
}

/** GitHub replaces all of it, so what we have no word for is sent back as it is. */
function toAnswer(wanted: BranchProtection, now: Answer | null) {
  const apps = new Map(
    now?.required_status_checks?.checks?.map(({ context, app_id: app }) => [context, app]),
  );
  const checks = wanted.requiredChecks.map((context) => {
    const app = apps.get(context);
    return app == null ? { context } : { context, app_id: app };
  });
  const { requiredApprovals, dismissStaleApprovals, requireCodeOwners } = wanted;
  const hasReviews = requiredApprovals > 0 || dismissStaleApprovals || requireCodeOwners;
  const reviews = now?.required_pull_request_reviews;
  const dismissal = reviews?.dismissal_restrictions;
  const bypass = reviews?.bypass_pull_request_allowances;
  return {
    required_status_checks:
      checks.length > 0 || wanted.requireUpToDate
        ? // Its older list of names is still demanded, and means nothing beside the other.
          { strict: wanted.requireUpToDate, contexts: [], checks }
        : null,
    enforce_admins: wanted.enforceForAdmins,
    required_pull_request_reviews: hasReviews
      ? {
          required_approving_review_count: requiredApprovals,
          dismiss_stale_reviews: dismissStaleApprovals,
          require_code_owner_reviews: requireCodeOwners,
          ...(reviews?.require_last_push_approval && { require_last_push_approval: true }),
          ...(dismissal && { dismissal_restrictions: whoOf(dismissal) }),
          ...(bypass && { bypass_pull_request_allowances: whoOf(bypass) }),
        }
      : null,
    restrictions: now?.restrictions ? whoOf(now.restrictions) : null,
    required_linear_history: wanted.requireLinearHistory,
    allow_force_pushes: wanted.allowForcePushes,
    allow_deletions: wanted.allowDeletions,
    required_conversation_resolution: wanted.requireConversationResolution,
    ...(now?.block_creations?.enabled && { block_creations: true }),
    ...(now?.lock_branch?.enabled && { lock_branch: true }),
    ...(now?.allow_fork_syncing?.enabled && { allow_fork_syncing: true }),
  };
}

function whoOf(answer: {
  readonly users?: readonly { readonly login?: string }[];
  readonly teams?: readonly { readonly slug?: string }[];
  readonly apps?: readonly ({ readonly slug?: string } | null)[];
}) {
  const named = (names: readonly (string | undefined)[]) =>
    names.filter((name) => name !== undefined);
  return {
    users: named((answer.users ?? []).map(({ login }) => login)),
    teams: named((answer.teams ?? []).map(({ slug }) => slug)),
    apps: named((answer.apps ?? []).map((app) => app?.slug)),
  };
}

/** @param found has all that we have words for */
function isSame(found: BranchProtection, wanted: BranchProtection): boolean {
  const names = Object.keys(found) as (keyof BranchProtection)[];
  return names.every((name) => sorted(found[name]) === sorted(wanted[name]));
}

function sorted(value: BranchProtection[keyof BranchProtection]): string {
  return JSON.stringify(Array.isArray(value) ? [...value].sort() : value);
}

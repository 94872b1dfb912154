/** Classic protection and rulesets as REST shows them. */
import { timeText } from '../clock.js';
import { nodeId } from '../node-id.js';
import type { ClassicProtection, Repository, Ruleset } from '../state.js';
import type { World } from '../world.js';
import { apiUrl, htmlUrl } from './repository.js';

/** The short form that branches carry. */
export function showBranchProtection(classic: ClassicProtection | null) {
  return {
    enabled: classic !== null,
    required_status_checks: {
      enforcement_level: enforcementOf(classic),
      contexts: classic?.checks?.checks.map(({ context }) => context) ?? [],
      checks: classic?.checks?.checks ?? [],
    },
  };
}

function enforcementOf(classic: ClassicProtection | null): string {
  if (classic === null || classic.checks === null) return 'off';
  return classic.enforceAdmins ? 'everyone' : 'non_admins';
}

/** The answer of GET and PUT protection. */
export function showProtection(
  world: World,
  repository: Repository,
  branch: string,
  one: ClassicProtection,
) {
  const url = `${apiUrl(world, repository)}/branches/${encodeURIComponent(branch)}/protection`;
  return {
    url,
    ...(one.checks === null
      ? {}
      : {
          required_status_checks: {
            url: `${url}/required_status_checks`,
            strict: one.checks.strict,
            contexts_url: `${url}/required_status_checks/contexts`,
            contexts: one.checks.checks.map(({ context }) => context),
            checks: one.checks.checks,
          },
        }),
    ...(one.reviews === null
      ? {}
      : {
          required_pull_request_reviews: {
            url: `${url}/required_pull_request_reviews`,
            dismiss_stale_reviews: one.reviews.dismissStale,
            require_code_owner_reviews: one.reviews.codeOwners,
            require_last_push_approval: one.reviews.lastPush,
            required_approving_review_count: one.reviews.count,
          },
        }),
    ...(one.restrictions === null ? {} : { restrictions: showRestrictions(url, one.restrictions) }),
    required_signatures: { url: `${url}/required_signatures`, enabled: one.signatures },
    enforce_admins: { url: `${url}/enforce_admins`, enabled: one.enforceAdmins },
    required_linear_history: { enabled: one.linearHistory },
    allow_force_pushes: { enabled: one.allowForcePushes },
    allow_deletions: { enabled: one.allowDeletions },
    block_creations: { enabled: one.blockCreations },
    required_conversation_resolution: { enabled: one.conversationResolution },
    lock_branch: { enabled: one.lockBranch },
    allow_fork_syncing: { enabled: one.allowForkSyncing },
  };
}

function showRestrictions(url: string, one: NonNullable<ClassicProtection['restrictions']>) {
  return {
    url: `${url}/restrictions`,
    users_url: `${url}/restrictions/users`,
    teams_url: `${url}/restrictions/teams`,
    apps_url: `${url}/restrictions/apps`,
    users: one.users.map((login) => ({ login })),
    teams: [],
    apps: [],
  };
}

export function showRuleset(world: World, repository: Repository, one: Ruleset, isWhole: boolean) {
  const own = `${apiUrl(world, repository)}/rulesets/${one.id}`;
  return {
    id: one.id,
    name: one.name,
    target: one.target,
    source_type: 'Repository',
    source: `${repository.owner.login}/${repository.name}`,
    enforcement: one.enforcement,
    node_id: nodeId('RRS', repository.id, one.id),
    _links: {
      self: { href: own },
      html: { href: `${htmlUrl(world, repository)}/rules/${one.id}` },
    },
    created_at: timeText(one.createdAtMs),
    updated_at: timeText(one.updatedAtMs),
    ...(isWhole
      ? {
          bypass_actors: one.bypassActors,
          current_user_can_bypass: 'never',
          conditions: {
            ref_name: {
              include: one.conditions.ref_name?.include ?? [],
              exclude: one.conditions.ref_name?.exclude ?? [],
            },
          },
          rules: one.rules,
        }
      : {}),
  };
}

/** Classic protection and rulesets as REST shows them. */
import { timeText } from '../clock.js';
import { nodeId } from '../node-id.js';
import type { ClassicProtection, Repository, Ruleset, Who } from '../state.js';
import type { World } from '../world.js';
import { showAccount, showApp } from './account.js';
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
          required_pull_request_reviews: showReviews(world, repository, url, one.reviews),
        }),
    ...(one.restrictions === null
      ? {}
      : { restrictions: showRestrictions(world, repository, url, one.restrictions) }),
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

function showWho(world: World, repository: Repository, who: Who) {
  return {
    users: who.users.map((login) => showAccount(world, world.account(login))),
    teams: who.teams.map((slug) => showTeam(world, repository, slug)),
    apps: who.apps.flatMap((slug) =>
      [...world.apps.values()].filter((app) => app.slug === slug).map((app) => showApp(world, app)),
    ),
  };
}

/** There are no teams here but their names. */
function showTeam(world: World, { owner }: Repository, slug: string) {
  const url = `${world.url}/orgs/${owner.login}/teams/${slug}`;
  return {
    id: owner.id,
    node_id: nodeId('T', owner.id, slug),
    name: slug,
    slug,
    description: null,
    privacy: 'closed',
    notification_setting: 'notifications_enabled',
    permission: 'pull',
    type: 'organization',
    organization_id: owner.id,
    url,
    html_url: url,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    parent: null,
  };
}

function showRestrictions(world: World, repository: Repository, url: string, who: Who) {
  return {
    url: `${url}/restrictions`,
    users_url: `${url}/restrictions/users`,
    teams_url: `${url}/restrictions/teams`,
    apps_url: `${url}/restrictions/apps`,
    ...showWho(world, repository, who),
  };
}

function showReviews(
  world: World,
  repository: Repository,
  url: string,
  reviews: NonNullable<ClassicProtection['reviews']>,
) {
  const own = `${url}/dismissal_restrictions`;
  return {
    url: `${url}/required_pull_request_reviews`,
    dismiss_stale_reviews: reviews.dismissStale,
    require_code_owner_reviews: reviews.codeOwners,
    require_last_push_approval: reviews.lastPush,
    required_approving_review_count: reviews.count,
    ...(reviews.dismissal === null
      ? {}
      : {
          dismissal_restrictions: {
            url: own,
            users_url: `${own}/users`,
            teams_url: `${own}/teams`,
            ...showWho(world, repository, reviews.dismissal),
          },
        }),
    ...(reviews.bypass === null
      ? {}
      : { bypass_pull_request_allowances: showWho(world, repository, reviews.bypass) }),
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

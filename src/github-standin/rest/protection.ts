/** Classic protection of a branch, rulesets, and the rules that meet a branch. */
import { rulesOf } from '../acts/rules.js';
import { tell } from '../acts/hooks.js';
import { notFound, Problem } from '../problem.js';
import { showProtection, showRuleset } from '../present/protection.js';
import type { ClassicProtection, Ruleset, Who } from '../state.js';
import {
  type Call,
  created,
  needed,
  noContent,
  numberParam,
  ok,
  type Operation,
  operation,
  paged,
  text,
} from './call.js';

const repo = '/repos/{owner}/{repo}';
const branch = `${repo}/branches/{+branch}/protection`;

function branchOf(call: Call): string {
  const name = call.params['branch'] ?? '';
  if (!call.repository().git.refs().has(`refs/heads/${name}`)) throw notFound('Branch not found');
  return name;
}

function protectionOf(call: Call): ClassicProtection {
  const found = call.repository().protections.get(branchOf(call));
  if (found === undefined) throw notFound('Branch not protected');
  return found;
}

interface ChecksBody {
  readonly strict: boolean;
  readonly contexts?: readonly string[];
  readonly checks?: readonly { readonly context: string; readonly app_id?: number }[];
}

interface ReviewsBody {
  readonly required_approving_review_count?: number;
  readonly dismiss_stale_reviews?: boolean;
  readonly require_code_owner_reviews?: boolean;
  readonly require_last_push_approval?: boolean;
  readonly dismissal_restrictions?: Partial<Who>;
  readonly bypass_pull_request_allowances?: Partial<Who>;
}

/** Without names there is no restriction. */
function whoOf(given: Partial<Who> | null | undefined): Who | null {
  if (given === null || given === undefined || Object.keys(given).length === 0) return null;
  return { users: given.users ?? [], teams: given.teams ?? [], apps: given.apps ?? [] };
}

const required = [
  'required_status_checks',
  'enforce_admins',
  'required_pull_request_reviews',
  'restrictions',
] as const;

function read(call: Call): ClassicProtection {
  const { body } = call;
  for (const key of required) {
    if (!(key in body)) throw new Problem(422, `Invalid request.\n\n"${key}" wasn't supplied.`);
  }
  const checks = body['required_status_checks'] as ChecksBody | null;
  const reviews = body['required_pull_request_reviews'] as ReviewsBody | null;
  const on = (key: string) => body[key] === true;
  const listed = checks?.checks ?? [];
  const more = (checks?.contexts ?? []).filter(
    (context) => !listed.some((one) => one.context === context),
  );
  return {
    checks:
      checks === null
        ? null
        : {
            strict: checks.strict,
            checks: [
              ...listed.map(({ context, app_id: app }) => ({
                context,
                app_id: app === undefined || app === -1 ? null : app,
              })),
              ...more.map((context) => ({ context, app_id: null })),
            ],
          },
    reviews:
      reviews === null
        ? null
        : {
            count: reviews.required_approving_review_count ?? 1,
            dismissStale: reviews.dismiss_stale_reviews ?? false,
            codeOwners: reviews.require_code_owner_reviews ?? false,
            lastPush: reviews.require_last_push_approval ?? false,
            dismissal: whoOf(reviews.dismissal_restrictions),
            bypass: whoOf(reviews.bypass_pull_request_allowances),
          },
    restrictions: whoOf(body['restrictions'] as Partial<Who> | null),
    enforceAdmins: on('enforce_admins'),
    linearHistory: on('required_linear_history'),
    allowForcePushes: on('allow_force_pushes'),
    allowDeletions: on('allow_deletions'),
    blockCreations: on('block_creations'),
    conversationResolution: on('required_conversation_resolution'),
    lockBranch: on('lock_branch'),
    allowForkSyncing: on('allow_fork_syncing'),
    signatures: false,
  };
}

function rulesetOf(call: Call): Ruleset {
  const found = call.repository().rulesets.get(numberParam(call, 'ruleset_id'));
  if (found === undefined) throw notFound();
  return found;
}

function change(call: Call, one: Ruleset): void {
  const { body } = call;
  one.name = text(call, 'name') ?? one.name;
  one.target = (text(call, 'target') as Ruleset['target'] | undefined) ?? one.target;
  one.enforcement =
    (text(call, 'enforcement') as Ruleset['enforcement'] | undefined) ?? one.enforcement;
  one.conditions = (body['conditions'] as Ruleset['conditions'] | undefined) ?? one.conditions;
  one.rules = (body['rules'] as Ruleset['rules'] | undefined) ?? one.rules;
  one.bypassActors =
    (body['bypass_actors'] as Ruleset['bypassActors'] | undefined) ?? one.bypassActors;
  one.updatedAtMs = call.world.clock.now();
}

const shown = (call: Call, one: Ruleset) => showRuleset(call.world, call.repository(), one, true);

function tellRuleset(call: Call, one: Ruleset, action: string): void {
  const repository_ruleset = shown(call, one);
  const more = action === 'edited' ? { changes: {} } : {};
  tell(call.world, call.repository(), call.actor, 'repository_ruleset', action, {
    repository_ruleset,
    ...more,
  });
}

export const protectionOperations: readonly Operation[] = [
  operation('repos/get-branch-protection', `GET ${branch}`, 'administration:read', (call) =>
    ok(showProtection(call.world, call.repository(), branchOf(call), protectionOf(call))),
  ),
  operation('repos/update-branch-protection', `PUT ${branch}`, 'administration:write', (call) => {
    const next = read(call);
    call.repository().protections.set(branchOf(call), next);
    return ok(showProtection(call.world, call.repository(), branchOf(call), next));
  }),
  operation(
    'repos/delete-branch-protection',
    `DELETE ${branch}`,
    'administration:write',
    (call) => {
      protectionOf(call);
      call.repository().protections.delete(branchOf(call));
      return noContent;
    },
  ),
  operation(
    'repos/get-branch-rules',
    `GET ${repo}/rules/branches/{+branch}`,
    'metadata:read',
    (call) => {
      const { owner, name } = call.repository();
      const rules = rulesOf(call.repository(), `refs/heads/${call.params['branch']}`);
      return paged(call, rules, ({ type, parameters, ruleset }) => ({
        type,
        ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
        ruleset_source_type: 'Repository',
        ruleset_source: `${owner.login}/${name}`,
        ruleset_id: ruleset.id,
      }));
    },
  ),
  operation('repos/get-repo-rulesets', `GET ${repo}/rulesets`, 'metadata:read', (call) =>
    paged(call, [...call.repository().rulesets.values()], (one) =>
      showRuleset(call.world, call.repository(), one, false),
    ),
  ),
  operation(
    'repos/create-repo-ruleset',
    `POST ${repo}/rulesets`,
    'administration:write',
    (call) => {
      const at = call.world.clock.now();
      const one: Ruleset = {
        id: call.world.nextId(),
        name: needed(call, 'name'),
        target: 'branch',
        enforcement: 'active',
        conditions: {},
        rules: [],
        bypassActors: [],
        createdAtMs: at,
        updatedAtMs: at,
      };
      change(call, one);
      call.repository().rulesets.set(one.id, one);
      tellRuleset(call, one, 'created');
      return created(shown(call, one));
    },
  ),
  operation(
    'repos/get-repo-ruleset',
    `GET ${repo}/rulesets/{ruleset_id}`,
    'metadata:read',
    (call) => ok(shown(call, rulesetOf(call))),
  ),
  operation(
    'repos/update-repo-ruleset',
    `PUT ${repo}/rulesets/{ruleset_id}`,
    'administration:write',
    (call) => {
      const one = rulesetOf(call);
      change(call, one);
      tellRuleset(call, one, 'edited');
      return ok(shown(call, one));
    },
  ),
  operation(
    'repos/delete-repo-ruleset',
    `DELETE ${repo}/rulesets/{ruleset_id}`,
    'administration:write',
    (call) => {
      const one = rulesetOf(call);
      call.repository().rulesets.delete(one.id);
      tellRuleset(call, one, 'deleted');
      return noContent;
    },
  ),
];

/** Setting the scene around a commit or a branch: checks, statuses, protection, hooks, waiting runs. */
import { addCheck, addStatus } from './acts/checks.js';
import { tell } from './acts/hooks.js';
import type { Scene } from './acts/items.js';
import { showDeployment } from './present/check.js';
import { apiUrl } from './present/repository.js';
import type { App, CheckRun, ClassicProtection, Deployment, Hook, Ruleset } from './state.js';
import type { World } from './world.js';

export interface RepositoryName {
  readonly owner: string;
  readonly name: string;
}

export interface RulesControl {
  /** A check run by an app of its own; the conclusion null leaves it running. */
  readonly setCheck: (
    name: RepositoryName,
    check: {
      readonly sha: string;
      readonly name: string;
      readonly conclusion: string | null;
      readonly app?: App;
    },
  ) => Promise<CheckRun>;
  readonly setStatus: (
    name: RepositoryName,
    status: {
      readonly sha: string;
      readonly context: string;
      readonly state: 'error' | 'failure' | 'pending' | 'success';
      readonly description?: string;
    },
  ) => Promise<void>;
  /** Classic protection; what is not named is off. Null takes it away. */
  readonly protect: (
    name: RepositoryName,
    branch: string,
    protection: Partial<ClassicProtection> | null,
  ) => void;
  readonly addRuleset: (
    name: RepositoryName,
    ruleset: Pick<Ruleset, 'name' | 'rules'> &
      Partial<Pick<Ruleset, 'conditions' | 'enforcement' | 'target'>>,
  ) => Ruleset;
  readonly addHook: (
    name: RepositoryName,
    hook: { readonly url: string; readonly secret: string; readonly events?: string[] },
  ) => Hook;
  /** A workflow run that asks our app whether it may deploy. @returns its number */
  readonly askProtectionRule: (
    name: RepositoryName,
    run: { readonly environment: string; readonly sha: string; readonly runId?: number },
  ) => Promise<number>;
}

const open: ClassicProtection = {
  checks: null,
  reviews: null,
  restrictions: null,
  enforceAdmins: false,
  linearHistory: false,
  allowForcePushes: false,
  allowDeletions: false,
  blockCreations: false,
  conversationResolution: false,
  lockBranch: false,
  allowForkSyncing: false,
  signatures: false,
};

export function createRulesControl(
  world: World,
  scene: (name: RepositoryName) => Scene,
): RulesControl {
  const ci = new Map<string, App>();
  const ciOf = (owner: string): App => {
    const known = ci.get(owner);
    if (known !== undefined) return known;
    const made: App = {
      id: world.nextId(),
      clientId: 'Iv1.ci',
      slug: 'ci',
      name: 'ci',
      bot: world.account('ci[bot]'),
      owner: world.account(owner),
      publicKey: '',
      permissions: {},
      createdAtMs: world.clock.now(),
      hook: null,
    };
    ci.set(owner, made);
    return made;
  };
  return {
    setCheck: async (name, { sha, conclusion, app, ...check }) =>
      await world.inOrder(async () => {
        const reporter = app ?? ciOf(name.owner);
        const where = { ...scene(name), actor: { ...scene(name).actor, account: reporter.bot } };
        const state = conclusion === null ? { status: 'in_progress' as const } : { conclusion };
        return await addCheck(where, reporter, { name: check.name, sha, ...state });
      }),
    setStatus: async (name, { description, ...status }) =>
      await world.inOrder(async () => {
        await addStatus(scene(name), {
          ...status,
          description: description ?? null,
          targetUrl: null,
        });
      }),
    protect: (name, branch, protection) => {
      const { protections } = scene(name).repository;
      if (protection === null) protections.delete(branch);
      else protections.set(branch, { ...open, ...protection });
    },
    addRuleset: (name, init) => {
      const at = world.clock.now();
      const ruleset: Ruleset = {
        id: world.nextId(),
        target: 'branch',
        enforcement: 'active',
        conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
        bypassActors: [],
        createdAtMs: at,
        updatedAtMs: at,
        ...init,
      };
      scene(name).repository.rulesets.set(ruleset.id, ruleset);
      return ruleset;
    },
    addHook: (name, { url, secret, events = ['*'] }) => {
      const at = world.clock.now();
      const hook: Hook = {
        id: world.nextId(),
        createdAtMs: at,
        updatedAtMs: at,
        active: true,
        events,
        config: { url, content_type: 'json', insecure_ssl: '0', secret },
        deliveries: [],
      };
      scene(name).repository.hooks.set(hook.id, hook);
      return hook;
    },
    askProtectionRule: async (name, { environment, sha, runId = world.nextId() }) => {
      const where = scene(name);
      await world.inOrder(() => {
        askRule(where, environment, sha, runId);
        return Promise.resolve();
      });
      return runId;
    },
  };
}

function askRule(where: Scene, environment: string, sha: string, runId: number): void {
  const { world, repository, actor } = where;
  const at = world.clock.now();
  const deployment: Deployment = {
    id: world.nextId(),
    sha,
    ref: sha,
    task: 'deploy',
    environment,
    description: null,
    payload: {},
    isTransient: false,
    isProduction: environment === 'production',
    creator: actor.account,
    createdAtMs: at,
    updatedAtMs: at,
    statuses: [],
  };
  repository.deployments.set(deployment.id, deployment);
  const run = { id: runId, environment, deployment: deployment.id, answers: [] };
  repository.waitingRuns.set(runId, run);
  tell(world, repository, actor, 'deployment_protection_rule', 'requested', {
    environment,
    event: 'push',
    ref: sha,
    sha,
    deployment_callback_url: `${apiUrl(world, repository)}/actions/runs/${runId}/deployment_protection_rule`,
    deployment: showDeployment(world, repository, deployment),
    pull_requests: [],
  });
}

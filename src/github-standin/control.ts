/** The hand that sets the scene: what tests and the demo do to the stand-in beside its API. */
import { addToken } from './auth.js';
import { commitFiles } from './acts/commits.js';
import { addComment, addLabels, createIssue, type NewItem, type Scene } from './acts/items.js';
import { createPull } from './acts/pulls.js';
import { moveRefs } from './acts/refs.js';
import { releaseHeld } from './acts/hooks.js';
import type { Clock } from './clock.js';
import { createIssuesControl, type IssuesControl } from './control-issues.js';
import { createRulesControl, type RepositoryName, type RulesControl } from './control-rules.js';
import type { Fault, HookFaults, Lag } from './faults.js';
import type { Limits, Meter } from './limits.js';
import { Problem } from './problem.js';
import type { LogEntry } from './server.js';
import type { Account, App, Installation, Item, Repository } from './state.js';
import type { World } from './world.js';

export type Files = Readonly<Record<string, string | Buffer | null>>;

export interface SeedCommit {
  readonly branch: string;
  /** Null deletes. */
  readonly files: Files;
  readonly message?: string;
  /** Login; its address is how commits find their account. Default: the owner. */
  readonly author?: string;
  /** Of author and committer; default: the clock. */
  readonly atMs?: number;
  /** Where a new branch begins: a branch or an id; default: the default branch. */
  readonly from?: string;
}

export interface Control extends RulesControl, IssuesControl {
  readonly world: World;
  readonly clock: Clock;
  readonly now: () => number;
  /** Every request since the start or `clearLog`, oldest first. */
  readonly log: readonly LogEntry[];
  readonly clearLog: () => void;
  /** Requests that changed something, by the port's measure: writes of REST and mutations. */
  readonly writes: () => readonly LogEntry[];
  readonly lag: Lag;
  readonly hookFaults: HookFaults;
  readonly fault: (fault: Fault) => void;
  readonly clearFaults: () => void;
  readonly limits: Limits;
  readonly createToken: (login: string, token?: string) => string;
  readonly createApp: (init: {
    readonly publicKey: string;
    readonly id?: number;
    readonly slug?: string;
    readonly owner: string;
    readonly permissions?: App['permissions'];
    readonly hook?: { readonly url: string; readonly secret: string; readonly events?: string[] };
  }) => { readonly app: App; readonly installation: Installation };
  /** At another owner too; once for each. */
  readonly install: (app: App, owner: string) => Installation;
  readonly createRepository: (init: {
    readonly owner: string;
    readonly name: string;
    readonly defaultBranch?: string;
    readonly files?: Files;
    readonly atMs?: number;
    readonly isOrganization?: boolean;
  }) => Promise<Repository>;
  readonly repository: (name: RepositoryName) => Repository;
  /** @returns SHA of the commit, or of the last of them */
  readonly commit: (name: RepositoryName, ...commits: readonly SeedCommit[]) => Promise<string>;
  /** @param sha null deletes; forced */
  readonly setRef: (name: RepositoryName, ref: string, sha: string | null) => Promise<void>;
  readonly readRef: (name: RepositoryName, ref: string) => string | null;
  /** @param as login of who does it; default: the owner */
  readonly createIssue: (
    name: RepositoryName,
    issue: NewItem & { readonly as?: string; readonly atMs?: number },
  ) => Promise<Item>;
  readonly createPull: (
    name: RepositoryName,
    pull: {
      readonly title: string;
      readonly head: string;
      readonly base?: string;
      readonly body?: string;
      readonly isDraft?: boolean;
      readonly as?: string;
    },
  ) => Promise<Item>;
  readonly comment: (
    name: RepositoryName,
    number: number,
    body: string,
    as?: string,
  ) => Promise<void>;
  readonly label: (
    name: RepositoryName,
    number: number,
    labels: readonly string[],
    as?: string,
  ) => Promise<void>;
  /** A scene for the acts themselves: whatever is not here. */
  readonly scene: (name: RepositoryName, as?: string) => Scene;
  readonly item: (name: RepositoryName, number: number) => Item;
  /** Sends what `hookFaults.reorder` keeps. */
  readonly releaseHooks: () => void;
  /** Waits until all that runs beside the answers has ended. */
  readonly settle: () => Promise<void>;
}

export function createControl(world: World, meter: Meter, log: LogEntry[]): Control {
  const { clock, faults } = world;
  const repository = ({ owner, name }: RepositoryName) => world.repository(owner, name);
  const scene = (name: RepositoryName, as?: string): Scene => {
    const found = repository(name);
    const account = world.account(as ?? found.owner.login);
    return {
      world,
      repository: found,
      actor: { account, app: null, permissions: null, token: `seed ${account.login}` },
    };
  };
  const item = (name: RepositoryName, number: number) => {
    const found = repository(name).items.get(number);
    if (found === undefined) throw new Problem(404, `no item ${number}`);
    return found;
  };
  const commit = async (name: RepositoryName, one: SeedCommit) => {
    const where = scene(name, one.author);
    const { git, defaultBranch } = where.repository;
    const refs = git.refs();
    const from =
      one.from === undefined
        ? (refs.get(`refs/heads/${defaultBranch}`) ?? null)
        : (refs.get(`refs/heads/${one.from}`) ?? one.from);
    const { name: person, email } = where.actor.account;
    return await commitFiles(where, {
      branch: one.branch,
      files: new Map(
        Object.entries(one.files).map(([path, content]) => [
          path,
          typeof content === 'string' ? Buffer.from(content) : content,
        ]),
      ),
      message: one.message ?? `Change ${Object.keys(one.files).join(', ')}`,
      author: { name: person, email, atMs: one.atMs ?? clock.now() },
      from,
    });
  };
  const { inOrder } = world;
  return {
    ...createRulesControl(world, scene),
    ...createIssuesControl(world, scene, item),
    world,
    clock,
    now: clock.now,
    log,
    clearLog: () => {
      log.length = 0;
    },
    writes: () => log.filter(({ isWrite }) => isWrite),
    lag: faults.lag,
    hookFaults: faults.hooks,
    fault: faults.plan,
    clearFaults: faults.clear,
    limits: meter.limits,
    createToken: (login, token = `ghp_${login}_${world.nextId()}`) => {
      addToken(world, login, token);
      return token;
    },
    createApp: (init) => createApp(world, init),
    install: (app, owner) => install(world, app, world.account(owner)),
    createRepository: async (init) =>
      await inOrder(async () => {
        const { owner, name, defaultBranch = 'main', isOrganization = false } = init;
        const made = await world.addRepository({ owner, name, defaultBranch, isOrganization });
        const files = init.files ?? { 'README.md': `# ${name}\n` };
        await commit(init, {
          branch: defaultBranch,
          files,
          message: 'Initial commit',
          ...(init.atMs === undefined ? {} : { atMs: init.atMs }),
        });
        return made;
      }),
    repository,
    commit: async (name, ...commits) =>
      await inOrder(async () => {
        let last = '';
        for (const one of commits) last = await commit(name, one);
        return last;
      }),
    setRef: async (name, ref, sha) =>
      await inOrder(() => moveRefs(scene(name), [{ ref, after: sha, isForced: true }])),
    readRef: (name, ref) => repository(name).git.refs().get(ref) ?? null,
    createIssue: async (name, { as, atMs, ...issue }) =>
      await inOrder(() => {
        const made = createIssue(scene(name, as), issue);
        if (atMs !== undefined) Object.assign(made, { createdAtMs: atMs, updatedAtMs: atMs });
        return Promise.resolve(made);
      }),
    createPull: async (name, { as, base, isDraft = false, ...pull }) =>
      await inOrder(() => {
        const where = scene(name, as);
        return createPull(where, {
          ...pull,
          isDraft,
          base: base ?? where.repository.defaultBranch,
        });
      }),
    comment: async (name, number, body, as) =>
      await inOrder(() => {
        addComment(scene(name, as), item(name, number), body);
        return Promise.resolve();
      }),
    label: async (name, number, labels, as) =>
      await inOrder(() => {
        addLabels(scene(name, as), item(name, number), labels);
        return Promise.resolve();
      }),
    scene,
    item,
    releaseHooks: () => releaseHeld(world),
    settle: async () => {
      while (world.background.size > 0) await Promise.all(world.background);
    },
  };
}

const everything: App['permissions'] = {
  actions: 'write',
  administration: 'write',
  checks: 'write',
  contents: 'write',
  deployments: 'write',
  issues: 'write',
  metadata: 'read',
  pull_requests: 'write',
  repository_hooks: 'write',
  statuses: 'write',
};

function createApp(world: World, init: Parameters<Control['createApp']>[0]) {
  const { publicKey, owner, slug = 'sluice', permissions = everything } = init;
  const at = world.clock.now();
  const id = init.id ?? world.nextId();
  const app: App = {
    id,
    clientId: `Iv1.${id}`,
    slug,
    name: slug,
    bot: world.account(`${slug}[bot]`),
    owner: world.account(owner),
    publicKey,
    permissions,
    createdAtMs: at,
    hook:
      init.hook === undefined
        ? null
        : {
            id: world.nextId(),
            createdAtMs: at,
            updatedAtMs: at,
            active: true,
            events: init.hook.events ?? ['*'],
            config: {
              url: init.hook.url,
              content_type: 'json',
              insecure_ssl: '0',
              secret: init.hook.secret,
            },
            deliveries: [],
          },
  };
  world.apps.set(id, app);
  return { app, installation: install(world, app, app.owner) };
}

function install(world: World, app: App, account: Account): Installation {
  const known = [...world.installations.values()].find(
    (one) => one.app === app && one.account === account,
  );
  if (known !== undefined) return known;
  const made: Installation = {
    id: world.nextId(),
    app,
    account,
    permissions: app.permissions,
    createdAtMs: world.clock.now(),
  };
  world.installations.set(made.id, made);
  return made;
}

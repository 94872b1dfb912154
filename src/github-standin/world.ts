/** The whole of a stand-in: accounts, apps, repositories by name and id, and one order for all writes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from './clock.js';
import { createFaults, type Faults } from './faults.js';
import { openGitStore } from './git/store.js';
import { notFound } from './problem.js';
import type { Account, Actor, App, Delivery, Hook, Installation, Repository } from './state.js';

export interface World {
  readonly clock: Clock;
  readonly faults: Faults;
  /** Address of the API without a trailing slash; known once it listens. */
  url: string;
  readonly accounts: Map<string, Account>;
  readonly repositories: Map<number, Repository>;
  /** Names a repository had: lower-case `owner/name` to its id. */
  readonly formerNames: Map<string, number>;
  readonly apps: Map<number, App>;
  readonly installations: Map<number, Installation>;
  readonly tokens: Map<string, { readonly actor: Actor; readonly expiresAtMs: number | null }>;
  readonly nextId: () => number;
  readonly account: (login: string, type?: Account['type']) => Account;
  /** @throws Problem 404 */
  readonly repository: (owner: string, name: string) => Repository;
  readonly findRepository: (owner: string, name: string) => Repository | null;
  readonly addRepository: (init: {
    readonly owner: string;
    readonly name: string;
    readonly defaultBranch: string;
    readonly isOrganization: boolean;
  }) => Promise<Repository>;
  /** One write after the other, as if each were a transaction. */
  readonly inOrder: <T>(work: () => Promise<T>) => Promise<T>;
  /** Deliveries and jobs that run beside the answers. */
  readonly background: Set<Promise<unknown>>;
  /** Is told every webhook as it is sent. */
  readonly onDelivery: (delivery: Delivery) => void;
  readonly held: { hook: Hook; delivery: Delivery }[];
  readonly close: () => Promise<void>;
}

export async function createWorld(
  clock: Clock,
  folder: string | null,
  onDelivery: (delivery: Delivery) => void = () => undefined,
): Promise<World> {
  const home = folder ?? (await mkdtemp(join(tmpdir(), 'github-standin-')));
  const accounts = new Map<string, Account>();
  const repositories = new Map<number, Repository>();
  let id = 1000;
  let last: Promise<unknown> = Promise.resolve();
  const nextId = () => {
    id += 1;
    return id;
  };
  const account = (login: string, type: Account['type'] = 'User'): Account => {
    const known = accounts.get(login.toLowerCase());
    if (known !== undefined) return known;
    const made: Account = {
      id: nextId(),
      login,
      type: login.endsWith('[bot]') ? 'Bot' : type,
      name: login,
      email: `${login.replace('[bot]', '-bot')}@users.noreply.github.com`,
    };
    accounts.set(login.toLowerCase(), made);
    return made;
  };
  const findRepository = (owner: string, name: string) => {
    const path = `${owner}/${name}`.toLowerCase();
    for (const one of repositories.values()) {
      if (`${one.owner.login}/${one.name}`.toLowerCase() === path) return one;
    }
    return null;
  };
  return {
    clock,
    faults: createFaults(),
    url: '',
    accounts,
    repositories,
    formerNames: new Map(),
    apps: new Map(),
    installations: new Map(),
    tokens: new Map(),
    nextId,
    account,
    findRepository,
    repository: (owner, name) => {
      const found = findRepository(owner, name);
      if (found === null) throw notFound();
      return found;
    },
    addRepository: async ({ owner, name, defaultBranch, isOrganization }) => {
      const own = nextId();
      const at = clock.now();
      const made: Repository = {
        id: own,
        owner: account(owner, isOrganization ? 'Organization' : 'User'),
        git: await openGitStore(join(home, `${own}.git`), defaultBranch),
        createdAtMs: at,
        updatedAtMs: at,
        pushedAtMs: at,
        name,
        defaultBranch,
        description: null,
        isArchived: false,
        isPrivate: false,
        hasIssues: true,
        deletesBranchOnMerge: false,
        allowsAutoMerge: true,
        mergeMethods: { merge: true, squash: true, rebase: true },
        nextNumber: 1,
        labels: new Map(),
        milestones: new Map(),
        items: new Map(),
        gone: new Map(),
        statuses: new Map(),
        checkRuns: [],
        protections: new Map(),
        rulesets: new Map(),
        deployments: new Map(),
        waitingRuns: new Map(),
        hooks: new Map(),
        assignable: null,
        collaborators: new Map([[owner.toLowerCase(), 'admin']]),
        activities: [],
        dispatches: [],
        releases: [],
      };
      repositories.set(own, made);
      return made;
    },
    inOrder: (work) => {
      const turn = last.then(work, work);
      last = turn.catch(() => null);
      return turn;
    },
    background: new Set(),
    onDelivery,
    held: [],
    close: async () => {
      clock.close();
      await Promise.allSettled([last]);
      for (const { git } of repositories.values()) git.close();
      if (folder === null) await rm(home, { recursive: true, force: true });
    },
  };
}

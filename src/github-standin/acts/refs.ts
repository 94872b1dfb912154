/** Moving refs: leases, fast-forward, protection, then what a push brings: events, pull requests that follow. */
import { timeText } from '../clock.js';
import { zeroSha } from '../git/store.js';
import { unprocessable } from '../problem.js';
import { accountOf } from '../present/commit.js';
import { htmlUrl } from '../present/repository.js';
import type { Item, PullPart, Repository } from '../state.js';
import { tell } from './hooks.js';
import { record, type Scene, setState, tellItem, touch } from './items.js';
import { refusalOf } from './rules.js';

export interface RefWish {
  /** Full name. */
  readonly ref: string;
  /** The lease; null: must not exist; undefined: none. */
  readonly before?: string | null;
  /** Null deletes. */
  readonly after: string | null;
  readonly isForced: boolean;
  readonly isMerge?: boolean;
}

/** Why a change of refs is refused; REST and GraphQL say it each in their way. */
export class RefRefusal extends Error {
  override readonly name = 'RefRefusal';
  readonly kind:
    | 'lease'
    | 'exists'
    | 'missing'
    | 'nonFastForward'
    | 'protected'
    | 'object'
    | 'name';
  readonly ref: string;

  constructor(kind: RefRefusal['kind'], ref: string, message: string) {
    super(message);
    this.kind = kind;
    this.ref = ref;
  }
}

const goodRef = /^refs\/(?!.*(\.\.|\/\/|@\{|\.lock(\/|$)|\/\.|[\0-\x20~^:?*[\\\x7f]))[^/].*[^/.]$/;

/** @param onMoved runs between the move and what follows from it @throws RefRefusal; nothing has changed then */
export async function moveRefs(
  scene: Scene,
  wishes: readonly RefWish[],
  onMoved: () => void = () => undefined,
): Promise<void> {
  const { git } = scene.repository;
  const moves = [];
  for (const wish of wishes) {
    const now = git.refs().get(wish.ref) ?? null;
    await judge(scene.repository, wish, now);
    if (now !== wish.after) moves.push({ ref: wish.ref, before: now, after: wish.after });
  }
  const said = await git.move(moves);
  if (said !== null) throw new RefRefusal('lease', wishes[0]?.ref ?? '', said);
  onMoved();
  for (const move of moves) await afterMove(scene, move.ref, move.before, move.after);
}

async function judge(repository: Repository, wish: RefWish, now: string | null): Promise<void> {
  const { ref, before, after, isForced } = wish;
  const { git } = repository;
  if (!goodRef.test(ref)) throw new RefRefusal('name', ref, `${ref} is not a valid ref name.`);
  if (before !== undefined && before !== now) {
    const kind = before === null ? 'exists' : 'lease';
    throw new RefRefusal(kind, ref, `Expected "${ref}" to be at ${before ?? zeroSha}`);
  }
  if (after === null && now === null)
    throw new RefRefusal('missing', ref, 'Reference does not exist');
  if (after !== null && (await git.objects.read(after)) === null) {
    throw new RefRefusal('object', ref, 'Object does not exist');
  }
  if (after === now) return;
  const isBackward =
    after !== null &&
    now !== null &&
    ref.startsWith('refs/heads/') &&
    !(await git.isAncestor(now, after));
  if (isBackward && !isForced) {
    throw new RefRefusal('nonFastForward', ref, 'Update is not a fast forward');
  }
  const kind = now === null ? 'create' : after === null ? 'delete' : 'update';
  const refusal = refusalOf(repository, {
    ref,
    kind,
    isForced: isBackward,
    isMerge: wish.isMerge ?? false,
  });
  if (refusal !== null) throw new RefRefusal('protected', ref, refusal);
}

/** As REST says it. */
export function refProblem(error: unknown): unknown {
  if (!(error instanceof RefRefusal)) return error;
  if (error.kind === 'exists') return unprocessable('Reference already exists');
  return unprocessable(error.message);
}

/** Also after a push that git took by itself. */
export async function afterMove(
  scene: Scene,
  ref: string,
  before: string | null,
  after: string | null,
): Promise<void> {
  const { world, repository, actor } = scene;
  const isBranch = ref.startsWith('refs/heads/');
  const isForced =
    before !== null && after !== null && !(await repository.git.isAncestor(before, after));
  repository.pushedAtMs = world.clock.now();
  repository.updatedAtMs = world.clock.now();
  if (!isBranch && !ref.startsWith('refs/tags/')) return;
  repository.activities.unshift({
    id: world.nextId(),
    ref,
    before: before ?? zeroSha,
    after: after ?? zeroSha,
    atMs: world.clock.now(),
    type: activityOf(before, after, isForced),
    actor: actor.account,
  });
  await tellPush(scene, ref, before, after, isForced);
  const kind = { ref_type: isBranch ? 'branch' : 'tag', pusher_type: 'user' };
  const short = ref.replace(/^refs\/(heads|tags)\//, '');
  if (before === null) {
    tell(world, repository, actor, 'create', null, {
      ref: short,
      ...kind,
      master_branch: repository.defaultBranch,
      description: repository.description,
    });
  }
  if (after === null) tell(world, repository, actor, 'delete', null, { ref: short, ...kind });
  if (isBranch) await followBranch(scene, short, before, after);
}

function activityOf(before: string | null, after: string | null, isForced: boolean): string {
  if (before === null) return 'branch_creation';
  if (after === null) return 'branch_deletion';
  return isForced ? 'force_push' : 'push';
}

async function tellPush(
  scene: Scene,
  ref: string,
  before: string | null,
  after: string | null,
  forced: boolean,
): Promise<void> {
  const { world, repository, actor } = scene;
  // Most repositories here have no listener; then nothing is read for it.
  if (repository.hooks.size === 0 && world.installations.size === 0) return;
  const { git } = repository;
  const base = before ?? git.refs().get(`refs/heads/${repository.defaultBranch}`) ?? null;
  const range =
    after === null ? [] : (await git.range(base === after ? null : base, after)).slice(0, 20);
  const commits = [];
  for (const sha of [...range].reverse()) {
    const shown = await pushCommit(scene, sha);
    if (shown !== null) commits.push(shown);
  }
  tell(world, repository, actor, 'push', null, {
    ref,
    before: before ?? zeroSha,
    after: after ?? zeroSha,
    base_ref: null,
    compare: `${htmlUrl(world, repository)}/compare/${before ?? zeroSha}...${after ?? zeroSha}`,
    created: before === null,
    deleted: after === null,
    forced,
    commits,
    head_commit: after === null ? null : await pushCommit(scene, after),
    pusher: { name: actor.account.login, email: actor.account.email },
  });
}

async function pushCommit({ world, repository }: Scene, sha: string) {
  const commit = await repository.git.commit(sha);
  if (commit === null) return null;
  const person = (one: typeof commit.author) => ({
    name: one.name,
    email: one.email,
    date: timeText(one.atMs),
    username: accountOf(world, one)?.login ?? one.name,
  });
  return {
    id: sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message.trimEnd(),
    timestamp: timeText(commit.committer.atMs),
    url: `${htmlUrl(world, repository)}/commit/${sha}`,
    author: person(commit.author),
    committer: person(commit.committer),
    added: [],
    removed: [],
    modified: [],
  };
}

/** Open pull requests move with their branches, close without them, and are merged when their head has arrived. */
async function followBranch(
  scene: Scene,
  branch: string,
  before: string | null,
  after: string | null,
): Promise<void> {
  const { repository } = scene;
  for (const item of [...repository.items.values()]) {
    const { pull } = item;
    if (pull === null || item.state !== 'open') continue;
    if (pull.headRef === branch) await followHead(scene, item, pull, before, after);
    else if (pull.baseRef === branch) await followBase(scene, item, pull, after);
  }
}

async function followHead(
  scene: Scene,
  item: Item,
  pull: PullPart,
  before: string | null,
  after: string | null,
): Promise<void> {
  if (after === null) {
    record(scene, item, 'head_ref_deleted');
    setState(scene, item, 'closed', null);
    return;
  }
  pull.headSha = after;
  pull.test = null;
  const isForced = before !== null && !(await scene.repository.git.isAncestor(before, after));
  if (isForced) record(scene, item, 'head_ref_force_pushed');
  touch(scene, item);
  await scene.repository.git.move([{ ref: `refs/pull/${item.number}/head`, after }]);
  tellItem(scene, item, 'synchronize', { before: before ?? zeroSha, after });
}

async function followBase(
  scene: Scene,
  item: Item,
  pull: PullPart,
  after: string | null,
): Promise<void> {
  if (after === null) {
    record(scene, item, 'base_ref_deleted');
    setState(scene, item, 'closed', null);
    return;
  }
  pull.baseSha = after;
  pull.test = null;
  if (await scene.repository.git.isAncestor(pull.headSha, after)) {
    markMerged(scene, item, pull, pull.headSha);
  }
}

export function markMerged(scene: Scene, item: Item, pull: PullPart, sha: string): void {
  pull.mergedAtMs = scene.world.clock.now();
  pull.mergedBy = scene.actor.account;
  pull.mergeSha = sha;
  pull.autoMerge = null;
  pull.queue = null;
  record(scene, item, 'merged', {}, sha);
  setState(scene, item, 'closed', null, sha);
  closeNamedIssues(scene, item, pull);
}

/** "Closes #12" counts when it is merged into the default branch. */
function closeNamedIssues(scene: Scene, item: Item, pull: PullPart): void {
  if (pull.baseRef !== scene.repository.defaultBranch) return;
  for (const number of closingNumbers(item)) {
    const issue = scene.repository.items.get(number);
    if (issue === undefined || issue.pull !== null || issue.state === 'closed') continue;
    setState(scene, issue, 'closed', 'completed', pull.mergeSha);
  }
}

export function closingNumbers({ body }: Item): number[] {
  const found = (body ?? '').matchAll(/\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):? #(\d+)/gi);
  return [...new Set([...found].map((match) => Number(match[1])))];
}

/** Pull requests: opening, working out mergeability after it was asked for, merging, catching up with the base. */
import { emptyTree, type Signature } from '../git/tree.js';
import { invalidField, invalidFor, Problem, unprocessable } from '../problem.js';
import type { PullNumbers } from '../present/pull.js';
import type { Item, PullPart } from '../state.js';
import { addItem, editItem, type NewItem, record, type Scene, tellItem, touch } from './items.js';
import { markMerged, moveRefs, refProblem } from './refs.js';
import { isBehind, isStable, ruleBlock } from './verdicts.js';

export type MergeMethod = 'merge' | 'squash' | 'rebase';

export function pullOf(item: Item): PullPart {
  if (item.pull === null) throw new Problem(404, 'Not Found');
  return item.pull;
}

const headOf = ({ repository }: Scene, branch: string) =>
  repository.git.refs().get(`refs/heads/${branch}`);

export async function createPull(
  scene: Scene,
  init: NewItem & { readonly head: string; readonly base: string; readonly isDraft: boolean },
): Promise<Item> {
  const { repository } = scene;
  const head = init.head.replace(`${repository.owner.login}:`, '');
  const headSha = headOf(scene, head);
  const baseSha = headOf(scene, init.base);
  if (baseSha === undefined) throw invalidField('PullRequest', 'base');
  if (headSha === undefined) throw invalidField('PullRequest', 'head');
  const same = [...repository.items.values()].find(
    ({ pull, state }) => state === 'open' && pull?.headRef === head && pull.baseRef === init.base,
  );
  if (same !== undefined) {
    throw invalidFor(
      'PullRequest',
      `A pull request already exists for ${repository.owner.login}:${head}.`,
    );
  }
  if ((await repository.git.range(baseSha, headSha)).length === 0) {
    throw invalidFor('PullRequest', `No commits between ${init.base} and ${head}`);
  }
  if (init.title.trim() === '') throw invalidField('PullRequest', 'title', 'missing_field');
  const item = addItem(scene, init, {
    headRef: head,
    headSha,
    baseRef: init.base,
    baseSha,
    isDraft: init.isDraft,
    mergedAtMs: null,
    mergedBy: null,
    mergeSha: null,
    test: null,
    asked: null,
    reviews: [],
    requestedReviewers: [],
    autoMerge: null,
    queue: null,
  });
  await repository.git.move([{ ref: `refs/pull/${item.number}/head`, after: headSha }]);
  tellItem(scene, item, 'opened');
  return item;
}

/** Asking is what starts the work: the answer comes with a later read. */
export async function numbersOf(scene: Scene, item: Item, asks: boolean): Promise<PullNumbers> {
  const { git } = scene.repository;
  const pull = pullOf(item);
  const base = (await git.mergeBase(pull.baseSha, pull.headSha)) ?? emptyTree;
  const changes = await git.changes(base, pull.headSha);
  const isMergeable = await mergeabilityOf(scene, item, pull, asks);
  return {
    isMergeable,
    mergeState: await mergeStateOf(scene, pull, isMergeable),
    commits: (await git.range(pull.baseSha, pull.headSha)).length,
    additions: changes.reduce((sum, { additions }) => sum + additions, 0),
    deletions: changes.reduce((sum, { deletions }) => sum + deletions, 0),
    changedFiles: changes.length,
  };
}

async function mergeabilityOf(scene: Scene, item: Item, pull: PullPart, asks: boolean) {
  if (item.state === 'closed') return null;
  const of = `${pull.baseSha} ${pull.headSha}`;
  if (pull.test?.of === of) return pull.test.isMergeable;
  if (!asks) return null;
  if (pull.asked?.of !== of) pull.asked = { of, times: 0 };
  if (pull.asked.times < scene.world.faults.lag.mergeableReads) {
    pull.asked.times += 1;
    return null;
  }
  await workOut(scene, item, pull);
  return pull.test === null ? null : pull.test.isMergeable;
}

/** The test merge: a commit of its own, under `refs/pull/<n>/merge`. */
async function workOut(scene: Scene, item: Item, pull: PullPart): Promise<void> {
  const { git } = scene.repository;
  const { baseSha, headSha } = pull;
  const tree = await git.mergeTree(baseSha, headSha);
  const sign = signatureOf(scene);
  const sha =
    tree === null
      ? null
      : await git.writeCommit({
          tree,
          parents: [baseSha, headSha],
          author: sign,
          committer: sign,
          message: `Merge ${headSha} into ${baseSha}`,
        });
  pull.test = { of: `${baseSha} ${headSha}`, isMergeable: sha !== null, sha };
  if (sha !== null) await git.move([{ ref: `refs/pull/${item.number}/merge`, after: sha }]);
}

async function mergeStateOf(
  { world, repository }: Scene,
  pull: PullPart,
  isMergeable: boolean | null,
): Promise<string> {
  if (isMergeable === null) return 'unknown';
  if (!isMergeable) return 'dirty';
  if (pull.isDraft) return 'draft';
  if (ruleBlock(world, repository, pull) !== null) return 'blocked';
  if (await isBehind(repository, pull)) return 'behind';
  return isStable(world, repository, pull.headSha) ? 'clean' : 'unstable';
}

export function signatureOf({ world, actor }: Scene): Signature {
  const { name, email } = actor.account;
  return { name, email, atMs: world.clock.now() };
}

export interface MergeWish {
  readonly method: MergeMethod;
  readonly sha?: string;
  readonly title?: string;
  readonly message?: string;
}

/** @returns SHA of what is now the base's head @throws Problem 405, 409 */
export async function mergePull(scene: Scene, item: Item, wish: MergeWish): Promise<string> {
  const { world, repository } = scene;
  const pull = pullOf(item);
  if (pull.mergedAtMs !== null) throw new Problem(405, 'Pull Request is already merged');
  if (item.state === 'closed') throw new Problem(405, 'Pull Request is not mergeable');
  if (wish.sha !== undefined && wish.sha !== pull.headSha) {
    throw new Problem(409, 'Head branch was modified. Review and try the merge again.');
  }
  if (pull.isDraft) throw new Problem(405, 'Pull Request is still a draft');
  if (!repository.mergeMethods[wish.method]) throw new Problem(405, notAllowed[wish.method]);
  const block = ruleBlock(world, repository, pull);
  if (block !== null) throw new Problem(405, block);
  if (await isBehind(repository, pull)) {
    throw new Problem(405, 'Head branch is out of date. Review and try the merge again.');
  }
  const tree = await repository.git.mergeTree(pull.baseSha, pull.headSha);
  if (tree === null) throw new Problem(405, 'Pull Request is not mergeable');
  const before = pull.baseSha;
  const isWrong = world.faults.take('pulls/merge', ['wrongTree']) !== null;
  const sha = await writeMerge(scene, item, pull, wish, isWrong ? emptyTree : tree);
  if (isWrong) await repository.git.objects.write('tree', Buffer.alloc(0));
  const gitOnly = world.faults.take('pulls/merge', ['gitOnly']);
  try {
    const moves = [
      { ref: `refs/heads/${pull.baseRef}`, before, after: sha, isForced: false, isMerge: true },
    ];
    if (gitOnly !== null) {
      // Git has it, the pull request does not know: kodiak#397.
      await repository.git.move([{ ref: `refs/heads/${pull.baseRef}`, before, after: sha }]);
      throw new Problem(gitOnly.status ?? 500, 'Server Error');
    }
    await moveRefs(scene, moves, () => markMerged(scene, item, pull, sha));
  } catch (error) {
    throw refProblem(error);
  }
  if (repository.deletesBranchOnMerge) await deleteHead(scene, pull);
  return sha;
}

const notAllowed: Readonly<Record<MergeMethod, string>> = {
  merge: 'Merge commits are not allowed on this repository.',
  squash: 'Squash merges are not allowed on this repository.',
  rebase: 'Rebase merges are not allowed on this repository.',
};

async function deleteHead(scene: Scene, pull: PullPart): Promise<void> {
  const isUsed = [...scene.repository.items.values()].some(
    (other) => other.state === 'open' && other.pull?.baseRef === pull.headRef,
  );
  if (isUsed) return;
  const ref = `refs/heads/${pull.headRef}`;
  await moveRefs(scene, [{ ref, after: null, isForced: false }]).catch(() => undefined);
}

async function writeMerge(
  scene: Scene,
  item: Item,
  pull: PullPart,
  wish: MergeWish,
  tree: string,
): Promise<string> {
  const { git } = scene.repository;
  const committer = { ...signatureOf(scene), name: 'GitHub', email: 'noreply@github.com' };
  const author = signatureOf(scene);
  const { baseSha, headSha } = pull;
  if (wish.method === 'rebase') return await rebase(scene, pull, tree);
  const isSquash = wish.method === 'squash';
  const commits = [...(await git.range(baseSha, headSha))].reverse();
  const first = commits.length === 1 ? await git.commit(commits[0] ?? '') : null;
  // A single commit names the squash, else the pull request does.
  const [firstTitle = '', ...firstBody] = (first?.message ?? '').trimEnd().split('\n');
  const squashTitle = `${first === null ? item.title : firstTitle} (#${item.number})`;
  const title =
    wish.title ??
    (isSquash
      ? squashTitle
      : `Merge pull request #${item.number} from ${scene.repository.owner.login}/${pull.headRef}`);
  const message = wish.message ?? (isSquash ? firstBody.join('\n').trim() : item.title);
  return await git.writeCommit({
    tree,
    parents: isSquash ? [baseSha] : [baseSha, headSha],
    author,
    committer,
    message: message === '' ? `${title}` : `${title}\n\n${message}`,
  });
}

/** Each commit anew on top of the last, with the tree that a merge of it makes. */
async function rebase(scene: Scene, pull: PullPart, lastTree: string): Promise<string> {
  const { git } = scene.repository;
  let parent = pull.baseSha;
  const commits = [...(await git.range(pull.baseSha, pull.headSha))].reverse();
  for (const [index, sha] of commits.entries()) {
    const commit = await git.commit(sha);
    if (commit === null || commit.parents.length > 1) continue;
    const isLast = index === commits.length - 1;
    const tree = isLast ? lastTree : await git.mergeTree(pull.baseSha, sha);
    if (tree === null) throw new Problem(405, 'This branch can not be rebased');
    parent = await git.writeCommit({
      ...commit,
      tree,
      parents: [parent],
      committer: signatureOf(scene),
    });
  }
  return parent;
}

export async function updateBranch(
  scene: Scene,
  item: Item,
  expected: string | undefined,
): Promise<void> {
  const { git } = scene.repository;
  const pull = pullOf(item);
  if (expected !== undefined && expected !== pull.headSha) {
    throw unprocessable('expected head sha didn’t match current head ref.');
  }
  if (await git.isAncestor(pull.baseSha, pull.headSha)) {
    throw unprocessable('There are no new commits on the base branch.');
  }
  const tree = await git.mergeTree(pull.headSha, pull.baseSha);
  if (tree === null) throw unprocessable('merge conflict between base and head');
  const sign = signatureOf(scene);
  const after = await git.writeCommit({
    tree,
    parents: [pull.headSha, pull.baseSha],
    author: sign,
    committer: sign,
    message: `Merge branch '${pull.baseRef}' into ${pull.headRef}`,
  });
  const ref = `refs/heads/${pull.headRef}`;
  await moveRefs(scene, [{ ref, before: pull.headSha, after, isForced: false }]);
}

function retarget(scene: Scene, item: Item, base: string): void {
  const pull = pullOf(item);
  const sha = headOf(scene, base);
  if (sha === undefined) throw invalidField('PullRequest', 'base');
  if (pull.baseRef === base) return;
  const from = { ref: { from: pull.baseRef }, sha: { from: pull.baseSha } };
  pull.baseRef = base;
  pull.baseSha = sha;
  pull.test = null;
  touch(scene, item);
  record(scene, item, 'base_ref_changed');
  tellItem(scene, item, 'edited', { changes: { base: from } });
}

export function editPull(
  scene: Scene,
  item: Item,
  change: { title?: string; body?: string | null; state?: 'open' | 'closed'; base?: string },
): void {
  const { base, ...rest } = change;
  if (rest.state === 'open' && item.state === 'closed') {
    const pull = pullOf(item);
    const head = headOf(scene, pull.headRef);
    if (pull.mergedAtMs !== null || head === undefined) {
      throw invalidField('PullRequest', 'state');
    }
    pull.headSha = head;
    pull.baseSha = headOf(scene, pull.baseRef) ?? pull.baseSha;
  }
  if (base !== undefined) retarget(scene, item, base);
  editItem(scene, item, rest);
}

/** Commits, comparisons and branches of a repository. */
import { moveRefs, refProblem } from '../acts/refs.js';
import { signatureOf } from '../acts/pulls.js';
import { classicOf, isProtected } from '../acts/rules.js';
import type { CommitObject } from '../git/tree.js';
import { notFound, Problem } from '../problem.js';
import { showCommit, showFile } from '../present/commit.js';
import { apiUrl, htmlUrl } from '../present/repository.js';
import { showBranchProtection } from '../present/protection.js';
import {
  type Call,
  created,
  needed,
  noContent,
  ok,
  type Operation,
  operation,
  paged,
  type Reply,
  text,
} from './call.js';

const repo = '/repos/{owner}/{repo}';

/** A branch, a tag, a full ref or an id. @throws Problem 404 */
export async function commitAt(call: Call, name: string): Promise<CommitObject> {
  const { git } = call.repository();
  const plain = name.replace(`${call.repository().owner.login}:`, '');
  const refs = git.refs();
  const sha =
    refs.get(plain) ??
    refs.get(`refs/${plain}`) ??
    refs.get(`refs/heads/${plain}`) ??
    refs.get(`refs/tags/${plain}`) ??
    plain;
  const found = /^[0-9a-f]{4,40}$/.test(sha) ? await git.objects.read(`${sha}^{commit}`) : null;
  const commit = found === null ? null : await git.commit(found.sha);
  if (commit === null) throw notFound(`No commit found for SHA: ${name}`);
  return commit;
}

async function compare(call: Call): Promise<Reply> {
  const { world } = call;
  const repository = call.repository();
  const { git } = repository;
  const [baseName = '', headName = ''] = (call.params['basehead'] ?? '').split('...');
  const base = await commitAt(call, baseName).catch(() => {
    throw notFound();
  });
  const head = await commitAt(call, headName).catch(() => {
    throw notFound();
  });
  const mergeBase = await git.mergeBase(base.sha, head.sha);
  if (mergeBase === null) {
    throw notFound(`No common ancestor between ${baseName} and ${headName}.`);
  }
  const ahead = [...(await git.range(base.sha, head.sha))].reverse();
  const behind = await git.range(head.sha, base.sha);
  const perPage = Math.min(250, Number(call.query['per_page'] ?? 250) || 250);
  const page = Math.max(1, Number(call.query['page'] ?? 1) || 1);
  // Without a page the newest 250 are told; with one, pages from the oldest.
  const here =
    call.query['page'] === undefined && call.query['per_page'] === undefined
      ? ahead.slice(-250)
      : ahead.slice((page - 1) * perPage, page * perPage);
  const commits = [];
  for (const sha of here) {
    const commit = await git.commit(sha);
    if (commit !== null) commits.push(showCommit(world, repository, commit));
  }
  const shared = await git.commit(mergeBase);
  const changes = await git.changes(mergeBase, head.sha);
  const html = `${htmlUrl(world, repository)}/compare/${baseName}...${headName}`;
  const diverged = behind.length > 0 ? 'diverged' : 'ahead';
  return {
    status: 200,
    page: { page, perPage, last: Math.max(1, Math.ceil(ahead.length / perPage)) },
    body: {
      url: `${apiUrl(world, repository)}/compare/${baseName}...${headName}`,
      html_url: html,
      permalink_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      base_commit: showCommit(world, repository, base),
      merge_base_commit: showCommit(world, repository, shared ?? base),
      status: ahead.length > 0 ? diverged : behind.length > 0 ? 'behind' : 'identical',
      ahead_by: ahead.length,
      behind_by: behind.length,
      total_commits: ahead.length,
      commits,
      files: changes.slice(0, 300).map((file) => showFile(world, repository, head.sha, file, '')),
    },
  };
}

async function listCommits(call: Call): Promise<Reply> {
  const repository = call.repository();
  const { git } = repository;
  if (git.refs().size === 0) throw new Problem(409, 'Git Repository is empty.');
  const head = await commitAt(call, call.query['sha'] ?? repository.defaultBranch);
  const { path, since, until } = call.query;
  const shas =
    path === undefined ? await git.range(null, head.sha) : await git.touching(head.sha, path);
  const rows = [];
  for (const sha of shas) {
    const commit = await git.commit(sha);
    if (commit === null) continue;
    const at = commit.committer.atMs;
    if (since !== undefined && at < Date.parse(since)) continue;
    if (until !== undefined && at > Date.parse(until)) continue;
    rows.push(commit);
  }
  return paged(call, rows, (commit) => showCommit(call.world, repository, commit));
}

async function getCommit(call: Call): Promise<Reply> {
  const repository = call.repository();
  const commit = await commitAt(call, call.params['ref'] ?? '');
  const from = commit.parents[0];
  const changes = from === undefined ? [] : await repository.git.changes(from, commit.sha);
  const additions = changes.reduce((sum, file) => sum + file.additions, 0);
  const deletions = changes.reduce((sum, file) => sum + file.deletions, 0);
  return ok({
    ...showCommit(call.world, repository, commit),
    stats: { total: additions + deletions, additions, deletions },
    files: changes.map((file) => showFile(call.world, repository, commit.sha, file, '')),
  });
}

function branchOf(call: Call): { readonly name: string; readonly sha: string } {
  const name = call.params['branch'] ?? '';
  const sha = call.repository().git.refs().get(`refs/heads/${name}`);
  if (sha === undefined) throw notFound('Branch not found');
  return { name, sha };
}

async function showBranch(call: Call, name: string, sha: string) {
  const repository = call.repository();
  const commit = await commitAt(call, sha);
  const url = `${apiUrl(call.world, repository)}/branches/${name}`;
  return {
    name,
    commit: showCommit(call.world, repository, commit),
    _links: { self: url, html: `${htmlUrl(call.world, repository)}/tree/${name}` },
    protected: isProtected(repository, name),
    protection: showBranchProtection(classicOf(repository, name)),
    protection_url: `${url}/protection`,
  };
}

async function rename(call: Call): Promise<Reply> {
  const repository = call.repository();
  const { name, sha } = branchOf(call);
  const next = needed(call, 'new_name');
  try {
    if (name === repository.defaultBranch) repository.defaultBranch = next;
    await moveRefs(call.scene(), [
      { ref: `refs/heads/${next}`, before: null, after: sha, isForced: false },
      { ref: `refs/heads/${name}`, before: sha, after: null, isForced: true },
    ]);
  } catch (error) {
    throw refProblem(error);
  }
  return created(await showBranch(call, next, sha));
}

async function mergeBranches(call: Call): Promise<Reply> {
  const repository = call.repository();
  const { git } = repository;
  const base = git.refs().get(`refs/heads/${needed(call, 'base')}`);
  if (base === undefined) throw notFound('Base does not exist');
  const head = await commitAt(call, needed(call, 'head')).catch(() => {
    throw notFound('Head does not exist');
  });
  if (await git.isAncestor(head.sha, base)) return noContent;
  const tree = await git.mergeTree(base, head.sha);
  if (tree === null) throw new Problem(409, 'Merge conflict');
  const sign = signatureOf(call.scene());
  const after = await git.writeCommit({
    tree,
    parents: [base, head.sha],
    author: sign,
    committer: sign,
    message:
      text(call, 'commit_message') ?? `Merge ${needed(call, 'head')} into ${needed(call, 'base')}`,
  });
  const ref = `refs/heads/${needed(call, 'base')}`;
  await moveRefs(call.scene(), [{ ref, before: base, after, isForced: false }]).catch((error) => {
    throw refProblem(error);
  });
  return created(showCommit(call.world, repository, await commitAt(call, after)));
}

export const commitOperations: readonly Operation[] = [
  operation('repos/list-branches', `GET ${repo}/branches`, 'contents:read', (call) => {
    const repository = call.repository();
    const wanted = call.query['protected'];
    const rows = [...repository.git.refs()].flatMap(([ref, sha]) => {
      if (!ref.startsWith('refs/heads/')) return [];
      const name = ref.slice('refs/heads/'.length);
      const row = { name, sha, isProtected: isProtected(repository, name) };
      return wanted === undefined || String(row.isProtected) === wanted ? [row] : [];
    });
    return paged(call, rows, (row) => {
      const url = `${apiUrl(call.world, repository)}/commits/${row.sha}`;
      return { name: row.name, commit: { sha: row.sha, url }, protected: row.isProtected };
    });
  }),
  operation(
    'repos/rename-branch',
    `POST ${repo}/branches/{+branch}/rename`,
    'contents:write',
    rename,
  ),
  operation('repos/get-branch', `GET ${repo}/branches/{+branch}`, 'contents:read', async (call) => {
    const { name, sha } = branchOf(call);
    return ok(await showBranch(call, name, sha));
  }),
  operation(
    'repos/compare-commits-with-basehead',
    `GET ${repo}/compare/{+basehead}`,
    'contents:read',
    compare,
  ),
  operation('repos/list-commits', `GET ${repo}/commits`, 'contents:read', listCommits),
  operation('repos/merge', `POST ${repo}/merges`, 'contents:write', mergeBranches),
  // Last: its name takes slashes, and so would take every longer path too.
  operation('repos/get-commit', `GET ${repo}/commits/{+ref}`, 'contents:read', getCommit),
];

/** Git over REST: refs, commits, trees, blobs. */
import { moveRefs, refProblem } from '../acts/refs.js';
import { timeText } from '../clock.js';
import { signatureOf } from '../acts/pulls.js';
import { changeTree, isFolder, readTree, type TreeEntry } from '../git/tree.js';
import { nodeId } from '../node-id.js';
import { notFound, Problem, unprocessable } from '../problem.js';
import { showGitCommit, showRef, unsigned } from '../present/commit.js';
import { apiUrl } from '../present/repository.js';
import {
  type Call,
  created,
  flag,
  needed,
  noContent,
  ok,
  type Operation,
  operation,
  text,
  texts,
} from './call.js';

const repo = '/repos/{owner}/{repo}';
const git = `${repo}/git`;

const refOf = (call: Call) => `refs/${(call.params['ref'] ?? '').replace(/^refs\//, '')}`;

async function moved(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw refProblem(error);
  }
}

/** Every entry below a tree, folders before what is in them. */
async function walk(
  call: Call,
  sha: string,
  isDeep: boolean,
  folder = '',
): Promise<(TreeEntry & { readonly path: string })[]> {
  const { objects } = call.repository().git;
  const rows = [];
  for (const entry of await readTree(objects, sha)) {
    const path = `${folder}${entry.name}`;
    rows.push({ ...entry, path });
    if (isDeep && isFolder(entry)) rows.push(...(await walk(call, entry.sha, true, `${path}/`)));
  }
  return rows;
}

async function showTree(call: Call, sha: string, isDeep: boolean) {
  const { objects } = call.repository().git;
  const base = `${apiUrl(call.world, call.repository())}/git`;
  const tree = [];
  for (const entry of await walk(call, sha, isDeep)) {
    const type = isFolder(entry) ? 'tree' : 'blob';
    const size = type === 'blob' ? (await objects.read(entry.sha))?.content.length : undefined;
    tree.push({
      path: entry.path,
      mode: entry.mode.padStart(6, '0'),
      type,
      sha: entry.sha,
      ...(size === undefined ? {} : { size }),
      url: `${base}/${type}s/${entry.sha}`,
    });
  }
  return { sha, url: `${base}/trees/${sha}`, tree, truncated: false };
}

interface NewEntry {
  readonly path: string;
  readonly mode?: string;
  readonly sha?: string | null;
  readonly content?: string;
}

/** What is to be deleted must be there. */
async function isThere(call: Call, path: string): Promise<boolean> {
  const { objects } = call.repository().git;
  let tree = text(call, 'base_tree');
  for (const part of path.split('/')) {
    const entries: readonly TreeEntry[] = tree === undefined ? [] : await readTree(objects, tree);
    const entry = entries.find(({ name }) => name === part);
    if (entry === undefined) return false;
    tree = isFolder(entry) ? entry.sha : undefined;
  }
  return true;
}

async function createTree(call: Call) {
  const { git: store } = call.repository();
  const changes = new Map<string, { mode: string; sha: string } | null>();
  for (const row of (call.body['tree'] ?? []) as NewEntry[]) {
    const { content } = row;
    const sha =
      typeof content === 'string'
        ? await store.objects.write('blob', Buffer.from(content))
        : (row.sha ?? null);
    const mode = (row.mode ?? '100644').replace(/^0/, '');
    if (sha === null && !(await isThere(call, row.path))) {
      throw new Problem(422, 'GitRPC::BadObjectState');
    }
    changes.set(row.path, sha === null ? null : { mode, sha });
  }
  return await changeTree(store.objects, text(call, 'base_tree') ?? null, changes);
}

async function createCommit(call: Call): Promise<string> {
  const store = call.repository().git;
  const tree = needed(call, 'tree');
  const parents = texts(call, 'parents') ?? [];
  for (const sha of [tree, ...parents]) {
    if ((await store.objects.read(sha)) === null) throw new Problem(422, 'Tree SHA does not exist');
  }
  const own = signatureOf(call.scene());
  const person = (key: string) => {
    const given = call.body[key] as { name?: string; email?: string; date?: string } | undefined;
    return {
      name: given?.name ?? own.name,
      email: given?.email ?? own.email,
      atMs: given?.date === undefined ? own.atMs : Date.parse(given.date),
    };
  };
  const author = person('author');
  const committer = call.body['committer'] === undefined ? author : person('committer');
  return await store.writeCommit({
    tree,
    parents,
    author,
    committer,
    message: needed(call, 'message'),
  });
}

/** An annotated tag; it becomes a ref by another call. */
async function createTag(call: Call) {
  const tagger = signatureOf(call.scene());
  const lines = [
    `object ${needed(call, 'object')}`,
    `type ${needed(call, 'type')}`,
    `tag ${needed(call, 'tag')}`,
    `tagger ${tagger.name} <${tagger.email}> ${Math.floor(tagger.atMs / 1000)} +0000`,
  ];
  const content = `${lines.join('\n')}\n\n${needed(call, 'message')}\n`;
  return await call.repository().git.objects.write('tag', Buffer.from(content));
}

async function showTag(call: Call, sha: string) {
  const found = await call.repository().git.objects.read(sha);
  if (found === null || found.type !== 'tag') throw notFound();
  const source = found.content.toString('utf8');
  const word = (key: string) => new RegExp(`^${key} (.*)$`, 'm').exec(source)?.[1] ?? '';
  const [, name = '', email = '', atS = '0'] = /^(.*) <(.*)> (\d+)/.exec(word('tagger')) ?? [];
  const base = `${apiUrl(call.world, call.repository())}/git`;
  const type = word('type');
  return {
    node_id: nodeId('T', call.repository().id, sha),
    tag: word('tag'),
    sha,
    url: `${base}/tags/${sha}`,
    message: source.slice(source.indexOf('\n\n') + 2).trimEnd(),
    tagger: { name, email, date: timeText(Number(atS) * 1000) },
    object: { sha: word('object'), type, url: `${base}/${type}s/${word('object')}` },
    verification: unsigned,
  };
}

export const gitOperations: readonly Operation[] = [
  operation('git/get-ref', `GET ${git}/ref/{+ref}`, 'contents:read', async (call) => {
    const sha = call.repository().git.refs().get(refOf(call));
    if (sha === undefined) throw notFound();
    return ok(await showRef(call.world, call.repository(), refOf(call), sha));
  }),
  operation(
    'git/list-matching-refs',
    `GET ${git}/matching-refs/{+ref}`,
    'contents:read',
    async (call) => {
      const rows = [...call.repository().git.refs()].filter(([ref]) => ref.startsWith(refOf(call)));
      const shown = rows.map(([ref, sha]) => showRef(call.world, call.repository(), ref, sha));
      return ok(await Promise.all(shown));
    },
  ),
  operation('git/create-ref', `POST ${git}/refs`, 'contents:write', async (call) => {
    const ref = needed(call, 'ref');
    const after = needed(call, 'sha');
    if (!/^refs\/.+\/.+/.test(ref)) {
      throw unprocessable(
        "Reference name must start with 'refs' and contain at least two slashes.",
      );
    }
    await moved(moveRefs(call.scene(), [{ ref, before: null, after, isForced: false }]));
    return created(await showRef(call.world, call.repository(), ref, after));
  }),
  operation('git/update-ref', `PATCH ${git}/refs/{+ref}`, 'contents:write', async (call) => {
    const ref = refOf(call);
    if (!call.repository().git.refs().has(ref)) throw unprocessable('Reference does not exist');
    const after = needed(call, 'sha');
    const isForced = flag(call, 'force') ?? false;
    await moved(moveRefs(call.scene(), [{ ref, after, isForced }]));
    return ok(await showRef(call.world, call.repository(), ref, after));
  }),
  operation('git/delete-ref', `DELETE ${git}/refs/{+ref}`, 'contents:write', async (call) => {
    await moved(moveRefs(call.scene(), [{ ref: refOf(call), after: null, isForced: true }]));
    return noContent;
  }),
  operation('git/create-commit', `POST ${git}/commits`, 'contents:write', async (call) => {
    const commit = await call.repository().git.commit(await createCommit(call));
    if (commit === null) throw notFound();
    return created(showGitCommit(call.world, call.repository(), commit));
  }),
  operation('git/get-commit', `GET ${git}/commits/{commit_sha}`, 'contents:read', async (call) => {
    const commit = await call.repository().git.commit(call.params['commit_sha'] ?? '');
    if (commit === null) throw notFound();
    return ok(showGitCommit(call.world, call.repository(), commit));
  }),
  operation('git/create-tree', `POST ${git}/trees`, 'contents:write', async (call) =>
    created(await showTree(call, await createTree(call), false)),
  ),
  operation('git/get-tree', `GET ${git}/trees/{+tree_sha}`, 'contents:read', async (call) => {
    const found = await call.repository().git.objects.read(`${call.params['tree_sha']}^{tree}`);
    if (found === null) throw notFound();
    return ok(await showTree(call, found.sha, call.query['recursive'] !== undefined));
  }),
  operation('git/create-tag', `POST ${git}/tags`, 'contents:write', async (call) =>
    created(await showTag(call, await createTag(call))),
  ),
  operation('git/get-tag', `GET ${git}/tags/{tag_sha}`, 'contents:read', async (call) =>
    ok(await showTag(call, call.params['tag_sha'] ?? '')),
  ),
  operation('git/create-blob', `POST ${git}/blobs`, 'contents:write', async (call) => {
    const encoding = text(call, 'encoding') === 'base64' ? 'base64' : 'utf8';
    const content = Buffer.from(needed(call, 'content'), encoding);
    const sha = await call.repository().git.objects.write('blob', content);
    return created({ sha, url: `${apiUrl(call.world, call.repository())}/git/blobs/${sha}` });
  }),
  operation('git/get-blob', `GET ${git}/blobs/{file_sha}`, 'contents:read', async (call) => {
    const repository = call.repository();
    const found = await repository.git.objects.read(call.params['file_sha'] ?? '');
    if (found === null || found.type !== 'blob') throw notFound();
    return ok({
      sha: found.sha,
      node_id: nodeId('B', repository.id, found.sha),
      size: found.content.length,
      url: `${apiUrl(call.world, repository)}/git/blobs/${found.sha}`,
      content: found.content.toString('base64'),
      encoding: 'base64',
    });
  }),
];

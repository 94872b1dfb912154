/** A repository itself: read, settings, files, people, activity. */
import { commitFiles } from '../acts/commits.js';
import { signatureOf } from '../acts/pulls.js';
import { refProblem } from '../acts/refs.js';
import { tell } from '../acts/hooks.js';
import { timeText } from '../clock.js';
import { isFolder, parseTree } from '../git/tree.js';
import { nodeId } from '../node-id.js';
import { notFound, Problem } from '../problem.js';
import { showAccount, showFullAccount } from '../present/account.js';
import { showGitCommit } from '../present/commit.js';
import { apiUrl, htmlUrl, showFullRepository } from '../present/repository.js';
import {
  type Call,
  flag,
  needed,
  noContent,
  ok,
  type Operation,
  operation,
  paged,
  type Reply,
  text,
} from './call.js';
import { commitAt } from './commits.js';

const repo = '/repos/{owner}/{repo}';

/** A file as `contents` shows it; above 1 MB without its text, as GitHub does. */
function showContent(call: Call, path: string, sha: string, content: Buffer, ref: string) {
  const repository = call.repository();
  const isLarge = content.length > 1_048_576;
  return {
    ...showEntry(call, path, sha, content.length, 'file', ref),
    content: isLarge ? '' : `${content.toString('base64').replace(/(.{60})/g, '$1\n')}\n`,
    encoding: isLarge ? 'none' : 'base64',
    node_id: nodeId('B', repository.id, sha),
  };
}

function showEntry(
  call: Call,
  path: string,
  sha: string,
  size: number,
  type: 'file' | 'dir',
  ref: string,
) {
  const api = apiUrl(call.world, call.repository());
  const html = htmlUrl(call.world, call.repository());
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  const url = `${api}/contents/${encoded}?ref=${encodeURIComponent(ref)}`;
  const gitUrl = `${api}/git/${type === 'dir' ? 'trees' : 'blobs'}/${sha}`;
  const page = `${html}/${type === 'dir' ? 'tree' : 'blob'}/${ref}/${encoded}`;
  return {
    name: path.split('/').at(-1) ?? '',
    path,
    sha,
    size,
    url,
    html_url: page,
    git_url: gitUrl,
    download_url: type === 'dir' ? null : `${html}/raw/${ref}/${encoded}`,
    type,
    _links: { self: url, git: gitUrl, html: page },
  };
}

async function getContent(call: Call): Promise<Reply> {
  const repository = call.repository();
  const ref = call.query['ref'] ?? repository.defaultBranch;
  const path = (call.params['path'] ?? '').replace(/^\/|\/$/g, '');
  const commit = await commitAt(call, ref);
  const found = await repository.git.objects.read(
    path === '' ? commit.tree : `${commit.sha}:${path}`,
  );
  if (found === null) throw notFound();
  if (found.type === 'blob') {
    if (call.accept.includes('raw')) return { status: 200, body: found.content.toString('utf8') };
    return ok(showContent(call, path, found.sha, found.content, ref));
  }
  const rows = [];
  for (const entry of parseTree(found.content)) {
    const inside = path === '' ? entry.name : `${path}/${entry.name}`;
    const size = isFolder(entry)
      ? 0
      : ((await repository.git.objects.read(entry.sha))?.content.length ?? 0);
    rows.push(showEntry(call, inside, entry.sha, size, isFolder(entry) ? 'dir' : 'file', ref));
  }
  return ok(rows);
}

async function writeContent(call: Call, isDeletion: boolean): Promise<Reply> {
  const repository = call.repository();
  const branch = text(call, 'branch') ?? repository.defaultBranch;
  const path = call.params['path'] ?? '';
  const head = repository.git.refs().get(`refs/heads/${branch}`);
  if (head === undefined && repository.git.refs().size > 0) {
    throw notFound(`Branch ${branch} not found`);
  }
  const old = head === undefined ? null : await repository.git.objects.read(`${head}:${path}`);
  const given = text(call, 'sha');
  if (isDeletion && old === null) throw notFound();
  if (old !== null && given === undefined) {
    throw new Problem(422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
  }
  if (given !== undefined && old !== null && given !== old.sha) {
    throw new Problem(409, `${path} does not match ${given}`);
  }
  const content = isDeletion ? null : Buffer.from(needed(call, 'content'), 'base64');
  const sign = signatureOf(call.scene());
  const sha = await commitFiles(call.scene(), {
    branch,
    files: new Map([[path, content]]),
    message: needed(call, 'message'),
    author: sign,
  }).catch((error: unknown) => {
    throw refProblem(error);
  });
  const commit = await commitAt(call, sha);
  const blob = content === null ? null : await repository.git.objects.read(`${sha}:${path}`);
  return {
    status: old === null ? 201 : 200,
    body: {
      content:
        blob === null ? null : showEntry(call, path, blob.sha, blob.content.length, 'file', branch),
      commit: showGitCommit(call.world, repository, commit),
    },
  };
}

function update(call: Call): Reply {
  const { world } = call;
  const repository = call.repository();
  const name = text(call, 'name');
  if (name !== undefined && name !== repository.name) {
    const former = `${repository.owner.login}/${repository.name}`.toLowerCase();
    const from = repository.name;
    world.formerNames.set(former, repository.id);
    repository.name = name;
    tell(world, repository, call.actor, 'repository', 'renamed', {
      changes: { repository: { name: { from } } },
    });
  }
  repository.description = text(call, 'description') ?? repository.description;
  repository.defaultBranch = text(call, 'default_branch') ?? repository.defaultBranch;
  repository.hasIssues = flag(call, 'has_issues') ?? repository.hasIssues;
  repository.isArchived = flag(call, 'archived') ?? repository.isArchived;
  repository.deletesBranchOnMerge =
    flag(call, 'delete_branch_on_merge') ?? repository.deletesBranchOnMerge;
  repository.allowsAutoMerge = flag(call, 'allow_auto_merge') ?? repository.allowsAutoMerge;
  repository.mergeMethods = {
    merge: flag(call, 'allow_merge_commit') ?? repository.mergeMethods.merge,
    squash: flag(call, 'allow_squash_merge') ?? repository.mergeMethods.squash,
    rebase: flag(call, 'allow_rebase_merge') ?? repository.mergeMethods.rebase,
  };
  repository.updatedAtMs = world.clock.now();
  return ok(showFullRepository(world, repository));
}

function levelOf(call: Call) {
  const login = (call.params['username'] ?? '').toLowerCase();
  const role = call.repository().collaborators.get(login) ?? 'none';
  const legacy = { maintain: 'write', triage: 'read' } as Readonly<Record<string, string>>;
  return { role, permission: legacy[role] ?? role };
}

export const repositoryOperations: readonly Operation[] = [
  operation('repos/get', `GET ${repo}`, 'metadata:read', (call) =>
    ok(showFullRepository(call.world, call.repository())),
  ),
  operation('repos/update', `PATCH ${repo}`, 'administration:write', update),
  operation('repos/get-content', `GET ${repo}/contents`, 'contents:read', getContent),
  operation('repos/get-content', `GET ${repo}/contents/{+path}`, 'contents:read', getContent),
  operation(
    'repos/create-or-update-file-contents',
    `PUT ${repo}/contents/{+path}`,
    'contents:write',
    (call) => writeContent(call, false),
  ),
  operation('repos/delete-file', `DELETE ${repo}/contents/{+path}`, 'contents:write', (call) =>
    writeContent(call, true),
  ),
  operation('repos/list-collaborators', `GET ${repo}/collaborators`, 'metadata:read', (call) => {
    const rows = [...call.repository().collaborators];
    return paged(call, rows, ([login, role]) => ({
      ...showAccount(call.world, call.world.account(login)),
      permissions: {
        pull: true,
        triage: role !== 'read',
        push: ['write', 'maintain', 'admin'].includes(role),
        maintain: ['maintain', 'admin'].includes(role),
        admin: role === 'admin',
      },
      role_name: role,
    }));
  }),
  operation(
    'repos/check-collaborator',
    `GET ${repo}/collaborators/{username}`,
    'metadata:read',
    (call) => {
      if (levelOf(call).role === 'none') throw notFound();
      return noContent;
    },
  ),
  operation(
    'repos/get-collaborator-permission-level',
    `GET ${repo}/collaborators/{username}/permission`,
    'metadata:read',
    (call) => {
      const { role, permission } = levelOf(call);
      const account = call.world.account(call.params['username'] ?? '');
      const user = { ...showAccount(call.world, account), role_name: role };
      return ok({ permission, role_name: role, user });
    },
  ),
  operation('repos/list-activities', `GET ${repo}/activity`, 'contents:read', (call) => {
    const repository = call.repository();
    const { ref } = call.query;
    const rows = repository.activities.filter(
      (one) => ref === undefined || one.ref === ref || one.ref === `refs/heads/${ref}`,
    );
    return paged(call, rows, (one) => ({
      id: one.id,
      node_id: nodeId('EV', repository.id, one.id),
      before: one.before,
      after: one.after,
      ref: one.ref,
      timestamp: timeText(one.atMs),
      activity_type: one.type,
      actor: showAccount(call.world, one.actor),
    }));
  }),
  operation('users/get-authenticated', 'GET /user', null, (call) => {
    if (call.actor.app !== null) throw new Problem(403, 'Resource not accessible by integration');
    return ok(showFullAccount(call.world, call.actor.account, call.world.clock.now()));
  }),
  operation('users/get-by-username', 'GET /users/{username}', null, (call) => {
    const account = call.world.accounts.get((call.params['username'] ?? '').toLowerCase());
    if (account === undefined) throw notFound();
    return ok(showFullAccount(call.world, account, call.world.clock.now()));
  }),
];

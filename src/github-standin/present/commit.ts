/** Commits, refs, trees and differences as REST shows them. */
import { timeText } from '../clock.js';
import type { FileChange } from '../git/history.js';
import type { CommitObject, Signature } from '../git/tree.js';
import { nodeId } from '../node-id.js';
import type { Account, Repository } from '../state.js';
import type { World } from '../world.js';
import { showAccountOrNull } from './account.js';
import { apiUrl, htmlUrl } from './repository.js';

export const unsigned = {
  verified: false,
  reason: 'unsigned',
  signature: null,
  payload: null,
  verified_at: null,
};

/** The account behind a signature: by address, as GitHub does. */
export function accountOf(world: World, { email }: Signature): Account | null {
  for (const account of world.accounts.values()) if (account.email === email) return account;
  return null;
}

const showSignature = ({ name, email, atMs }: Signature) => ({ name, email, date: timeText(atMs) });

/** Of `/git/commits`. */
export function showGitCommit(world: World, repository: Repository, commit: CommitObject) {
  const api = apiUrl(world, repository);
  const html = htmlUrl(world, repository);
  return {
    sha: commit.sha,
    node_id: nodeId('C', repository.id, commit.sha),
    url: `${api}/git/commits/${commit.sha}`,
    html_url: `${html}/commit/${commit.sha}`,
    author: showSignature(commit.author),
    committer: showSignature(commit.committer),
    tree: { url: `${api}/git/trees/${commit.tree}`, sha: commit.tree },
    message: commit.message.trimEnd(),
    parents: commit.parents.map((sha) => ({
      url: `${api}/git/commits/${sha}`,
      sha,
      html_url: `${html}/commit/${sha}`,
    })),
    verification: unsigned,
  };
}

/** Of `/commits`. */
export function showCommit(world: World, repository: Repository, commit: CommitObject) {
  const api = apiUrl(world, repository);
  const html = htmlUrl(world, repository);
  const url = `${api}/commits/${commit.sha}`;
  return {
    sha: commit.sha,
    node_id: nodeId('C', repository.id, commit.sha),
    commit: {
      author: showSignature(commit.author),
      committer: showSignature(commit.committer),
      message: commit.message.trimEnd(),
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      url: `${api}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: unsigned,
    },
    url,
    html_url: `${html}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    author: showAccountOrNull(world, accountOf(world, commit.author)),
    committer: showAccountOrNull(world, accountOf(world, commit.committer)),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${api}/commits/${sha}`,
      html_url: `${html}/commit/${sha}`,
    })),
  };
}

export function showFile(
  world: World,
  repository: Repository,
  ref: string,
  file: FileChange,
  patch: string,
) {
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  return {
    // A removed file keeps the id it had nowhere; GitHub shows the old blob's.
    sha: file.sha ?? '0'.repeat(40),
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${htmlUrl(world, repository)}/blob/${ref}/${path}`,
    raw_url: `${htmlUrl(world, repository)}/raw/${ref}/${path}`,
    contents_url: `${apiUrl(world, repository)}/contents/${path}?ref=${ref}`,
    ...(patch === '' ? {} : { patch }),
    ...(file.previousPath === null ? {} : { previous_filename: file.previousPath }),
  };
}

export async function showRef(world: World, repository: Repository, ref: string, sha: string) {
  const found = await repository.git.objects.read(sha);
  const type = found?.type ?? 'commit';
  return {
    ref,
    node_id: nodeId('REF', repository.id, ref),
    url: `${apiUrl(world, repository)}/git/${ref}`,
    object: { sha, type, url: `${apiUrl(world, repository)}/git/${type}s/${sha}` },
  };
}

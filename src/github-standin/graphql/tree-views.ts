/** Files of a commit as GraphQL shows them. */
import { type CommitObject, isFolder, readTree } from '../git/tree.js';
import { nodeId } from '../node-id.js';
import type { Repository } from '../state.js';

/** Of a larger file the text is told up to here, and that it is not whole. */
const mostTextBytes = 512_000;

/** Null where nothing lies at the path. */
export async function treeEntryView(repository: Repository, commit: CommitObject, path: string) {
  const { objects } = repository.git;
  const parts = path.split('/');
  let tree = commit.tree;
  for (const [depth, part] of parts.entries()) {
    const entry = (await readTree(objects, tree)).find(({ name }) => name === part);
    if (entry === undefined) return null;
    if (depth === parts.length - 1) {
      const { mode, name, sha } = entry;
      const isModule = mode === '160000';
      const type = isFolder(entry) ? 'tree' : isModule ? 'commit' : 'blob';
      const size = type === 'blob' ? ((await objects.read(sha))?.content.length ?? 0) : 0;
      return {
        ...{ name, path, type, size, oid: sha, mode: Number.parseInt(mode, 8) },
        object: () => (type === 'blob' ? blobView(repository, sha) : null),
      };
    }
    if (!isFolder(entry)) return null;
    tree = entry.sha;
  }
  return null;
}

async function blobView(repository: Repository, sha: string) {
  const found = await repository.git.objects.read(sha);
  if (found === null) return null;
  const { content } = found;
  const isBinary = content.includes(0);
  return {
    __typename: 'Blob',
    id: nodeId('B', repository.id, sha),
    oid: sha,
    byteSize: content.length,
    isBinary,
    isTruncated: content.length > mostTextBytes,
    text: isBinary ? null : content.subarray(0, mostTextBytes).toString('utf8'),
  };
}

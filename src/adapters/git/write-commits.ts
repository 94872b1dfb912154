/** Commits made in a mirror out of texts, in as few runs of git as can be: the same input makes the same commits. */
import { randomUUID } from 'node:crypto';
import { Failure } from '../../domain/failures.js';
import { isPlainPath, ourselves, personOf } from '../../domain/issue-tree/tree-path.js';
import { type TreeCommit, withNames } from '../../ports/issue-tree.js';
import { type Mirror, withinMirror } from './mirror.js';

const writeMs = 5 * 60_000;

/** In the order of the commits; their parents are here. @throws InvalidInput for a path that leaves the tree */
export async function writeCommits(
  mirror: Mirror,
  commits: readonly TreeCommit[],
): Promise<readonly string[]> {
  const shas: string[] = [];
  let due: TreeCommit[] = [];
  for (const commit of commits) {
    if (commit.writes.some(({ namesCommits }) => namesCommits)) {
      shas.push(...(await importCommits(mirror, due)));
      due = [];
    }
    const writes = commit.writes.map((write) => ({ ...write, text: withNames(write, shas) }));
    due.push({ ...commit, writes });
  }
  return [...shas, ...(await importCommits(mirror, due))];
}

async function importCommits(
  { git }: Mirror,
  commits: readonly TreeCommit[],
): Promise<readonly string[]> {
  if (commits.length === 0) return [];
  const place = `refs/sluice/made/${randomUUID()}`;
  const stream = commits.map((commit, n) => streamOf(commit, `${place}/${n}`, n + 1)).join('');
  try {
    const told = await git.run(['fast-import', '--quiet', '--done', '--force'], {
      ...{ input: `feature done\n${stream}done\n`, env: withinMirror, forMs: writeMs },
    });
    const shas = told.split('\n').filter((line) => line !== '');
    if (shas.length === commits.length && shas.every((sha) => /^[0-9a-f]{40,64}$/.test(sha))) {
      return shas;
    }
    throw new Failure('Unavailable', 'git did not say what it committed', {
      ...{ where: 'git fast-import', seen: told.slice(0, 200) },
    });
  } finally {
    // The names are needed by nobody: what is pushed is kept by another, and the rest may go.
    const lines = commits.map((_commit, n) => `delete ${place}/${n}\n`);
    await git.ask(['update-ref', '--stdin'], { input: lines.join('') });
  }
}

function streamOf(commit: TreeCommit, ref: string, mark: number): string {
  const { parent, writes, message, atMs } = commit;
  const person = ({ name, email }: { readonly name: string; readonly email: string }) =>
    `${name} <${email}> ${Math.floor(atMs / 1000)} +0000`;
  return [
    `commit ${ref}\nmark :${mark}\n`,
    `author ${person(personOf(commit.author))}\ncommitter ${person(ourselves)}\n`,
    data(messageOf(message)),
    parent === null ? '' : `from ${parent}\n`,
    // First what goes: a file may make room for a folder of its name.
    ...writes.map(({ path, text }) => (text === null ? `D ${quoted(path)}\n` : '')),
    ...writes.map(({ path, text }) =>
      text === null ? '' : `M 100644 inline ${quoted(path)}\n${data(text)}`,
    ),
    `\nget-mark :${mark}\n`,
  ].join('');
}

function messageOf(message: string): string {
  return `${message.replaceAll('\0', '').replace(/\n*$/, '')}\n`;
}

/** Its length first, so that nothing within it is read as a command. */
function data(text: string): string {
  return `data ${Buffer.byteLength(text, 'utf8')}\n${text}\n`;
}

function quoted(path: string): string {
  if (!isPlainPath(path)) {
    throw new Failure('InvalidInput', `"${path.slice(0, 200)}" is not the path of a file`, {
      where: path.slice(0, 200),
    });
  }
  const escaped = path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n');
  return `"${escaped}"`;
}

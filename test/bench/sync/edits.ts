/** What people change on either side while it is measured. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { RepositoryKey } from '../../../src/domain/repository/names.js';
import type { Control } from '../../../src/github-standin/control.js';

const run = promisify(execFile);
const linked = /^issues\/(?:archive\/)?\d+-.*\.md$/;

/** Of all files of issues at the head, in the order of their numbers. */
export async function pathsOf(control: Control, key: RepositoryKey): Promise<readonly string[]> {
  const { git } = control.repository(key);
  const head = git.refs().get('refs/heads/main') ?? '';
  const args = ['-C', git.folder, 'ls-tree', '-r', '--name-only', '-z', head, 'issues/'];
  const { stdout } = await run('git', args, { maxBuffer: 64 * 2 ** 20 });
  return stdout
    .split('\0')
    .filter((path) => linked.test(path))
    .sort();
}

export async function textOf(control: Control, key: RepositoryKey, path: string): Promise<string> {
  const { git } = control.repository(key);
  const head = git.refs().get('refs/heads/main') ?? '';
  return (await git.objects.read(`${head}:${path}`))?.content.toString('utf8') ?? '';
}

/** A line at the beginning of the body of the first so many, in one commit. */
export async function changeFiles(
  control: Control,
  key: RepositoryKey,
  count: number,
  word: string,
): Promise<void> {
  const paths = (await pathsOf(control, key)).slice(0, count);
  const files: Record<string, string> = {};
  for (const [at, path] of paths.entries()) {
    const text = await textOf(control, key, path);
    files[path] = text.replace('\n---\n', `\n---\nIn the file: ${word} ${at}.\n\n`);
  }
  await control.commit(key, { branch: 'main', files, author: 'ann' });
}

/** So many that are of no issue yet, in one commit. */
export async function addFiles(
  control: Control,
  key: RepositoryKey,
  count: number,
  word: string,
): Promise<void> {
  const files = Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      `issues/${word}-${at}.md`,
      `---\ntitle: ${word} ${at}\nlabels: [idea]\n---\n\nWhat is wanted, ${at}.\n`,
    ]),
  );
  await control.commit(key, { branch: 'main', files, author: 'ann' });
}

/** A line at the beginning of the body of so many issues, a second apart until now. @param after so many are left alone first */
export async function changeIssues(
  control: Control,
  key: RepositoryKey,
  count: number,
  word: string,
  after = 0,
): Promise<void> {
  const issues = [...control.repository(key).items.values()].filter(({ pull }) => pull === null);
  const chosen = issues.slice(after, after + count);
  for (const [at, { number, body }] of chosen.entries()) {
    const text = `At GitHub: ${word}.\n\n${body ?? ''}`;
    const item = await control.editIssue(key, number, { body: text }, 'bob');
    item.updatedAtMs -= (chosen.length - 1 - at) * 1000;
  }
}

/** People who edit issues and files at once, each edit with a word of its own that must not be lost; drawn from a seed. */
import { parseIssueFile } from '../../src/domain/issue-sync/issue-file.js';
import { editItem } from '../../src/github-standin/acts/items.js';
import type { SyncedRepository, SyncingUnderTest } from './syncing.js';

export type Draw = () => number;

/** 0 ≤ x < 1 by seed and run. */
export function drawsOf(seed: number, run: number): Draw {
  let state = (seed ^ Math.imul(run + 1, 0x9e3779b9)) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What somebody wrote, and where it must be found: anywhere, or once. */
export interface Word {
  readonly word: string;
  readonly kind: 'line' | 'label' | 'comment' | 'title';
  /** Issue, or path of a file that is to become one. */
  readonly of: number | string;
}

export interface People {
  readonly words: readonly Word[];
  /** Those that somebody took away who saw them. */
  readonly taken: ReadonlySet<string>;
  /** How many issues went away with a will. */
  gone(): number;
  /** Somebody put the branch back, and perhaps the links with it. */
  isForced(): boolean;
  /** One edit, and the event that a webhook would tell of it. */
  edit(): Promise<object>;
}

/** Every word stays, on one side at least, unless whoever deletes an issue or a file or forces the branch back sees it there. */
export function peopleOf(
  { github }: SyncingUnderTest,
  repository: SyncedRepository,
  draw: Draw,
  /** As the policy of that name: by `github`, what is in files goes with a branch that was put back. */
  rewritten: 'edit' | 'github',
): People {
  const { control, issueTree } = github;
  const { key } = repository;
  const words: Word[] = [];
  const taken = new Set<string>();
  let [count, gone, isForced, isOpen] = [0, 0, false, false];
  const take = (text: string): void => {
    for (const { word } of words) if (text.includes(word)) taken.add(word);
  };
  const wordOf = (kind: Word['kind'], of: Word['of']): string => {
    count += 1;
    const word = `${kind}word${count}x`;
    words.push({ word, kind, of });
    return word;
  };
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(draw() * all.length)];
  const withLine = (body: string, word: string): string => {
    const lines = body === '' ? [] : body.split('\n');
    lines.splice(Math.floor(draw() * (lines.length + 1)), 0, word);
    return lines.join('\n');
  };

  /** As a person does whose push is refused when somebody was quicker: again, from what is there then. */
  async function pushFile(
    change: (
      files: readonly string[],
      read: (path: string) => Promise<string>,
    ) => Promise<readonly { readonly path: string; readonly text: string | null }[]>,
  ): Promise<void> {
    for (;;) {
      const head = repository.head() ?? '';
      const files = (await issueTree.listFiles(key, head, 'issues')).filter((path) =>
        path.endsWith('.md'),
      );
      const read = async (path: string): Promise<string> =>
        (await issueTree.readFiles(key, head, [path])).get(path) ?? '';
      const writes = await change([...files].sort(), read);
      if (writes.length === 0) return;
      const ref = 'refs/heads/main';
      const author = { name: 'Ann', email: 'ann@shop.test' };
      const pushed = await issueTree.push(key, [
        { ref, before: head, parent: head, writes, message: 'Edit', author, atMs: control.now() },
      ]);
      if (pushed.kind === 'pushed') return;
    }
  }

  const numberIn = (text: string): number | null => {
    const reading = parseIssueFile('x.md', text);
    return reading.kind === 'file' ? (reading.file.link?.number ?? null) : null;
  };
  const mayGo = (): boolean => isForced && rewritten === 'github';
  const editFile = async (kind: 'line' | 'label' | 'comment'): Promise<object> => {
    let word = '';
    await pushFile(async (files, read) => {
      const path = pick(files);
      if (path === undefined) return [];
      const text = await read(path);
      const reading = parseIssueFile(path, text);
      if (reading.kind !== 'file') return [];
      if (word === '') word = wordOf(kind, numberIn(text) ?? path);
      if (mayGo()) taken.add(word);
      if (kind === 'comment') return [{ path, text: `${text.trimEnd()}\n\n/comment\n${word}\n` }];
      if (kind === 'label') {
        const labels = [...reading.file.fields.labels, word].join(', ');
        const without = text.replace(/^labels:.*\n/m, '');
        return [{ path, text: without.replace(/^---\n/, `---\nlabels: [${labels}]\n`) }];
      }
      const { body } = reading.file.fields;
      const next = withLine(body, word);
      return [{ path, text: body === '' ? text : text.replace(body, () => next) }];
    });
    return { kind: 'push', action: 'updated', branch: 'main', isDefaultBranch: true };
  };
  const renameFile = async (): Promise<object> => {
    count += 1;
    await pushFile(async (files, read) => {
      const path = pick(files);
      if (path === undefined) return [];
      const text = await read(path);
      return [
        { path, text: null },
        { path: `issues/moved/r${count}.md`, text },
      ];
    });
    return { kind: 'push', action: 'updated', branch: 'main', isDefaultBranch: true };
  };
  const newFile = async (): Promise<object> => {
    const path = `issues/new-${count + 1}.md`;
    const title = wordOf('title', path);
    const text = `---\ntitle: ${title}\n---\nfirst\nsecond\nthird\n`;
    await pushFile(async () => [{ path, text }]);
    return { kind: 'push', action: 'updated', branch: 'main', isDefaultBranch: true };
  };

  const told = (number: number) => ({ kind: 'issue', action: 'edited', number, state: 'open' });
  const editIssue = async (kind: 'line' | 'label'): Promise<object> => {
    const number = pick(repository.issues())?.number;
    if (number === undefined) return told(1);
    const word = wordOf(kind, number);
    await control.world.inOrder(async () => {
      const item = control.item(key, number);
      const change =
        kind === 'line'
          ? { body: withLine(item.body ?? '', word) }
          : { labels: [...item.labels, word] };
      editItem(control.scene(key, 'bob'), item, change);
    });
    return told(number);
  };
  const comment = async (): Promise<object> => {
    const number = pick(repository.issues())?.number;
    if (number === undefined) return told(1);
    await control.comment(key, number, wordOf('comment', number), 'bob');
    return { kind: 'comment', action: 'created', number, isPull: false, itemMarkers: [] };
  };
  const newIssue = async (): Promise<object> => {
    const made = await control.createIssue(key, { title: 'New', body: 'a\nb\nc', as: 'bob' });
    await control.editIssue(key, made.number, { title: wordOf('title', made.number) }, 'bob');
    return told(made.number);
  };
  const close = async (): Promise<object> => {
    const number = pick(repository.issues())?.number;
    if (number === undefined) return told(1);
    const state = draw() < 0.5 ? 'closed' : 'open';
    await control.editIssue(key, number, { state }, 'bob');
    return told(number);
  };

  const pushed = { kind: 'push', action: 'updated', branch: 'main', isDefaultBranch: true };
  const deleteFile = async (): Promise<object> => {
    await pushFile(async (files, read) => {
      const path = pick(files.filter((each) => !each.includes('/archive/')));
      if (path === undefined) return [];
      take(await read(path));
      return [{ path, text: null }];
    });
    return pushed;
  };
  /** Deleted, or in another repository from then on. */
  const removeIssue = async (to: 'nowhere' | 'elsewhere'): Promise<object> => {
    const issue = pick(repository.issues());
    if (issue === undefined) return told(1);
    const { number } = issue;
    const { title, body, labels, comments } = issue;
    take([title, body ?? '', ...labels, ...comments.map((each) => each.body)].join('\n'));
    if (to === 'nowhere') await control.deleteIssue(key, number, 'bob');
    else await control.transferIssue(key, number, await elsewhere(), 'bob');
    gone += 1;
    return { ...told(number), action: to === 'nowhere' ? 'deleted' : 'transferred' };
  };
  /** Opened with the first that goes there. */
  const elsewhere = async () => {
    const other = { ...key, name: `${key.name}-other` };
    if (!isOpen) await control.createRepository(other);
    isOpen = true;
    return other;
  };
  /** To the commit before, whoever made the last one. */
  const forceBack = async (): Promise<object> => {
    const head = repository.head() ?? '';
    const [, before] = await issueTree.readLog(key, head, { path: null, atMost: 2 });
    if (before === undefined) return pushed;
    const paths = await issueTree.listFiles(key, head, 'issues');
    for (const text of (await issueTree.readFiles(key, head, paths)).values()) take(text ?? '');
    if (repository.head() !== head) return pushed;
    isForced = true;
    await control.setRef(key, 'refs/heads/main', before.sha);
    return { ...pushed, action: 'updated' };
  };

  const acts: readonly (() => Promise<object>)[] = [
    ...[() => editFile('line'), () => editFile('line'), () => editFile('label')],
    ...[() => editFile('comment'), renameFile, newFile],
    ...[() => editIssue('line'), () => editIssue('line'), () => editIssue('label')],
    ...[comment, newIssue, close],
    ...[deleteFile, () => removeIssue('nowhere'), () => removeIssue('elsewhere'), forceBack],
  ];
  const counts = { gone: () => gone, isForced: () => isForced };
  return { words, taken, ...counts, edit: () => (pick(acts) ?? newIssue)() };
}

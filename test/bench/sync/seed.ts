/** What is in a repository before its first pass: issues, pull requests and comments, a second apart from each other. */
import type { RepositoryKey } from '../../../src/domain/repository/names.js';
import type { Control } from '../../../src/github-standin/control.js';

export interface Seeds {
  readonly issues: number;
  readonly pulls: number;
  /** On issues and pull requests, in turns. */
  readonly comments: number;
}

const words = ['search', 'login', 'export', 'billing', 'upload', 'index', 'cache', 'report'];

export async function seed(
  control: Control,
  key: RepositoryKey,
  { issues, pulls, comments }: Seeds,
): Promise<void> {
  let atMs = Math.floor(Date.now() / 1000) * 1000 - (issues + pulls + comments + 3_600) * 1000;
  const next = () => {
    atMs += 1000;
    return atMs;
  };
  const numbers: number[] = [];
  for (let n = 0; n < issues; n += 1) {
    const word = words[n % words.length] ?? '';
    const body = `The ${word} takes ${n} s.\n\n1. Open it.\n2. Wait.\n\nExpected: sooner.`;
    const { number } = await control.createIssue(key, {
      ...{ title: `The ${word} is slow, ${n}`, body, as: 'ann', atMs: next() },
      labels: [word, n % 2 === 0 ? 'bug' : 'feature'],
    });
    numbers.push(number);
  }
  const sha =
    pulls === 0
      ? ''
      : await control.commit(key, { branch: 'work', files: { 'a.ts': 'export {};\n' } });
  for (let n = 0; n < pulls; n += 1) {
    await control.setRef(key, `refs/heads/work-${n}`, sha);
    const pull = await control.createPull(key, {
      title: `Work ${n}`,
      head: `work-${n}`,
      as: 'ann',
    });
    const at = next();
    Object.assign(pull, { createdAtMs: at, updatedAtMs: at });
    numbers.push(pull.number);
  }
  for (let n = 0; n < comments; n += 1) {
    const number = numbers[n % numbers.length] ?? 0;
    await control.comment(key, number, `Seen ${n} times.`, 'bob');
    const at = next();
    const item = control.item(key, number);
    const comment = item.comments.at(-1);
    if (comment) Object.assign(comment, { createdAtMs: at, updatedAtMs: at });
    item.updatedAtMs = at;
  }
}

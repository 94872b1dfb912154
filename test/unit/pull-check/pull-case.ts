/** A pull request of the fixture: what differs from a good one, and what the checks must say of it. */
import type { PullCheckName } from '../../../src/domain/pull-check/check-names.js';
import type { CheckVerdict, PullFacts } from '../../../src/domain/pull-check/facts.js';
import { type PullPolicy, pullsSchema } from '../../../src/domain/pull-check/schema.js';
import type { Commit, Pull, PullFile } from '../../../src/domain/repository/shapes.js';

export interface PullCase {
  readonly name: string;
  readonly pull?: Partial<Pull>;
  /** `path`, `path +added -removed`, `from → to`, `-path` (removed), `*path` (added). */
  readonly files?: readonly string[];
  /** Messages; two parents where the first line begins with `Merge`. */
  readonly commits?: readonly string[];
  readonly gitattributes?: string;
  readonly changelog?: PullFacts['changelog'];
  readonly policy?: Readonly<Record<string, unknown>>;
  /** Those that do not pass. */
  readonly want?: Readonly<Partial<Record<PullCheckName, CheckVerdict['verdict']>>>;
  /** Labels put on, beside those of the size. */
  readonly adds?: readonly string[];
  readonly removes?: readonly string[];
  readonly size?: 'XS' | 'S' | 'M' | 'L' | 'XL';
}

/** Everything on. */
const house = {
  size: { level: 'require' },
  labels: {
    rules: [
      { label: 'area/api', anyFile: ['src/api/**'] },
      { label: 'docs', everyFile: ['**/*.md', 'docs/**'] },
      { label: 'backport', base: '^release/' },
      { label: 'deps', head: '^(renovate|dependabot)/' },
    ],
    sync: true,
    none: ['do not merge'],
  },
  changelog: { fragments: ['.changes/*.md'] },
  apiDocs: { rules: [{ paths: ['src/api/**'], docs: ['docs/api/**'] }] },
  commits: 'require',
  breaking: { paths: ['src/public/**'], label: 'breaking' },
  template: 'require',
};

export function policyOf(over: Readonly<Record<string, unknown>> = {}): PullPolicy {
  return pullsSchema.parse({ ...house, ...over });
}

export const goodBody = `## Summary

Repairs it. Closes #12.

## Change type

- [ ] feat
- [x] fix

## Checklist

- [x] Tests show that it works
`;

const goodFiles = ['src/core.ts +10 -5', 'test/core.test.ts +20 -0', 'CHANGELOG.md +1 -0'];
const before = '# Changelog\n\n## Unreleased\n\n- An older entry\n\n## 1.0.0\n\n- First\n';
const goodChangelog = {
  base: before,
  head: before.replace('- An older entry', '- An older entry\n- The parser reads tabs again'),
};
export const untoldChangelog = { base: before, head: before };

export function factsOf(one: PullCase): PullFacts {
  const files = (one.files ?? goodFiles).map(fileOf);
  const commits = (one.commits ?? ['fix(core): repair the parser']).map(commitOf);
  const sum = (field: 'additions' | 'deletions'): number =>
    files.reduce((total, file) => total + file[field], 0);
  return {
    files,
    commits,
    pull: {
      ...goodPull,
      additions: sum('additions'),
      deletions: sum('deletions'),
      changedFiles: files.length,
      commits: commits.length,
      ...one.pull,
    },
    gitattributes: one.gitattributes ?? null,
    changelog: one.changelog ?? goodChangelog,
  };
}

const goodPull: Pull = {
  number: 34,
  nodeId: 'PR_34',
  isPull: true,
  isDraft: false,
  isLocked: false,
  type: null,
  title: 'fix(core): repair the parser',
  body: goodBody,
  state: 'open',
  stateReason: null,
  labels: [],
  assignees: [],
  milestone: null,
  author: { login: 'ann', kind: 'person' },
  createdAtMs: 0,
  updatedAtMs: 0,
  closedAtMs: null,
  url: 'https://github.test/acme/shop/pull/34',
  head: { ref: 'fix/parser', sha: 'a'.repeat(40), repository: { owner: 'acme', name: 'shop' } },
  base: { ref: 'main', sha: 'b'.repeat(40) },
  isMerged: false,
  mergeSha: null,
  isMergeable: true,
  mergeState: 'clean',
  commits: 1,
  additions: 0,
  deletions: 0,
  changedFiles: 0,
};

function fileOf(text: string): PullFile {
  const [what = '', ...counts] = text.split(/ (?=[+-]\d)/);
  const count = (sign: string): number =>
    Number(counts.find((each) => each.startsWith(sign))?.slice(1) ?? (sign === '+' ? 1 : 0));
  const [from, to] = what.split(' → ');
  const status = { '-': 'removed', '*': 'added' }[what[0] ?? ''] ?? (to ? 'renamed' : 'modified');
  return {
    path: to ?? what.replace(/^[-*](?!\*)/, ''),
    previousPath: to === undefined ? null : (from ?? null),
    status: status as PullFile['status'],
    additions: count('+'),
    deletions: count('-'),
  };
}

function commitOf(message: string, index: number): Commit {
  return {
    sha: String(index + 1).padEnd(40, 'c'),
    treeSha: 'd'.repeat(40),
    parents: message.startsWith('Merge') ? ['e', 'f'] : ['e'],
    message,
    author: { login: 'ann', name: 'Ann' },
    committedAtMs: 0,
  };
}

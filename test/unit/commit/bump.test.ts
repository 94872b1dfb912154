/** Versions out of ranges of commits, and where other tools would come to another one. */
import assert from 'node:assert/strict';
import { bumpOf, type BumpPolicy, specificationPolicy } from '../../../src/domain/commit/bump.js';
import { peerBumps, peerWarnings } from '../../../src/domain/commit/peers.js';

const shaOf = (n: number): string => String(n).padStart(40, 'a');
const range = (...messages: readonly string[]) =>
  messages.map((message, index) => ({ sha: shaOf(index), message }));
const careful: BumpPolicy = {
  ...specificationPolicy,
  preMajor: { breaking: 'minor', feature: 'patch' },
};

describe('bumpOf', () => {
  const rows = [
    { name: 'nothing', messages: [], want: 'none' },
    { name: 'chores', messages: ['chore: a', 'docs: b'], want: 'none' },
    { name: 'a fix', messages: ['fix: a', 'docs: b'], want: 'patch' },
    { name: 'a feature over fixes', messages: ['fix: a', 'feat: b', 'fix: c'], want: 'minor' },
    { name: 'a break over all', messages: ['feat: a', 'chore!: b'], want: 'major' },
    {
      name: 'a footer over all',
      messages: ['docs: a\n\nBREAKING-CHANGE: b', 'feat: c'],
      want: 'major',
    },
    { name: 'what cannot be read', messages: ['Update', "Merge branch 'x'"], want: 'none' },
    { name: 'no version before', messages: ['feat!: a'], current: null, want: 'major' },
    { name: '0.x by the specification', messages: ['feat!: a'], current: '0.3.0', want: 'major' },
    {
      name: '0.x careful, break',
      messages: ['feat!: a'],
      current: '0.3.0',
      policy: careful,
      want: 'minor',
    },
    {
      name: '0.x careful, feature',
      messages: ['feat: a'],
      current: '0.3.0',
      policy: careful,
      want: 'patch',
    },
    {
      name: '0.x careful, fix',
      messages: ['fix: a'],
      current: '0.3.0',
      policy: careful,
      want: 'patch',
    },
    {
      name: '1.x careful',
      messages: ['feat!: a'],
      current: '1.0.0',
      policy: careful,
      want: 'major',
    },
    {
      name: '10.x is no 0.x',
      messages: ['feat!: a'],
      current: '10.0.0',
      policy: careful,
      want: 'major',
    },
    {
      name: 'reverted within the range',
      messages: ['feat: a', `Revert "feat: a"\n\nThis reverts commit ${shaOf(0)}.`],
      want: 'none',
    },
    {
      name: 'reverted within, beside a fix',
      messages: ['feat!: a', 'fix: b', `revert: a\n\nRefs: ${shaOf(0)}`],
      want: 'patch',
    },
    {
      name: 'revert of the revert',
      messages: [
        'feat: a',
        `Revert "feat: a"\n\nThis reverts commit ${shaOf(0)}.`,
        `Reapply "feat: a"\n\nThis reverts commit ${shaOf(1)}.`,
      ],
      want: 'minor',
    },
    {
      name: 'revert of what was released',
      messages: ['Revert "feat: a"\n\nThis reverts commit bbbbbbb.'],
      want: 'patch',
    },
    {
      name: 'revert of one here and one released',
      messages: ['feat: a', `revert: both\n\nRefs: ${shaOf(0)}, bbbbbbb`],
      want: 'patch',
    },
  ] as const;
  for (const row of rows) {
    it(row.name, () => {
      const policy = 'policy' in row ? row.policy : specificationPolicy;
      const current = 'current' in row ? row.current : '1.2.3';
      assert.equal(bumpOf(range(...row.messages), policy, current).bump, row.want);
    });
  }

  it('names the commits that ask for it, newest first, and the newest Release-As', () => {
    const commits = range('feat: a\n\nRelease-As: 2.0.0', 'docs: b', 'fix: c\n\nRelease-As: 3.0.0');
    const found = bumpOf(commits, specificationPolicy, '1.0.0');
    assert.deepEqual(
      found.reasons.map(({ header, bump }) => [header, bump]),
      [
        ['fix: c', 'patch'],
        ['feat: a', 'minor'],
      ],
    );
    assert.equal(found.releaseAs, '3.0.0');
  });
});

describe('peerBumps', () => {
  // [message, angular, conventionalcommits, release-please]
  const rows = [
    ['feat: a', 'minor', 'minor', 'minor'],
    ['fix(x): a', 'patch', 'patch', 'patch'],
    ['feat!: a', 'none', 'major', 'major'],
    ['fix: a\n\nBREAKING CHANGE: b', 'major', 'major', 'major'],
    ['fix: a\n\nBREAKING-CHANGE: b', 'patch', 'major', 'major'],
    ['fix: a\n\nbreaking change: b', 'major', 'major', 'patch'],
    ['fix: a\n\nbody\nBREAKING CHANGE: b', 'major', 'major', 'major'],
    ['perf: a', 'patch', 'patch', 'patch'],
    ['FEAT: a', 'minor', 'minor', 'none'],
    ['Feat: a', 'none', 'none', 'none'],
    ['feature: a', 'none', 'none', 'minor'],
    ['feat:a', 'none', 'none', 'minor'],
    ['Merge pull request #1 from a/b\n\nBREAKING CHANGE: b', 'major', 'major', 'none'],
    ['chore: a\n\nfeat: b', 'none', 'none', 'minor'],
    ['Revert "feat: a"\n\nThis reverts commit abcdef1.', 'patch', 'patch', 'none'],
  ] as const;
  for (const [message, ...want] of rows) {
    it(JSON.stringify(message), () => {
      const found = peerBumps(message);
      assert.deepEqual([found.angular, found.conventionalcommits, found['release-please']], want);
    });
  }
});

describe('peerWarnings', () => {
  it('is silent where all agree', () => {
    for (const message of ['feat: a', 'fix(x): a', 'docs: a', 'feat: a\n\nBREAKING CHANGE: b']) {
      assert.deepEqual(peerWarnings(message), [], message);
    }
  });

  it('names the tool, what it would release and what is asked for', () => {
    assert.deepEqual(peerWarnings('feat!: a'), [
      'semantic-release (angular) would release nothing for "feat!: a", not a major version',
    ]);
    assert.equal(peerWarnings('fix: a\n\nbreaking change: b').length, 2);
  });
});

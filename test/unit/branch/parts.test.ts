/** The small parts of the stale policy: names, words, exemptions, and what a sweep chooses. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  archiveFolder,
  archiveRef,
  archivesOf,
  parseArchiveRef,
} from '../../../src/domain/branch/archive-name.js';
import { chooseCandidates } from '../../../src/domain/branch/candidates.js';
import { exemptReason } from '../../../src/domain/branch/exempt.js';
import { planRetirement } from '../../../src/domain/branch/plan.js';
import { isSafePattern } from '../../../src/domain/branch/safe-pattern.js';
import { staleBranchesSchema } from '../../../src/domain/branch/schema.js';
import {
  branchOfCleanupIssue,
  cleanupBody,
  cleanupMarker,
  code,
  pingText,
  restoreCommand,
} from '../../../src/domain/branch/words.js';
import { aBranch, aDayMs, aPolicy, nowMs, repository } from './sample-branch.js';

const branchName = fc
  .string({ minLength: 1, maxLength: 60 })
  .filter((name) => !/[\ud800-\udfff]/.test(name) && !/[\s~^:?*[\\]|\.\.|@\{/.test(name));

describe('archives of branches', () => {
  it('are named so that name, time and tip can be read back', () => {
    fc.assert(
      fc.property(
        branchName,
        fc.constantFrom('ref' as const, 'branch' as const),
        fc.integer({ min: 0, max: 4_000_000_000 }),
        (branch, form, seconds) => {
          const sha = '0123456789abcdef0123456789abcdef01234567';
          const ref = archiveRef(form, branch, sha, seconds * 1000 + 123);
          assert.ok(ref.startsWith(archiveFolder(form)));
          const archivedAtMs = seconds * 1000;
          const want = { ref, form, branch, archivedAtMs, sha: '0123456789ab' };
          assert.deepEqual(parseArchiveRef(ref), want);
        },
      ),
    );
  });

  it('are found newest first, and only those of the branch', () => {
    const refs = [
      archiveRef('ref', 'a', '1'.repeat(40), 0),
      archiveRef('ref', 'a', '2'.repeat(40), aDayMs),
      archiveRef('branch', 'a', '3'.repeat(40), 2 * aDayMs),
      archiveRef('ref', 'a/b', '4'.repeat(40), 0),
      'refs/archive/somebody-elses',
    ];
    assert.deepEqual(
      archivesOf('a', refs).map(({ sha }) => sha[0]),
      ['3', '2', '1'],
    );
  });
});

describe('what is written on cleanup issues', () => {
  it('finds its branch again by the marker, whatever the name', () => {
    fc.assert(
      fc.property(branchName, (branch) => {
        const body = `text\n\n${cleanupMarker(repository, branch)}`;
        assert.equal(branchOfCleanupIssue(repository, body), branch);
        assert.equal(branchOfCleanupIssue({ owner: 'acme', name: 'shopping' }, body), null);
      }),
    );
  });

  it('lets no name become markup, a mention or a shell command', () => {
    assert.equal(code('a`b'), '``a`b``');
    assert.equal(code('`@all`'), '`` `@all` ``');
    assert.match(
      restoreCommand(repository, "x';rm -rf ~"),
      /restore acme\/shop 'x'\\'';rm -rf ~' /,
    );
    const branch = aBranch({ name: '@acme/all', author: { login: null, name: '@bob|x' } });
    const body = cleanupBody({
      ...{ repository, branch, policy: aPolicy() },
      graceEndsAtMs: nowMs,
    });
    assert.ok(body.includes('`@acme/all`') && body.includes('`@bob\\|x`'));
  });

  it('mentions the author and those named, once each, and no bot', () => {
    const policy = aPolicy({ notify: { mention: ['@acme/leads', 'ANN'] } });
    const text = { repository, policy, graceEndsAtMs: nowMs };
    assert.match(pingText({ ...text, branch: aBranch() }), /^@ann @acme\/leads is /);
    const bot = aBranch({ author: { login: 'renovate[bot]', name: 'r' } });
    assert.match(pingText({ ...text, branch: bot }), /^@acme\/leads @ANN is /);
  });
});

describe('exemptions', () => {
  const policy = aPolicy({
    exempt: { names: ['release/*', 'docs'], patterns: ['^wip/.+-\\d{4}$'], authors: ['Renovate'] },
  });
  const cases: readonly [string, ReturnType<typeof aBranch>, RegExp | null][] = [
    ['default', aBranch({ name: 'main' }), /default branch/],
    ['protected', aBranch({ isProtected: true }), /protected/],
    ['an archive', aBranch({ name: 'archive/a@x' }), /archive/],
    ['merge queue', aBranch({ name: 'gh-readonly-queue/main/pr-1' }), /merge queue/],
    ['name', aBranch({ name: 'docs' }), /exempt\.names has docs/],
    ['name with *', aBranch({ name: 'release/1/x' }), /release\/\*/],
    ['not the name', aBranch({ name: 'docs2' }), null],
    ['pattern', aBranch({ name: 'wip/a-2026' }), /exempt\.patterns/],
    ['author', aBranch({ author: { login: 'renovate', name: 'R' } }), /exempt\.authors/],
    ['pull request', aBranch({ openPulls: [4] }), /#4 is open/],
    ['nothing', aBranch(), null],
  ];
  for (const [name, branch, want] of cases) {
    it(name, () => {
      const reason = exemptReason(policy, branch, 'main');
      if (want === null) assert.equal(reason, null);
      else assert.match(reason ?? 'nothing', want);
    });
  }

  it('ignores open pull requests where the policy says so', () => {
    const branch = aBranch({ openPulls: [4] });
    assert.equal(exemptReason(aPolicy({ openPulls: 'ignore' }), branch, 'main'), null);
  });

  it('takes no pattern that may never end', () => {
    for (const safe of ['^a+$', '^(feat|fix)/', '(ab)+', '^[+*]+$', '\\d{4}', '(?:x)?y'])
      assert.ok(isSafePattern(safe), safe);
    for (const unsafe of [
      '(a+)+$',
      '(a|a)*',
      '((a*)b)*',
      '(a)\\1',
      '(?=a)',
      '(',
      '(?:a*){2,}',
      '.*.*.*.*.*x',
    ])
      assert.ok(!isSafePattern(unsafe), unsafe);
  });
});

describe('the policy', () => {
  it('has defaults: 30 days, 7 days, pull requests keep', () => {
    const { after, grace, openPulls, archive, limit } = aPolicy();
    assert.deepEqual(
      { after, grace, openPulls, archive, limit },
      { after: 30 * aDayMs, grace: 7 * aDayMs, openPulls: 'exempt', archive: 'ref', limit: 50 },
    );
  });
  for (const wrong of [
    { after: '1h' },
    { grace: '1d', remindBefore: '2d' },
    { exempt: { patterns: ['(a+)+'] } },
    { notify: { mention: ['a b'] } },
    { unknown: 1 },
  ]) {
    it(`refuses ${JSON.stringify(wrong)}`, () => {
      assert.equal(staleBranchesSchema.safeParse(wrong).success, false);
    });
  }

  it('plans every step with its time', () => {
    const policy = aPolicy({ remindBefore: '1d', keepArchived: '90d' });
    const plan = planRetirement({ repository, branch: aBranch(), policy, nowMs });
    assert.deepEqual(
      plan.map(({ atMs }) => (atMs - nowMs) / aDayMs),
      [0, 0, 6, 7, 7, 97],
    );
    assert.match(plan[3]?.text ?? '', /refs\/archive\/feature\/old@20260608T120000Z-aaaaaaaaaaaa/);
  });
});

describe('a sweep', () => {
  const choose = (branches: readonly ReturnType<typeof aBranch>[], issues = new Map()) =>
    chooseCandidates({
      ...{ policy: aPolicy(), branches, defaultBranch: 'main', issues, nowMs },
      aheadMs: 2 * aDayMs,
    });

  it('chooses what is due or soon will be, the longest due first', () => {
    const old = (name: string, days: number) =>
      aBranch({ name, committedAtMs: nowMs - days * aDayMs });
    const chosen = choose([old('b', 40), old('a', 40), old('c', 50), old('d', 28), old('e', 27)]);
    assert.deepEqual(
      chosen.map(({ branch }) => branch),
      ['c', 'a', 'b', 'd'],
    );
  });

  it('takes up again what was left with an open cleanup issue, gone branches too', () => {
    const young = aBranch({ name: 'young', committedAtMs: nowMs });
    const issues = new Map([
      ['young', { number: 1, isOpen: true }],
      ['gone', { number: 2, isOpen: true }],
      ['over', { number: 3, isOpen: false }],
    ]);
    const chosen = choose([young], issues);
    assert.deepEqual(
      chosen.map(({ branch }) => branch),
      ['gone', 'young'],
    );
  });
});

/** Branch names of issues: plain letters only, cut between words, found again under another title. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import {
  branchNameOf,
  branchPrefixOf,
  isBranchOf,
  issueOfBranch,
  slugOf,
} from '../../../src/domain/issue/branch-name.js';
import { issuesPolicySchema } from '../../../src/domain/issue/schema.js';

const usual = 'feature/issue-{n}-{slug}';
const patterns = [usual, '{n}-{slug}', 'issue/{n}', 'work/{slug}/{n}', '{slug}-{n}', 'i{n}_{slug}'];

describe('branch name of an issue', () => {
  const slugs: readonly (readonly [string, string])[] = [
    ['Search is slow', 'search-is-slow'],
    ['  --Weird___ spacing!!  ', 'weird-spacing'],
    ['Größe: „naïve“ café', 'grosse-naive-cafe'],
    ['Łódź Øresund Æther þorn', 'lodz-oresund-aether-thorn'],
    ["Don't break the user’s cart", 'dont-break-the-users-cart'],
    ['ﬁle № ２', 'file-no-2'],
    ['検索が遅い', ''],
    ['🚀🚀', ''],
    ['', ''],
    ['../../etc/passwd', 'etc-passwd'],
    ['a.lock@{1}~^:?*[\\', 'a-lock-1'],
    ['x'.repeat(80), 'x'.repeat(50)],
    [
      'the quick brown fox jumps over the lazy dog and goes home',
      'the-quick-brown-fox-jumps-over-the-lazy-dog-and',
    ],
  ];
  for (const [title, slug] of slugs) {
    it(`writes ${JSON.stringify(title.slice(0, 40))} as "${slug.slice(0, 50)}"`, () => {
      assert.equal(slugOf(title), slug);
    });
  }

  it('leaves the place of an empty slug out', () => {
    const issue = { number: 12, title: '検索' };
    assert.deepEqual(
      patterns.map((pattern) => branchNameOf(pattern, issue)),
      ['feature/issue-12', '12', 'issue/12', 'work/12', '12', 'i12'],
    );
  });

  it('knows the branch of an issue again under any title, and no other issue’s', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...patterns),
        fc.integer({ min: 1, max: 9_999 }),
        fc.oneof(fc.string({ unit: 'grapheme', maxLength: 90 }), fc.lorem({ maxCount: 12 })),
        (pattern, number, title) => {
          const name = branchNameOf(pattern, { number, title });
          assert.ok(isBranchOf(pattern, number, name), name);
          assert.ok(name.startsWith(branchPrefixOf(pattern, number)), name);
          assert.match(name, /^[a-z0-9/_-]+$/);
          assert.ok(name.length <= 80);
        },
      ),
    );
    assert.equal(isBranchOf(usual, 1, 'feature/issue-12-x'), false);
    assert.equal(isBranchOf(usual, 12, 'feature/issue-1-2'), false);
    assert.equal(isBranchOf(usual, 12, 'feature/issue-12'), true);
    assert.equal(isBranchOf(usual, 12, 'feature/issue-12-Old/thing'), false);
  });

  it('finds the issue that a branch was named for', () => {
    assert.equal(issueOfBranch(usual, 'feature/issue-12-2-fast-4-you'), 12);
    assert.equal(issueOfBranch(usual, 'feature/issue-012'), null);
    assert.equal(issueOfBranch(usual, 'fix/issue-12-x'), null);
    assert.equal(issueOfBranch('{slug}-{n}', 'top-10-list-7'), 7);
  });

  it('makes names that git takes', () => {
    const titles = ['a.', '.a', '-a', 'a..b', 'refs/heads/@', 'HEAD', 'x.lock', '@{-1}', 'é\u0000'];
    for (const pattern of patterns) {
      for (const title of titles) {
        const name = branchNameOf(pattern, { number: 3, title });
        execFileSync('git', ['check-ref-format', '--branch', name]);
      }
    }
  });

  it('refuses patterns that name no issue, or that git would refuse', () => {
    const bad = [
      'feature/{slug}',
      '{n}/{n}',
      'a b/{n}',
      '/{n}',
      '{n}.lock',
      'x/../{n}',
      '{n}/',
      'a~{n}',
    ];
    for (const pattern of bad) {
      assert.equal(issuesPolicySchema.safeParse({ branch: { pattern } }).success, false, pattern);
    }
    for (const pattern of patterns) {
      assert.equal(issuesPolicySchema.safeParse({ branch: { pattern } }).success, true, pattern);
    }
    assert.equal(issuesPolicySchema.safeParse({ archive: '../x' }).success, false);
    assert.equal(issuesPolicySchema.parse({}).archive, 'issues/archive');
    assert.equal(issuesPolicySchema.parse({ archive: false }).archive, false);
  });
});

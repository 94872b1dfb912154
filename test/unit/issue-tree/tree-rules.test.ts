/** Which paths and refs are taken, what counts as a change, and what became of a push. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isDenial, pushOutcome } from '../../../src/domain/issue-tree/push-outcome.js';
import { isRefName } from '../../../src/domain/issue-tree/ref-name.js';
import { fileChange } from '../../../src/domain/issue-tree/tree-change.js';
import { isIssuePath, isPlainPath, personOf } from '../../../src/domain/issue-tree/tree-path.js';

const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(40)) as [string, string, string];

describe('rules of files on a branch', () => {
  it('takes what lies in the tree, and no step out of it', () => {
    for (const path of ['a', 'a/b.md', 'a b/ü\n☃.md', '-rf', '.github/x', 'a/.gitignore', '...']) {
      assert.ok(isPlainPath(path), path);
    }
    const bad = ['', '/a', 'a/', 'a//b', '.', '..', 'a/../b', 'a/./b', '.git', 'a/.GiT/x', 'a\0'];
    for (const path of [...bad, 'a\uD800b', 'a\uFFFD']) assert.ok(!isPlainPath(path), path);
    assert.ok(isIssuePath('issues/a/b.md', '/issues/'));
    assert.ok(!isIssuePath('issues2/b.md', 'issues') && !isIssuePath('issues/b.txt', 'issues'));
  });

  it('takes names of refs as git does', () => {
    for (const ref of ['refs/heads/main', 'refs/sync/issues', 'refs/heads/ü/1+2%']) {
      assert.ok(isRefName(ref), ref);
    }
    const bad = ['main', 'refs/', 'refs/heads/a b', 'refs/heads/a..b', 'refs/heads/a:b'];
    const worse = [
      'refs/heads/*',
      'refs/heads/a.lock',
      'refs/heads/.a',
      'refs/heads/a@{1}',
      '--all',
    ];
    for (const ref of [...bad, ...worse, 'refs/heads/a\n', 'refs/heads/a/', 'refs/heads/a.']) {
      assert.ok(!isRefName(ref), ref);
    }
  });

  it('makes a name that ends on no line and in no bracket of whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, email) => {
        const person = personOf({ name, email });
        assert.ok(person.name !== '' && person.email !== '');
        assert.doesNotMatch(person.name + person.email, /[<>\p{Cc}\p{Surrogate}]/u);
        assert.doesNotMatch(person.email, / /);
      }),
    );
    assert.deepEqual(personOf({ name: 'Ada <b>', email: 'a@b' }), { name: 'Ada  b', email: 'a@b' });
    assert.equal(personOf({ name: ' ', email: 'x' }).name, 'sluice');
  });

  it('counts plain files under the folder alone', () => {
    const entry = (path: string, sha: string, mode = '100644') => ({ path, sha, mode });
    const link = entry('i/1.md', b, '120000');
    const told = (...[old, now]: Parameters<typeof fileChange> | [never, never]) => {
      const change = fileChange(old, now, 'i');
      return change && `${change.change} ${change.previousPath ?? ''}>${change.path}`;
    };
    const cases = [
      [null, entry('i/1.md', a), 'added >i/1.md'],
      [entry('i/1.md', a), entry('i/1.md', b), 'modified >i/1.md'],
      [entry('i/1.md', a), entry('i/1.md', a, '100755'), null],
      [entry('i/1.md', a), null, 'deleted >i/1.md'],
      [entry('i/1.md', a), entry('i/2.md', b), 'renamed i/1.md>i/2.md'],
      [entry('o/1.md', a), entry('i/1.md', a), 'added >i/1.md'],
      [entry('i/1.md', a), entry('o/1.md', a), 'deleted >i/1.md'],
      [entry('i/1.txt', a), entry('i/1.md', a), 'added >i/1.md'],
      [entry('i/1.md', a), link, 'deleted >i/1.md'],
      [link, entry('i/1.md', a), 'added >i/1.md'],
      [null, link, null],
      [null, null, null],
    ] as const;
    for (const [old, now, expected] of cases) {
      assert.equal(told(old, now, 'i'), expected);
    }
  });

  it('tells what became of a push from where the refs are', () => {
    const ref = (now: string | null, isBeyond = false) => ({
      ...{ ref: `refs/${String(now)[0]}`, before: a, after: b, now, isBeyond },
    });
    assert.equal(pushOutcome([ref(a), ref(a)]).kind, 'still');
    assert.equal(pushOutcome([ref(b), ref(b)]).kind, 'arrived');
    assert.equal(pushOutcome([ref(c, true), ref(b)]).kind, 'arrived');
    assert.deepEqual(pushOutcome([ref(a), ref(c)]), { kind: 'moved', ref: 'refs/c', now: c });
    assert.deepEqual(pushOutcome([ref(b), ref(a)]), { kind: 'moved', ref: 'refs/b', now: b });
    assert.deepEqual(pushOutcome([ref(null)]), { kind: 'moved', ref: 'refs/n', now: null });
  });

  it('knows a refusal of the host from a failure on the way', () => {
    for (const said of [
      'error: GH006: Protected branch update failed for refs/heads/main.',
      'error: GH013: Repository rule violations found for refs/heads/main.',
      'Permission to acme/shop.git denied to sluice[bot].',
      '[remote rejected] (pre-receive hook declined)',
      'This repository was archived so it is read-only.',
      'Write access to repository not granted.',
    ]) {
      assert.ok(isDenial(said), said);
    }
    for (const said of [
      'unable to access: The requested URL returned error: 502',
      'the remote end hung up unexpectedly',
      'Something went wrong while executing your query.',
    ]) {
      assert.ok(!isDenial(said), said);
    }
  });
});

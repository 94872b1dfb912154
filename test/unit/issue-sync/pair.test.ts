/** Which files without a link and issues without a file are one. */
import assert from 'node:assert/strict';
import { newIssueMarker } from '../../../src/domain/issue-sync/markers.js';
import { madeOf, pairUnlinked } from '../../../src/domain/issue-sync/pair.js';
import type { HostIssue, IssueFields } from '../../../src/domain/issue-sync/shapes.js';

const fields = (title: string, body = 'b'): IssueFields => ({
  ...{ title, body, state: 'open', reason: null, labels: [], assignees: [], milestone: null },
});
const issue = (number: number, title: string, body = 'b', markers: string[] = []): HostIssue => ({
  ...{ kind: 'issue', id: `I${number}`, number, fields: fields(title, body), markers },
  ...{ author: 'bob', createdAtMs: 0, updatedAtMs: 0, commentCount: 0, url: '' },
});
const file = (path: string, title: string, body = 'b') => ({
  file: { path, fields: fields(title, body) },
  intended: path,
});
const pairs = (...given: Parameters<typeof pairUnlinked>) => [...pairUnlinked(...given)];

describe('files and issues without each other', () => {
  it('are paired by the marker, whatever they say by now', () => {
    const made = issue(7, 'Other', 'other', [newIssueMarker('issues/a.md', '0')]);
    assert.deepEqual(pairs([file('issues/a.md', 'A')], [issue(6, 'A'), made], false), [
      ['issues/a.md', 7],
    ]);
  });

  it('are paired by the marker of an earlier look, and where the file was before it was renamed', () => {
    const made = issue(7, 'Other', 'other', [newIssueMarker('issues/a.md', '3')]);
    const moved = { ...file('issues/b.md', 'A'), intended: 'issues/a.md' };
    assert.deepEqual(pairs([moved], [made], false), [['issues/b.md', 7]]);
    assert.deepEqual(pairs([file('issues/b.md', 'A')], [made], false), []);
    // It was meant again where it lies now, and its issue made there.
    const again = issue(8, 'Other', 'other', [newIssueMarker('issues/b.md', '3')]);
    assert.deepEqual(pairs([moved], [again], false), [['issues/b.md', 8]]);
  });

  it('are paired by all that people wrote, if that is one of each', () => {
    assert.deepEqual(pairs([file('x.md', 'A')], [issue(1, 'A')], false), [['x.md', 1]]);
    assert.deepEqual(pairs([file('x.md', 'A')], [issue(1, 'A'), issue(2, 'A')], false), []);
    assert.deepEqual(pairs([file('x.md', 'A'), file('y.md', 'A')], [issue(1, 'A')], false), []);
    assert.deepEqual(pairs([file('x.md', 'A', '')], [issue(1, 'A', '')], false), []);
    assert.deepEqual(pairs([file('x.md', 'A', 'b2')], [issue(1, 'A')], false), []);
  });

  it('are paired by the title on the first pass', () => {
    assert.deepEqual(pairs([file('x.md', 'a', 'b2')], [issue(1, 'A')], true), [['x.md', 1]]);
    const both = [file('issues/001-a.md', 'A', 'x'), file('issues/002-a.md', 'A', 'y')];
    assert.deepEqual(pairs(both, [issue(2, 'A'), issue(1, 'A')], true), [
      ['issues/001-a.md', 1],
      ['issues/002-a.md', 2],
    ]);
  });
});

describe('a thousand files and as many issues', () => {
  it('are paired without comparing each with each', () => {
    const numbers = Array.from({ length: 20_000 }, (_none, at) => at + 1);
    const files = numbers.map((at) => file(`issues/${at}.md`, `T${at}`, `b${at}`));
    const issues = numbers.map((at) => issue(at, `T${at}`, `c${at}`));
    const startedAtMs = performance.now();
    assert.equal(pairs(files, issues, true).length, numbers.length);
    assert.ok(performance.now() - startedAtMs < 5_000);
  });
});

describe('what an issue was made of', () => {
  it('is the file, open, with the names that the host has', () => {
    const wanted = { ...fields('A'), labels: ['x', 'y'], milestone: '1', state: 'closed' } as const;
    assert.deepEqual(madeOf(wanted, { ...fields('A'), labels: ['Y'] }), {
      ...fields('A'),
      labels: ['y'],
    });
    assert.equal(madeOf(wanted, fields('B')), null);
  });
});

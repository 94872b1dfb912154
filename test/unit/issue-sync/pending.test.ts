/** Records while a file waits to be merged: nothing is asked twice, and nothing of it is forgotten. */
import assert from 'node:assert/strict';
import { isPending, whilePending, withoutPending } from '../../../src/domain/issue-sync/pending.js';
import type { BaseRecord, IssueFields, IssueFile } from '../../../src/domain/issue-sync/shapes.js';

const fields = (title: string): IssueFields => ({
  ...{ title, body: 'b', state: 'open', reason: null, labels: [], assignees: [], milestone: null },
});
const record = (title: string): BaseRecord => ({
  ...{ version: 1, id: 'I', number: 1, path: 'a.md', file: fields(title), host: fields(title) },
  ...{ questions: {}, comments: [], updatedAtMs: 1, tombstone: null },
});
const file: IssueFile = {
  ...{ path: 'a.md', link: null, fields: fields('A'), comments: [], newComments: [] },
};

describe('a record of what waits in a pull request', () => {
  it('says what the file is, what the issue is, and that one waits', () => {
    const pending = whilePending(record('B'), file, record('A'));
    assert.equal(pending.file.title, 'A');
    assert.equal(pending.host.title, 'B');
    assert.deepEqual(pending.questions, { title: { kind: 'pending' } });
    assert.ok(isPending(pending));
  });

  it('is worked out anew as if nothing had been written', () => {
    const pending = whilePending(record('B'), file, record('A'));
    assert.deepEqual(withoutPending(pending), record('A'));
  });

  it('has no path while the first file of an issue is still to come', () => {
    const pending = whilePending(record('B'), null, null);
    assert.equal(pending.path, null);
    assert.equal(withoutPending(pending), null);
  });

  it('is told even where only comments or the place of the file wait', () => {
    assert.ok(isPending(whilePending(record('A'), file, record('A'))));
  });
});

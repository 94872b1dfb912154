/** Texts that stay as comments, because the other side's was taken. */
import assert from 'node:assert/strict';
import { begin, issueOf, path } from '../../support/issue-sync/by-hand.js';
import { runPass } from '../../support/issue-sync/pass.js';
import { addComment, setBody } from '../../support/issue-sync/world.js';

describe('a text that is kept as a comment', () => {
  it('is posted once, also where a comment of somebody went and there are as many as before', async () => {
    const text = '---\ntitle: A\n---\nIt takes 9 s.\n';
    const fields = { body: 'both-as-comment' };
    const { world, desk, commit, pass, file } = begin({ fields }, { 'issues/a.md': text });
    await pass();
    world.nowMs += 1_000;
    addComment(world, issueOf(world), 'Me too.', 'bob');
    await pass();
    assert.match(file(), /Me too\./);
    world.nowMs += 1_000;
    issueOf(world).comments.splice(0);
    setBody(world, issueOf(world), 'It takes 10 s.', 'bob');
    commit({ [path]: file().replace('9 s', '11 s') });
    let isFirst = true;
    desk.disturb = (point) => {
      // Outrun: the text is kept, and nothing of it noted.
      if (point === 'before tree.push' && isFirst) commit({ 'README.md': 'Shop' });
      if (point === 'before tree.push') isFirst = false;
    };
    const heard = [{ number: 1, digest: null, actor: 'bob', delivery: 'd-1', isComment: false }];
    await runPass(desk, { isFull: false, isListed: false, heard });
    assert.ok(!isFirst);
    assert.deepEqual(
      issueOf(world).comments.map(({ body }) => body),
      ['The file said otherwise for the body:\n\nIt takes 11 s.'],
    );
  });
});

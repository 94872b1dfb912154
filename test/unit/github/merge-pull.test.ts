/** What GitHub's words about a merge mean. */
import assert from 'node:assert/strict';
import { issueAnswer, repository, scriptGithub } from './scripted-github.js';

const root = '/api/v3/repos/acme/shop';
const pull = {
  ...issueAnswer(7),
  ...{ merged_at: null, merge_commit_sha: null, head: { sha: 'h', ref: 'x', repo: null } },
  base: { sha: 'b', ref: 'main' },
};

describe('a merge at GitHub', () => {
  it('merges with the head that was judged as lease', async () => {
    const moved = 'Head branch was modified. Review and try the merge again.';
    const { codeHost, sent } = scriptGithub({
      [`GET ${root}/pulls/7`]: () => ({ body: pull }),
      [`GET ${root}/commits`]: () => ({ body: [] }),
      [`PUT ${root}/pulls/7/merge`]: () => ({ status: 409, body: { message: moved } }),
    });
    const merge = { headSha: 'h', method: 'squash', title: 'T' } as const;
    const outcome = await codeHost.pulls.mergePull(repository, 7, merge);
    assert.deepEqual(outcome, { kind: 'moved', reason: moved });
    const body = sent.find(({ method }) => method === 'PUT')?.body;
    assert.deepEqual(body, { sha: 'h', merge_method: 'squash', commit_title: 'T (#7)' });
  });

  for (const [reason, kind] of [
    ['Base branch was modified. Review and try the merge again.', 'moved'],
    ["You're not authorized to push to this branch.", 'refused'],
    ['Merge commits are not allowed on this repository.', 'refused'],
    ['Pull Request is not mergeable', 'notMergeable'],
    ['2 of 2 required status checks are expected.', 'notMergeable'],
  ] as const) {
    it(`understands 405 "${reason}"`, async () => {
      const { codeHost } = scriptGithub({
        [`GET ${root}/pulls/7`]: () => ({ body: pull }),
        [`GET ${root}/commits`]: () => ({ body: [] }),
        [`PUT ${root}/pulls/7/merge`]: () => ({ status: 405, body: { message: reason } }),
      });
      const merge = { headSha: 'h', method: 'merge' } as const;
      assert.deepEqual(await codeHost.pulls.mergePull(repository, 7, merge), { kind, reason });
    });
  }
});

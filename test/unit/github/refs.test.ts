/** What becomes of GitHub's refusals to move refs, and of numbers that are too long. */
import assert from 'node:assert/strict';
import { repository, scriptGithub } from './scripted-github.js';

const root = '/api/v3/repos/acme/shop';
const [tip, other] = ['a'.repeat(40), 'b'.repeat(40)];
const updates = [
  { ref: 'refs/archive/x', before: null, after: tip, force: false },
  { ref: 'refs/heads/x', before: tip, after: null, force: false },
];

function refusing(message: string, now: string) {
  const errors = [{ type: 'UNPROCESSABLE', message }];
  return scriptGithub({
    [`GET ${root}`]: () => ({ body: { node_id: 'R_1', default_branch: 'main', archived: false } }),
    'POST /api/graphql': () => ({ body: { data: { updateRefs: null }, errors } }),
    [`GET ${root}/git/ref/heads/x`]: () => ({ body: { object: { sha: now, type: 'commit' } } }),
    [`GET ${root}/git/ref/heads%2Fx`]: () => ({ body: { object: { sha: now, type: 'commit' } } }),
  });
}

describe('refs at GitHub', () => {
  for (const [message, now, code, where] of [
    ['Reference name is not allowed', tip, 'InvalidInput', 'refs/archive/x'],
    ['Cannot delete this protected branch: refs/heads/x', tip, 'PolicyDenied', 'refs/heads/x'],
    ['Repository rule violations found', tip, 'PolicyDenied', 'refs/archive/x, refs/heads/x'],
    ['is at b but expected a', other, 'Conflict', 'refs/heads/x'],
    ['Something new', other, 'Conflict', 'refs/heads/x'],
  ] as const) {
    it(`understands "${message}" as ${code}`, async () => {
      const { codeHost, sent } = refusing(message, now);
      const failure = await codeHost.refs.updateRefs(repository, updates).then(
        () => null,
        (error: unknown) => error as { code: string; details: { where: string } },
      );
      assert.deepEqual([failure?.code, failure?.details.where], [code, where]);
      const [posted, ...more] = sent.filter(({ method }) => method === 'POST');
      assert.equal(more.length, 0);
      const { variables } = (posted?.body ?? {}) as { variables?: { input: unknown } };
      const none = '0'.repeat(40);
      assert.deepEqual(variables?.input, {
        repositoryId: 'R_1',
        refUpdates: [
          { name: 'refs/archive/x', beforeOid: none, afterOid: tip, force: false },
          { name: 'refs/heads/x', beforeOid: tip, afterOid: none, force: false },
        ],
      });
    });
  }

  it('tells where an annotated tag leads', async () => {
    const { codeHost } = scriptGithub({
      [`GET ${root}/git/ref/tags%2Fv1`]: () => ({ body: { object: { sha: other, type: 'tag' } } }),
      [`GET ${root}/git/ref/tags/v1`]: () => ({ body: { object: { sha: other, type: 'tag' } } }),
      [`GET ${root}/git/tags/${other}`]: () => ({ body: { object: { sha: tip, type: 'commit' } } }),
    });
    assert.equal(await codeHost.refs.readRef(repository, 'refs/tags/v1'), tip);
  });
});

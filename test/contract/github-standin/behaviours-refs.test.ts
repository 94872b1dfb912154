/** Behaviours: refs, leases, commits over GraphQL. */
import assert from 'node:assert/strict';
import { behaviourTests, type Host, newBranch } from './behave.js';

const zeros = '0'.repeat(40);
const updateRefs =
  'mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }';
const readSha = async ({ ask, r }: Host, ref: string): Promise<string | null> => {
  const { status, body } = await ask('GET', `${r}/git/ref/${ref}`);
  return status === 200 ? body.object.sha : null;
};

describe('the stand-in moves refs as GitHub does', () => {
  const { both, here } = behaviourTests();

  both('refs.exists', async (host) => {
    const { name, sha } = await newBranch(host);
    const body = { ref: `refs/heads/${name}`, sha };
    const answer = await host.ask('POST', `${host.r}/git/refs`, body);
    assert.deepEqual([answer.status, answer.body.message], [422, 'Reference already exists']);
  });

  both('refs.fastForward', async (host) => {
    const { name, base } = await newBranch(host);
    const path = `${host.r}/git/refs/heads/${name}`;
    const { status, body } = await host.ask('PATCH', path, { sha: base });
    assert.deepEqual([status, body.message], [422, 'Update is not a fast forward']);
    assert.equal((await host.ask('PATCH', path, { sha: base, force: true })).status, 200);
  });

  both('refs.missing', async ({ ask, r }) => {
    assert.equal((await ask('DELETE', `${r}/git/refs/heads/never-there`)).status, 422);
  });

  both('refs.force', async (host) => {
    const { name, base } = await newBranch(host);
    const path = `${host.r}/git/refs/heads/${name}`;
    assert.equal((await host.ask('PATCH', path, { sha: base, force: 'true' })).status, 422);
  });

  both('refs.protected', async (host) => {
    const { name, base } = await newBranch(host);
    const own = `${host.r}/branches/${name}/protection`;
    await host.ask('PUT', own, {
      required_status_checks: null,
      required_pull_request_reviews: null,
      restrictions: null,
      enforce_admins: true,
    });
    try {
      const path = `${host.r}/git/refs/heads/${name}`;
      assert.equal((await host.ask('DELETE', path)).status, 422);
      assert.equal((await host.ask('PATCH', path, { sha: base, force: true })).status, 422);
    } finally {
      await host.ask('DELETE', own);
    }
  });

  here('refs.default', async (host) => {
    assert.equal((await host.ask('DELETE', `${host.r}/git/refs/heads/main`)).status, 422);
  });

  both('updateRefs.lease', async (host) => {
    const { name, sha, base, repositoryId } = await newBranch(host);
    const update = { name: `refs/heads/${name}`, beforeOid: base, afterOid: zeros, force: true };
    const { body } = await host.graphql(updateRefs, { repositoryId, refUpdates: [update] });
    assert.ok(body.errors.length > 0);
    assert.equal(await readSha(host, `heads/${name}`), sha);
  });

  both('updateRefs.atomic', async (host) => {
    const { name, sha, base, repositoryId } = await newBranch(host);
    const other = host.fresh('backup');
    const refUpdates = [
      { name: `refs/heads/${other}`, beforeOid: zeros, afterOid: sha },
      { name: `refs/heads/${name}`, beforeOid: base, afterOid: base, force: true },
    ];
    const { body } = await host.graphql(updateRefs, { repositoryId, refUpdates });
    assert.ok(body.errors.length > 0);
    assert.equal(await readSha(host, `heads/${other}`), null);
    assert.equal(await readSha(host, `heads/${name}`), sha);
  });

  both('updateRefs.zeros', async (host) => {
    const { name, sha, repositoryId } = await newBranch(host);
    const other = host.fresh('moved');
    const refUpdates = [
      { name: `refs/heads/${other}`, beforeOid: zeros, afterOid: sha },
      { name: `refs/heads/${name}`, beforeOid: sha, afterOid: zeros, force: true },
    ];
    const { body } = await host.graphql(updateRefs, { repositoryId, refUpdates });
    assert.equal(body.errors, undefined);
    assert.equal(await readSha(host, `heads/${other}`), sha);
    assert.equal(await readSha(host, `heads/${name}`), null);
    const again = await host.graphql(updateRefs, {
      repositoryId,
      refUpdates: [{ name: `refs/heads/${other}`, beforeOid: zeros, afterOid: sha }],
    });
    assert.ok(again.body.errors.length > 0);
  });

  both('updateRefs.archive', async (host) => {
    const { name, sha, repositoryId } = await newBranch(host);
    const refUpdates = [
      { name: `refs/archive/${name}`, beforeOid: zeros, afterOid: sha },
      { name: `refs/heads/${name}`, beforeOid: sha, afterOid: zeros, force: true },
    ];
    await host.graphql(updateRefs, { repositoryId, refUpdates });
    assert.equal(await readSha(host, `archive/${name}`), sha);
    assert.equal(await readSha(host, `heads/${name}`), null);
  });

  both('trees.missing', async (host) => {
    const { sha } = await newBranch(host);
    const { body: commit } = await host.ask('GET', `${host.r}/git/commits/${sha}`);
    const gone = { path: host.fresh('never.md'), mode: '100644', type: 'blob', sha: null };
    const tree = { base_tree: commit.tree.sha, tree: [gone] };
    assert.equal((await host.ask('POST', `${host.r}/git/trees`, tree)).status, 422);
  });

  both('commit.file', async (host) => {
    const { sha, repositoryId } = await newBranch(host, 'x'.repeat(600_000), 'folder/long.md');
    const query = `query { node(id: "${repositoryId}") { ... on Repository {
      object(oid: "${sha}") { ... on Commit {
        long: file(path: "folder/long.md") { mode type object { ... on Blob { byteSize isTruncated text } } }
        folder: file(path: "folder") { mode type }
        none: file(path: "folder/none.md") { mode }
        history(first: 2, path: "folder/long.md") { nodes { oid } }
      } }
    } } }`;
    const { body } = await host.graphql(query, {});
    const { long, folder, none, history } = body.data.node.object;
    assert.deepEqual([long.mode, long.type], [0o100644, 'blob']);
    assert.deepEqual([long.object.byteSize, long.object.isTruncated], [600_000, true]);
    assert.ok(long.object.text.length < 600_000);
    assert.deepEqual(folder, { mode: 0o40000, type: 'tree' });
    assert.equal(none, null);
    assert.deepEqual(history.nodes, [{ oid: sha }]);
  });

  both('linkedBranch.taken', async (host) => {
    const { name, sha } = await newBranch(host);
    const issue = await host.ask('POST', `${host.r}/issues`, { title: 'x' });
    const mutation =
      'mutation($input: CreateLinkedBranchInput!) { createLinkedBranch(input: $input) { linkedBranch { ref { name } } } }';
    const input = { issueId: issue.body.node_id, oid: sha, name };
    const taken = await host.graphql(mutation, input);
    assert.equal(taken.body.data.createLinkedBranch?.linkedBranch ?? null, null);
    const other = host.fresh('linked');
    const made = await host.graphql(mutation, { ...input, name: other });
    assert.equal(made.body.data.createLinkedBranch.linkedBranch.ref.name, other);
    assert.equal(await readSha(host, `heads/${other}`), sha);
  });

  both('commitOnBranch.lease', async (host) => {
    const { name, sha, base } = await newBranch(host);
    const mutation =
      'mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }';
    const commit = (expectedHeadOid: string) =>
      host.graphql(mutation, {
        branch: { repositoryNameWithOwner: `${host.owner}/${host.name}`, branchName: name },
        expectedHeadOid,
        message: { headline: 'More' },
        fileChanges: { additions: [{ path: 'more.txt', contents: 'bW9yZQ==' }] },
      });
    const stale = await commit(base);
    assert.equal(stale.body.errors[0].type, 'STALE_DATA');
    assert.equal(await readSha(host, `heads/${name}`), sha);
    const made = await commit(sha);
    const { oid } = made.body.data.createCommitOnBranch.commit;
    assert.equal(await readSha(host, `heads/${name}`), oid);
  });

  both('graphql.pages', async ({ ask, owner, name }) => {
    const query = `{ repository(owner: "${owner}", name: "${name}") { issues { totalCount } } }`;
    const { status, body } = await ask('POST', '/graphql', { query });
    assert.equal(status, 200);
    assert.equal(body.errors[0].type, 'MISSING_PAGINATION_BOUNDARIES');
  });

  both('matchingRefs.all', async (host) => {
    const { sha } = await newBranch(host);
    const folder = host.fresh('folder');
    for (let count = 0; count < 31; count += 1) {
      await host.ask('POST', `${host.r}/git/refs`, { ref: `refs/heads/${folder}/${count}`, sha });
    }
    const { body } = await host.ask('GET', `${host.r}/git/matching-refs/heads/${folder}/`);
    assert.equal(body.length, 31);
  });

  both('releases.drafts', async (host) => {
    const draft = { tag_name: host.fresh('v'), draft: true };
    const path = `${host.r}/releases`;
    const made = [await host.ask('POST', path, draft), await host.ask('POST', path, draft)];
    assert.deepEqual(
      made.map(({ status }) => status),
      [201, 201],
    );
    for (const { body } of made) await host.ask('DELETE', `${path}/${body.id}`);
  });

  here('releases.many', async (host) => {
    const path = `${host.r}/releases`;
    const { body } = await host.ask('POST', path, { tag_name: 'many', draft: true });
    const { releases } = host.control.repository(host.repository);
    const [one] = releases;
    assert.ok(one);
    for (let id = 1; id <= 1000; id += 1) releases.push({ ...one, id: -id });
    assert.equal((await host.ask('GET', path)).status, 500);
    releases.splice(0, releases.length);
    assert.equal((await host.ask('GET', `${path}/${body.id}`)).status, 404);
  });
});

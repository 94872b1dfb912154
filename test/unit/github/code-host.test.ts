/** What the adapter makes of answers that are rare, forged or missing. */
import assert from 'node:assert/strict';
import type { Item } from '../../../src/domain/repository/shapes.js';
import {
  at,
  issueAnswer,
  rememberAnswers,
  repository,
  type Sent,
  scriptGithub,
} from './scripted-github.js';

const root = '/api/v3/repos/acme/shop';
const comments = `${root}/issues/7/comments`;

function networkError(code: string): Error {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
}

describe('GitHub as code host', () => {
  it('does not follow a next page to another address', async () => {
    const { codeHost, sent } = scriptGithub({
      [`GET ${comments}`]: () => ({
        body: [],
        headers: { link: '<https://evil.test/api/v3/comments?page=2>; rel="next"' },
      }),
    });
    await assert.rejects(codeHost.items.listComments(repository, 7), {
      ...{
        code: 'Unavailable',
        details: { where: 'https://github.test', seen: 'https://evil.test' },
      },
    });
    assert.deepEqual(
      sent.map(({ url }) => url.host),
      ['github.test'],
    );
  });

  it('does not take a page that is forbidden or in conflict for an empty one', async () => {
    for (const [status, code] of [
      [403, 'Forbidden'],
      [409, 'Conflict'],
    ] as const) {
      const { codeHost } = scriptGithub({
        [`GET ${comments}`]: () => ({ status, body: { message: 'no' } }),
      });
      await assert.rejects(codeHost.items.listComments(repository, 7), { code });
    }
  });

  it('asks GraphQL of an Enterprise Server beside its API', async () => {
    const { codeHost, sent } = scriptGithub({
      'POST /api/graphql': () => ({ body: { data: { repository: { ref: null } } } }),
    });
    assert.equal(await codeHost.refs.readBranch(repository, 'none'), null);
    assert.equal(sent.length, 1);
  });

  it('takes a part of a GraphQL answer for none', async () => {
    const errors = [{ type: 'NOT_FOUND', message: 'no' }];
    const { codeHost } = scriptGithub({
      'POST /api/graphql': () => ({ body: { data: { repository: { ref: null } }, errors } }),
    });
    await assert.rejects(codeHost.refs.readBranch(repository, 'x'), { code: 'NotFound' });
  });

  it('waits for the reset when GraphQL says that its limit is reached', async () => {
    const { codeHost } = scriptGithub({
      'POST /api/graphql': () => ({
        body: {
          data: null,
          errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }],
        },
        headers: { date: 'Fri, 01 Mar 2030 12:00:00 GMT', 'x-ratelimit-reset': '1898596830' },
      }),
    });
    await assert.rejects(codeHost.refs.listBranches(repository), (error: Error) => {
      const { code, details } = error as Error & {
        code: string;
        details: { retryAfterMs: number };
      };
      assert.deepEqual([code, details.retryAfterMs], ['RateLimited', 31_000]);
      return true;
    });
  });

  it('knows an issue that was moved away from one whose repository was renamed', async () => {
    const moved = (repo: string) =>
      issueAnswer(7, { repository_url: `https://github.test/api/v3/repos/${repo}` });
    const read = (found: object) =>
      scriptGithub({
        [`GET ${root}/issues/7`]: () => ({ body: found }),
        [`GET ${root}`]: () => ({ body: { url: 'https://github.test/api/v3/repos/acme/store' } }),
      }).codeHost.items.readItem(repository, 7);
    assert.equal(await read(moved('acme/other')), null);
    assert.equal((await read(moved('acme/store')))?.number, 7);
    assert.equal(await read({ ...moved('acme/other'), number: 3 }), null);
  });

  it('says that a gone issue is none, and looks twice for a hidden one', async () => {
    const { codeHost, sent } = scriptGithub({
      [`GET ${root}/issues/7`]: () => ({
        status: 410,
        body: { message: 'This issue was deleted' },
      }),
    });
    assert.equal(await codeHost.items.readItem(repository, 7), null);
    assert.equal(sent.length, 1);
    assert.equal(await codeHost.items.readItem(repository, 8), null);
    assert.equal(sent.length, 3);
  });

  for (const [name, trouble] of [
    ['silence', () => 'silence' as const],
    ['a reset', () => networkError('ECONNRESET')],
    ['503', () => ({ status: 503, body: { message: 'Unavailable' } })],
  ] as const) {
    it(`sends no write again after ${name}, and lets it be tried a little later`, async () => {
      const { codeHost, sent } = scriptGithub({
        [`POST ${root}/issues`]: trouble,
        [`GET ${root}/issues`]: () => ({ body: [] }),
        'GET /api/v3/user': () => ({ body: { login: 'sluice' } }),
      });
      const issue = { title: 'T', body: 'B', labels: [], assignees: [] };
      const creation = { marker: 'm', retriedSinceMs: null };
      await assert.rejects(
        codeHost.items.createIssue(repository, issue, creation),
        (error: Error) => {
          assert.equal((error as Error & { code: string }).code, 'Unavailable');
          assert.doesNotMatch(JSON.stringify([error, error.stack, error.cause]), /ghp_secret/);
          return true;
        },
      );
      assert.equal(sent.filter(({ method }) => method === 'POST').length, 1);
      assert.equal(
        sent.filter(({ method, url }) => method === 'GET' && url.pathname.endsWith('issues'))
          .length,
        1,
      );
    });
  }

  it('takes what did not change, and where it goes on, from what it kept under the same token', async () => {
    const answers = rememberAnswers();
    const script = {
      [`GET ${comments}`]: ({ url, headers }: Sent) => {
        const page = Number(url.searchParams.get('page') ?? 1);
        if (headers.get('if-none-match') === `"${page}"`) return { status: 304, body: null };
        const next = new URL(url);
        next.searchParams.set('page', '2');
        const link = page === 1 ? { link: `<${next.href}>; rel="next"` } : {};
        const user = { login: 'ada' };
        const body = [{ id: page, user, body: 'x', created_at: at, updated_at: at }];
        return { body, headers: { etag: `"${page}"`, ...link } };
      },
    };
    const read = async (token: string) => {
      const { codeHost, sent } = scriptGithub(script, { answers, token });
      const ids = (await codeHost.items.listComments(repository, 7)).map(({ id }) => id);
      return { ids, tags: sent.map(({ headers }) => headers.get('if-none-match')) };
    };
    assert.deepEqual(await read('one'), { ids: [1, 2], tags: [null, null] });
    assert.deepEqual(await read('one'), { ids: [1, 2], tags: ['"1"', '"2"'] });
    // What another token may see is another matter.
    assert.deepEqual(await read('two'), { ids: [1, 2], tags: [null, null] });
  });

  it('names the permission that GitHub would accept', async () => {
    const { codeHost } = scriptGithub({
      [`GET ${comments}`]: () => ({
        ...{ status: 403, body: { message: 'Resource not accessible by integration' } },
        headers: { 'x-accepted-github-permissions': 'issues=read' },
      }),
    });
    await assert.rejects(codeHost.items.listComments(repository, 7), {
      code: 'Forbidden',
      details: {
        ...{ where: `GET ${comments}`, seen: 403, limit: 'needs issues=read' },
        next: 'sluice doctor github',
      },
    });
  });

  it('keeps what protection holds beyond our words', async () => {
    const now = {
      required_status_checks: {
        strict: true,
        contexts: ['ci'],
        checks: [{ context: 'ci', app_id: 15 }],
      },
      required_pull_request_reviews: {
        ...{ required_approving_review_count: 1, require_last_push_approval: true },
        bypass_pull_request_allowances: {
          users: [{ login: 'ada' }],
          teams: [],
          apps: [{ slug: 'bot' }],
        },
      },
      restrictions: { users: [], teams: [{ slug: 'core' }], apps: [] },
      lock_branch: { enabled: true },
    };
    const path = `${root}/branches/main/protection`;
    const { codeHost, sent } = scriptGithub({
      [`GET ${path}`]: () => ({ body: now }),
      [`PUT ${path}`]: () => ({ body: now }),
    });
    const written = (await codeHost.protection.readProtection(repository, 'main')) ?? assert.fail();
    await codeHost.protection.writeProtection(repository, 'main', {
      ...written,
      requiredChecks: ['ci', 'new'],
    });
    const body = sent.at(-1)?.body as Record<string, unknown>;
    assert.deepEqual(body['required_status_checks'], {
      ...{ strict: true, contexts: [] },
      checks: [{ context: 'ci', app_id: 15 }, { context: 'new' }],
    });
    assert.deepEqual(body['restrictions'], { users: [], teams: ['core'], apps: [] });
    assert.equal(body['lock_branch'], true);
    assert.deepEqual(body['required_pull_request_reviews'], {
      ...{ required_approving_review_count: 1, dismiss_stale_reviews: false },
      ...{ require_code_owner_reviews: false, require_last_push_approval: true },
      bypass_pull_request_allowances: { users: ['ada'], teams: [], apps: ['bot'] },
    });
  });

  it('reads what was changed in one second, however much it is', async () => {
    const all = Array.from({ length: 350 }, (_, n) => issueAnswer(n + 1));
    const { codeHost, sent } = scriptGithub({
      [`GET ${root}/issues`]: ({ url }) => {
        const page = Number(url.searchParams.get('page'));
        return { body: all.slice((page - 1) * 100, page * 100) };
      },
    });
    const items: Item[] = [];
    const query = { state: 'open', order: 'updatedAscending' } as const;
    for await (const item of codeHost.items.listItems(repository, query)) items.push(item);
    assert.equal(new Set(items.map(({ number }) => number)).size, 350);
    assert.ok(sent.length <= 6);
  });

  it('sees more than a list tells of a long pull request or a large folder', async () => {
    const commit = (n: number) => ({
      ...{ sha: String(n), author: null, parents: [] },
      commit: { message: 'm', tree: { sha: 't' }, author: null, committer: null },
    });
    const many = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, n) => commit(from + n));
    const file = (n: number) => ({ path: `docs/${n}.md`, type: 'file' });
    const compare = `${root}/compare/b...h`;
    const { codeHost } = scriptGithub({
      [`GET ${root}/pulls/7/commits`]: () => ({ body: many(0, 250) }),
      [`GET ${root}/pulls/7`]: () => ({ body: { base: { sha: 'b' }, head: { sha: 'h' } } }),
      [`GET ${compare}`]: ({ url }) => {
        const page = Number(url.searchParams.get('page') ?? 1);
        const next = new URL(url);
        next.searchParams.set('page', String(page + 1));
        const link = page < 3 ? { link: `<${next.href}>; rel="next"` } : {};
        const counts = { ahead_by: 270, behind_by: 0, merge_base_commit: { sha: 'b' } };
        return {
          body: { ...counts, commits: many((page - 1) * 100, page < 3 ? page * 100 : 270) },
          headers: link,
        };
      },
      [`GET ${root}/contents/docs`]: () => ({
        body: Array.from({ length: 1000 }, (_, n) => file(n)),
      }),
      [`GET ${root}/commits/main`]: () => ({
        body: { sha: 'c', commit: { tree: { sha: 'top' } } },
      }),
      [`GET ${root}/git/trees/top`]: () => ({
        body: { tree: [{ path: 'docs', type: 'tree', sha: 'd' }] },
      }),
      [`GET ${root}/git/trees/d`]: () => ({
        body: { tree: Array.from({ length: 1200 }, (_, n) => ({ path: `${n}.md`, type: 'blob' })) },
      }),
    });
    assert.equal((await codeHost.pulls.listCommits(repository, 7)).length, 270);
    const folder = await codeHost.contents.listFolder(repository, 'docs', 'main');
    assert.deepEqual(
      [folder.length, folder.at(-1)],
      [1200, { path: 'docs/1199.md', kind: 'file' }],
    );
  });
});

describe('what GitHub does not see yet', () => {
  const sha = 'a'.repeat(40);
  const none = { status: 404, body: { message: 'Not Found' } };
  const early = <T>(late: T) => {
    let asked = 0;
    return (): T | typeof none => {
      asked += 1;
      return asked === 1 ? none : late;
    };
  };

  it('is asked for once more: comments, files, a comment, a check on a new commit', async () => {
    const { codeHost, sent } = scriptGithub({
      [`GET ${comments}`]: early({ body: [] }),
      [`GET ${root}/pulls/7/files`]: early({ body: [] }),
      [`GET ${root}/commits/${sha}/status`]: early({ body: { statuses: [] } }),
      [`POST ${root}/statuses/${sha}`]: early({ status: 201, body: {} }),
    });
    assert.deepEqual(await codeHost.items.listComments(repository, 7), []);
    assert.deepEqual(await codeHost.pulls.listFiles(repository, 7), []);
    const status = { sha, context: 'c', state: 'success', description: 'd' } as const;
    await codeHost.checks.setStatus(repository, status);
    assert.equal(sent.length, 8);
  });

  it('is an answer where it was looked for: a branch, a label', async () => {
    const { codeHost, sent } = scriptGithub({
      [`POST ${root}/labels`]: () => ({ status: 201, body: {} }),
    });
    assert.equal(await codeHost.refs.readRef(repository, 'refs/heads/none'), null);
    await codeHost.items.ensureLabel(repository, { name: 'x', color: 'fff', description: '' });
    assert.equal(sent.length, 3);
  });
});

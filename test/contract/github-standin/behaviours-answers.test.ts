/** Behaviours: refusals, pages, headers, issues. */
import assert from 'node:assert/strict';
import { behaviourTests, newPull } from './behave.js';

describe('the stand-in answers as GitHub does', () => {
  const { both, here } = behaviourTests();

  both('errors.field', async ({ ask, r }) => {
    const { status, body } = await ask('POST', `${r}/labels`, { name: 'foo', color: 'invalid' });
    assert.equal(status, 422);
    assert.equal(body.message, 'Validation Failed');
    assert.deepEqual(body.errors, [{ resource: 'Label', code: 'invalid', field: 'color' }]);
    assert.equal(typeof body.documentation_url, 'string');
  });

  both('errors.token', async ({ ask, r }) => {
    const answer = await ask('GET', r, undefined, { authorization: 'Bearer nobody' });
    assert.deepEqual([answer.status, answer.body.message], [401, 'Bad credentials']);
  });

  both('errors.hidden', async ({ ask, r }) => {
    assert.equal((await ask('GET', `${r}/issues/99999`)).status, 404);
  });

  both('errors.deleted', async ({ ask, r, graphql }) => {
    const { body } = await ask('POST', `${r}/issues`, { title: 'to be deleted' });
    const mutation =
      'mutation($input: DeleteIssueInput!) { deleteIssue(input: $input) { clientMutationId } }';
    assert.equal((await graphql(mutation, { issueId: body.node_id })).body.errors, undefined);
    assert.equal((await ask('GET', `${r}/issues/${body.number}`)).status, 410);
  });

  here('errors.moved', async ({ ask, r, url, control, repository }) => {
    const movedTo = `${url}/repositories/7/issues/1`;
    control.repository(repository).gone.set(7000, { movedTo });
    const answer = await ask('GET', `${r}/issues/7000`);
    assert.deepEqual([answer.status, answer.headers.get('location')], [301, movedTo]);
  });

  both('errors.issuesOff', async ({ ask, r }) => {
    await ask('PATCH', r, { has_issues: false });
    try {
      assert.equal((await ask('POST', `${r}/issues`, { title: 'x' })).status, 410);
    } finally {
      await ask('PATCH', r, { has_issues: true });
    }
  });

  here('errors.archived', async ({ ask, r, control, repository }) => {
    control.repository(repository).isArchived = true;
    assert.equal((await ask('POST', `${r}/issues`, { title: 'x' })).status, 403);
    control.repository(repository).isArchived = false;
  });

  both('rename.redirects', async ({ ask, r, name, fresh }) => {
    const next = fresh(name);
    const renamed = await ask('PATCH', r, { name: next });
    const location = new RegExp(`/repositories/${renamed.body.id}$`);
    try {
      const read = await ask('GET', r);
      assert.equal(read.status, 301);
      assert.equal(read.body.message, 'Moved Permanently');
      assert.match(read.headers.get('location') ?? '', location);
      const write = await ask('PATCH', r, { description: 'x' });
      assert.equal(write.status, 307);
      assert.match(write.headers.get('location') ?? '', location);
      assert.equal((await ask('GET', read.headers.get('location') ?? '')).body.name, next);
    } finally {
      await ask('PATCH', `/repositories/${renamed.body.id}`, { name });
    }
  });

  both('pages.link', async ({ ask, r }) => {
    for (const title of ['a', 'b', 'c']) await ask('POST', `${r}/issues`, { title });
    const { headers } = await ask('GET', `${r}/issues?per_page=1&state=all`);
    const link = headers.get('link') ?? '';
    assert.match(link, /\/repositories\/\d+\/issues\?per_page=1&state=all&page=2>; rel="next"/);
    assert.match(link, /rel="last"/);
    const next = /<([^>]+)>; rel="next"/.exec(link)?.[1] ?? '';
    const second = await ask('GET', next);
    assert.equal(second.body.length, 1);
    assert.match(second.headers.get('link') ?? '', /rel="prev".*rel="first"/);
  });

  both('pages.size', async ({ ask, r }) => {
    const { body } = await ask('GET', `${r}/labels`);
    for (let count = body.length; count < 31; count += 1) {
      await ask('POST', `${r}/labels`, { name: `page-${count}`, color: 'ffffff' });
    }
    assert.equal((await ask('GET', `${r}/labels`)).body.length, 30);
    assert.ok((await ask('GET', `${r}/labels?per_page=1000`)).body.length <= 100);
  });

  here('pages.files', async ({ ask, r, control, repository }) => {
    const files = Object.fromEntries(
      Array.from({ length: 3001 }, (_, index) => [`many/${index}.txt`, 'same']),
    );
    await control.commit(repository, { branch: 'many', files });
    const pull = await control.createPull(repository, { title: 'many', head: 'many' });
    let count = 0;
    for (let page = 1; page <= 31; page += 1) {
      const path = `${r}/pulls/${pull.number}/files?per_page=100&page=${page}`;
      count += (await ask('GET', path)).body.length;
    }
    assert.equal(count, 3000);
  });

  both('etag.free', async ({ ask, r }) => {
    const first = await ask('GET', `${r}/labels`);
    const etag = first.headers.get('etag') ?? '';
    assert.match(etag, /"/);
    const second = await ask('GET', `${r}/labels`, undefined, { 'if-none-match': etag });
    assert.equal(second.status, 304);
    const used = (answer: typeof first) => answer.headers.get('x-ratelimit-used');
    assert.equal(used(second), used(first));
  });

  here('etag.token', async ({ ask, r, control }) => {
    const { headers } = await ask('GET', `${r}/labels`);
    const other = control.createToken('acme');
    const answer = await ask('GET', `${r}/labels`, undefined, {
      authorization: `Bearer ${other}`,
      'if-none-match': headers.get('etag') ?? '',
    });
    assert.equal(answer.status, 200);
    assert.match(headers.get('vary') ?? '', /Authorization/);
  });

  both('headers.limits', async ({ ask, r }) => {
    for (const path of [r, `${r}/issues/99999`]) {
      const { headers } = await ask('GET', path);
      for (const name of ['limit', 'remaining', 'reset', 'used', 'resource']) {
        assert.ok(headers.get(`x-ratelimit-${name}`), `${path} lacks x-ratelimit-${name}`);
      }
      assert.ok(headers.get('x-github-request-id'));
      assert.match(headers.get('x-github-media-type') ?? '', /github.v3/);
    }
  });

  both('times.seconds', async ({ ask, r }) => {
    const { body } = await ask('POST', `${r}/issues`, { title: 'when' });
    assert.match(body.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  both('issues.withPulls', async (host) => {
    const { number } = await newPull(host);
    const { body } = await host.ask('GET', `${host.r}/issues?per_page=100`);
    const found = body.find((one: { number: number }) => one.number === number);
    assert.match(found.pull_request.url, new RegExp(`/pulls/${number}$`));
  });

  both('issues.since', async ({ ask, r }) => {
    const { body } = await ask('POST', `${r}/issues`, { title: 'since' });
    const list = await ask('GET', `${r}/issues?per_page=100&since=${body.updated_at}`);
    assert.ok(list.body.some((one: { number: number }) => one.number === body.number));
  });

  both('labels.replace', async ({ ask, r }) => {
    const { body } = await ask('POST', `${r}/issues`, { title: 'x', labels: ['one', 'two'] });
    const after = await ask('PATCH', `${r}/issues/${body.number}`, { labels: ['three'] });
    assert.deepEqual(
      after.body.labels.map((one: { name: string }) => one.name),
      ['three'],
    );
  });

  here('assignees.replace', async ({ ask, r }) => {
    const { body } = await ask('POST', `${r}/issues`, { title: 'x', assignees: ['ada', 'bob'] });
    const after = await ask('PATCH', `${r}/issues/${body.number}`, { assignees: ['eve'] });
    assert.deepEqual(
      after.body.assignees.map((one: { login: string }) => one.login),
      ['eve'],
    );
  });

  both('labels.made', async ({ ask, r, fresh }) => {
    const name = fresh('made');
    const { body } = await ask('POST', `${r}/issues`, { title: 'x' });
    await ask('POST', `${r}/issues/${body.number}/labels`, { labels: [name] });
    assert.equal((await ask('GET', `${r}/labels/${name}`)).body.color, 'ededed');
  });

  here('labels.most', async ({ ask, r }) => {
    const labels = Array.from({ length: 101 }, (_, index) => `many-${index}`);
    const { body } = await ask('POST', `${r}/issues`, { title: 'x' });
    const answer = await ask('POST', `${r}/issues/${body.number}/labels`, { labels });
    assert.equal(answer.status, 422);
  });

  both('labels.missing', async ({ ask, r }) => {
    const { body } = await ask('POST', `${r}/issues`, { title: 'x' });
    const answer = await ask('DELETE', `${r}/issues/${body.number}/labels/nothing`);
    assert.equal(answer.status, 404);
  });
});

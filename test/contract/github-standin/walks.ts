/** A walk through every operation: what is asked is judged elsewhere, here only that it is answered. */
import assert from 'node:assert/strict';
import type { Control } from '../../../src/github-standin/control.js';
import type { Answer, Ask } from '../../support/judged-github.js';

/** Asks and insists on a success. */
async function good(ask: Ask, method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await ask(method, path, body);
  const isGood = answer.status < 400;
  assert.ok(isGood, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}

export async function walkIssues(ask: Ask, r: string): Promise<void> {
  await good(ask, 'GET', r);
  await good(ask, 'PATCH', r, { description: 'A shop', has_issues: true });
  const milestone = await good(ask, 'POST', `${r}/milestones`, {
    title: 'one',
    due_on: '2027-01-01T00:00:00Z',
  });
  await good(ask, 'PATCH', `${r}/milestones/${milestone.body.number}`, { description: 'first' });
  await good(ask, 'GET', `${r}/milestones/${milestone.body.number}`);
  await good(ask, 'GET', `${r}/milestones`);
  await good(ask, 'POST', `${r}/labels`, { name: 'bug', color: 'd73a4a', description: 'wrong' });
  await good(ask, 'GET', `${r}/labels/bug`);
  await good(ask, 'PATCH', `${r}/labels/bug`, { new_name: 'fault' });
  await good(ask, 'GET', `${r}/labels`);
  const issue = await good(ask, 'POST', `${r}/issues`, {
    title: 'one',
    body: 'text',
    labels: ['fault'],
    assignees: ['ada'],
    milestone: 1,
  });
  const own = `${r}/issues/${issue.body.number}`;
  await good(ask, 'GET', own);
  await good(ask, 'PATCH', own, { title: 'two', body: 'other', milestone: null });
  await good(ask, 'PATCH', own, { milestone: 1, assignees: [], labels: ['new'] });
  const comment = await good(ask, 'POST', `${own}/comments`, { body: 'hello' });
  const ownComment = `${r}/issues/comments/${comment.body.id}`;
  await good(ask, 'GET', ownComment);
  await good(ask, 'PATCH', ownComment, { body: 'hello again' });
  await good(ask, 'GET', `${own}/comments?since=2020-01-01T00:00:00Z`);
  await good(ask, 'GET', `${r}/issues/comments?sort=updated&direction=desc`);
  await good(ask, 'POST', `${own}/labels`, { labels: ['a', 'b'] });
  await good(ask, 'GET', `${own}/labels`);
  await good(ask, 'PUT', `${own}/labels`, { labels: ['a'] });
  await good(ask, 'DELETE', `${own}/labels/a`);
  await good(ask, 'DELETE', `${own}/labels`);
  await good(ask, 'POST', `${own}/assignees`, { assignees: ['bob'] });
  await good(ask, 'DELETE', `${own}/assignees`, { assignees: ['bob'] });
  await good(ask, 'PUT', `${own}/lock`, { lock_reason: 'resolved' });
  await good(ask, 'DELETE', `${own}/lock`);
  await good(ask, 'PATCH', own, { state: 'closed', state_reason: 'not_planned' });
  await good(ask, 'PATCH', own, { state: 'open' });
  await good(ask, 'GET', `${own}/events`);
  await good(ask, 'GET', `${own}/timeline`);
  await good(ask, 'GET', `${r}/issues?state=all&sort=updated&direction=asc&labels=x&per_page=2`);
  await good(ask, 'DELETE', ownComment);
  await good(ask, 'DELETE', `${r}/labels/fault`);
  await good(ask, 'DELETE', `${r}/milestones/1`);
  assert.equal((await ask('GET', `${r}/issues/999`)).status, 404);
  assert.equal((await ask('POST', `${r}/labels`, { name: 'x', color: 'nope' })).status, 422);
}

export async function walkGit(ask: Ask, r: string): Promise<void> {
  const main = await good(ask, 'GET', `${r}/git/ref/heads/main`);
  const { sha } = main.body.object;
  await good(ask, 'GET', `${r}/git/matching-refs/heads/`);
  await good(ask, 'POST', `${r}/git/refs`, { ref: 'refs/heads/other', sha });
  const blob = await good(ask, 'POST', `${r}/git/blobs`, { content: 'hello', encoding: 'utf-8' });
  await good(ask, 'GET', `${r}/git/blobs/${blob.body.sha}`);
  const commit = await good(ask, 'GET', `${r}/git/commits/${sha}`);
  const entry = { path: 'docs/b.md', mode: '100644', type: 'blob', sha: blob.body.sha };
  const tree = await good(ask, 'POST', `${r}/git/trees`, {
    base_tree: commit.body.tree.sha,
    tree: [entry],
  });
  await good(ask, 'GET', `${r}/git/trees/${tree.body.sha}?recursive=1`);
  const made = await good(ask, 'POST', `${r}/git/commits`, {
    message: 'Add b',
    tree: tree.body.sha,
    parents: [sha],
  });
  await good(ask, 'PATCH', `${r}/git/refs/heads/other`, { sha: made.body.sha, force: false });
  await good(ask, 'POST', `${r}/git/refs`, { ref: 'refs/tags/v1', sha });
  const tag = await good(ask, 'POST', `${r}/git/tags`, {
    tag: 'v2',
    message: 'two',
    object: sha,
    type: 'commit',
  });
  await good(ask, 'GET', `${r}/git/tags/${tag.body.sha}`);
  await good(ask, 'GET', `${r}/commits?sha=other&path=docs/b.md`);
  await good(ask, 'GET', `${r}/commits/other`);
  await good(ask, 'GET', `${r}/compare/main...other`);
  await good(ask, 'GET', `${r}/branches?protected=false`);
  await good(ask, 'GET', `${r}/branches/other`);
  await good(ask, 'POST', `${r}/branches/other/rename`, { new_name: 'another' });
  await good(ask, 'POST', `${r}/merges`, { base: 'another', head: 'fix' });
  await good(ask, 'GET', `${r}/contents`);
  await good(ask, 'GET', `${r}/contents/README.md`);
  const written = await good(ask, 'PUT', `${r}/contents/docs/c.md`, {
    message: 'Add c',
    content: 'aGk=',
    branch: 'another',
  });
  await good(ask, 'DELETE', `${r}/contents/docs/c.md`, {
    message: 'No c',
    sha: written.body.content.sha,
    branch: 'another',
  });
  await good(ask, 'DELETE', `${r}/git/refs/heads/another`);
  await good(ask, 'GET', `${r}/activity?per_page=5`);
  await good(ask, 'GET', `${r}/collaborators`);
  await good(ask, 'GET', `${r}/collaborators/acme`);
  await good(ask, 'GET', `${r}/collaborators/ada/permission`);
  await good(ask, 'GET', '/user');
  await good(ask, 'GET', '/users/ada');
}

export async function walkPulls(ask: Ask, r: string, control: Control): Promise<void> {
  const pull = await good(ask, 'POST', `${r}/pulls`, {
    title: 'Fix',
    head: 'fix',
    base: 'main',
    body: 'Closes #1',
  });
  const own = `${r}/pulls/${pull.body.number}`;
  await good(ask, 'GET', own);
  assert.equal((await good(ask, 'GET', own)).body.mergeable, true);
  await good(ask, 'PATCH', own, { title: 'feat: fix' });
  await good(ask, 'GET', `${r}/pulls?head=acme:fix&state=open`);
  await good(ask, 'GET', `${own}/files`);
  await good(ask, 'GET', `${own}/commits`);
  await good(ask, 'POST', `${own}/requested_reviewers`, { reviewers: ['bob'] });
  await good(ask, 'GET', `${own}/requested_reviewers`);
  const review = { event: 'COMMENT', body: 'nice' };
  await good(ask, 'POST', `${own}/reviews`, review);
  await good(ask, 'GET', `${own}/reviews`);
  assert.equal((await ask('GET', `${own}/merge`)).status, 404);
  await control.commit(
    { owner: 'acme', name: 'shop' },
    { branch: 'main', files: { 'm.txt': 'm' } },
  );
  await good(ask, 'PUT', `${own}/update-branch`, {});
  await good(ask, 'GET', `${r}/issues/${pull.body.number}/timeline`);
  await good(ask, 'PUT', `${own}/merge`, { merge_method: 'squash' });
  await good(ask, 'GET', `${own}/merge`);
  assert.equal((await ask('PUT', `${own}/merge`, {})).status, 405);
}

export async function walkChecks(ask: Ask, r: string): Promise<void> {
  const { sha } = (await good(ask, 'GET', `${r}/git/ref/heads/main`)).body.object;
  const annotation = {
    path: 'a',
    start_line: 1,
    end_line: 1,
    annotation_level: 'notice',
    message: 'm',
  };
  const output = { title: 't', summary: 's', annotations: [annotation] };
  const run = await good(ask, 'POST', `${r}/check-runs`, {
    name: 'ci',
    head_sha: sha,
    status: 'in_progress',
    external_id: 'x',
    output,
  });
  await good(ask, 'GET', `${r}/check-runs/${run.body.id}`);
  await good(ask, 'GET', `${r}/check-runs/${run.body.id}/annotations`);
  await good(ask, 'PATCH', `${r}/check-runs/${run.body.id}`, {
    status: 'completed',
    conclusion: 'success',
  });
  await good(ask, 'GET', `${r}/commits/${sha}/check-runs?filter=latest`);
  await good(ask, 'POST', `${r}/statuses/${sha}`, {
    state: 'success',
    context: 'ci/two',
    description: 'ok',
  });
  await good(ask, 'GET', `${r}/commits/${sha}/status`);
  await good(ask, 'GET', `${r}/commits/${sha}/statuses`);
}

export async function walkRules(ask: Ask, r: string): Promise<void> {
  const own = `${r}/branches/main/protection`;
  assert.equal((await ask('GET', own)).status, 404);
  await good(ask, 'PUT', own, {
    required_status_checks: { strict: true, contexts: ['ci'] },
    enforce_admins: true,
    required_pull_request_reviews: { required_approving_review_count: 2 },
    restrictions: null,
  });
  await good(ask, 'GET', own);
  await good(ask, 'GET', `${r}/branches/main`);
  await good(ask, 'DELETE', own);
  const rules = [{ type: 'deletion' }, { type: 'non_fast_forward' }];
  const body = {
    name: 'guard',
    target: 'branch',
    enforcement: 'active',
    rules,
    conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
  };
  const ruleset = await good(ask, 'POST', `${r}/rulesets`, body);
  await good(ask, 'GET', `${r}/rulesets`);
  await good(ask, 'GET', `${r}/rulesets/${ruleset.body.id}`);
  await good(ask, 'GET', `${r}/rules/branches/main`);
  await good(ask, 'PUT', `${r}/rulesets/${ruleset.body.id}`, { name: 'guards' });
  await good(ask, 'DELETE', `${r}/rulesets/${ruleset.body.id}`);
}

export async function walkDeployments(ask: Ask, r: string, control: Control): Promise<void> {
  const { sha } = (await good(ask, 'GET', `${r}/git/ref/heads/main`)).body.object;
  const made = await good(ask, 'POST', `${r}/deployments`, {
    ref: sha,
    environment: 'staging',
    payload: { key: 'k' },
    required_contexts: [],
    auto_merge: false,
  });
  const own = `${r}/deployments/${made.body.id}`;
  await good(ask, 'GET', `${r}/deployments?environment=staging`);
  await good(ask, 'GET', own);
  await good(ask, 'POST', `${own}/statuses`, {
    state: 'success',
    description: 'there',
    log_url: 'https://example.com/log',
  });
  await good(ask, 'GET', `${own}/statuses`);
  const run = await control.askProtectionRule(
    { owner: 'acme', name: 'shop' },
    { environment: 'production', sha },
  );
  await good(ask, 'GET', `${r}/actions/runs/${run}/pending_deployments`);
  await good(ask, 'POST', `${r}/actions/runs/${run}/deployment_protection_rule`, {
    environment_name: 'production',
    state: 'approved',
    comment: 'go',
  });
  await good(ask, 'POST', `${r}/actions/workflows/ci.yml/dispatches`, { ref: 'main' });
  await good(ask, 'POST', `${own}/statuses`, { state: 'inactive' });
  await good(ask, 'DELETE', own);
}

export async function walkReleases(ask: Ask, r: string): Promise<void> {
  await good(ask, 'POST', `${r}/releases/generate-notes`, { tag_name: 'r1' });
  const draft = await good(ask, 'POST', `${r}/releases`, {
    tag_name: 'r1',
    draft: true,
    body: 'text',
  });
  const own = `${r}/releases/${draft.body.id}`;
  await good(ask, 'PATCH', own, { name: 'One', draft: false });
  await good(ask, 'GET', own);
  await good(ask, 'GET', `${r}/releases`);
  await good(ask, 'GET', `${r}/releases/latest`);
  await good(ask, 'GET', `${r}/releases/tags/r1`);
  await good(ask, 'GET', `${r}/git/ref/tags/r1`);
  assert.equal((await ask('POST', `${r}/releases`, { tag_name: 'r1' })).status, 422);
  await good(ask, 'DELETE', own);
}

export async function walkHooks(
  ask: Ask,
  jwt: Ask,
  app: Ask,
  r: string,
  url: string,
): Promise<void> {
  const config = { url, content_type: 'json', secret: 's' };
  const hook = await good(ask, 'POST', `${r}/hooks`, { config, events: ['issues'], active: true });
  const own = `${r}/hooks/${hook.body.id}`;
  await good(ask, 'GET', `${r}/hooks`);
  await good(ask, 'GET', own);
  await good(ask, 'PATCH', own, { events: ['issues', 'push'] });
  await good(ask, 'POST', `${own}/pings`);
  await good(ask, 'POST', `${r}/issues`, { title: 'for the hook' });
  for (const [asker, at] of [
    [ask, own],
    [jwt, '/app/hook'],
  ] as const) {
    const { body } = await good(asker, 'GET', `${at}/deliveries?per_page=2`);
    await good(asker, 'GET', `${at}/deliveries/${body[0].id}`);
    await good(asker, 'POST', `${at}/deliveries/${body[0].id}/attempts`);
  }
  await good(ask, 'DELETE', own);
  await good(jwt, 'GET', '/app/hook/config');
  await good(jwt, 'GET', '/app');
  const { body } = await good(jwt, 'GET', '/app/installations');
  await good(jwt, 'GET', `/app/installations/${body[0].id}`);
  await good(jwt, 'GET', `${r}/installation`);
  await good(jwt, 'GET', '/orgs/acme/installation');
  await good(jwt, 'GET', '/users/acme/installation');
  await good(app, 'GET', '/installation/repositories');
  await good(app, 'GET', '/rate_limit');
  await good(app, 'GET', '/meta');
}

export async function walkGraphql(ask: Ask, r: string): Promise<void> {
  const run = async (query: string, variables: object = {}) => {
    const { body } = await good(ask, 'POST', '/graphql', { query, variables });
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
    return body.data;
  };
  const { body: repository } = await good(ask, 'GET', r);
  const id = repository.node_id;
  const made = await run(
    'mutation($i: CreateIssueInput!) { createIssue(input: $i) { issue { id number state author { login } } } }',
    { i: { repositoryId: id, title: 'by graph' } },
  );
  const issue = made.createIssue.issue;
  await run(
    'mutation($i: AddCommentInput!) { addComment(input: $i) { commentEdge { node { id body } } subject { id } } }',
    { i: { subjectId: issue.id, body: 'hello' } },
  );
  await run('mutation($i: CloseIssueInput!) { closeIssue(input: $i) { issue { stateReason } } }', {
    i: { issueId: issue.id, stateReason: 'NOT_PLANNED' },
  });
  await run(
    'query($ids: [ID!]!) { nodes(ids: $ids) { id __typename ... on Issue { title userContentEdits(first: 5) { nodes { editedAt diff } } } } viewer { login } rateLimit { cost remaining resetAt } }',
    { ids: [issue.id, id] },
  );
  const data = await run(`{ repository(owner: "acme", name: "shop") {
    refs(refPrefix: "refs/heads/", first: 100) { pageInfo { hasNextPage endCursor } nodes { name target { oid ... on Commit { committedDate statusCheckRollup { state contexts(first: 10) { nodes { __typename } } } } } associatedPullRequests(first: 5) { nodes { number } } } }
    issues(first: 10, filterBy: { since: "2020-01-01T00:00:00Z" }) { totalCount nodes { number labels(first: 5) { nodes { name } } } }
    pullRequests(first: 10) { nodes { number state mergeStateStatus mergeable reviewDecision isInMergeQueue closingIssuesReferences(first: 5) { nodes { number } } } }
  } }`);
  assert.ok(data.repository.refs.nodes.length > 0);
}

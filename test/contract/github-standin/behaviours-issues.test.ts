/** Behaviours: what issues remember, how they leave, and mutations of several at once. */
import assert from 'node:assert/strict';
import { behaviourTests, type Host } from './behave.js';

const issueFields = 'number title state stateReason(enableDuplicate: true) milestone { title }';

/** A mutation of several fields: an alias, its name, its input and what is asked back. */
async function mutate(
  { ask }: Host,
  fields: readonly (readonly [alias: string, name: string, input: object, back: string])[],
) {
  const inputOf = (name: string) => `${name[0]?.toUpperCase()}${name.slice(1)}Input!`;
  const query = `mutation(${fields.map(([alias, name]) => `$${alias}: ${inputOf(name)}`).join(', ')}) {
    ${fields.map(([alias, name, , back]) => `${alias}: ${name}(input: $${alias}) { ${back} }`).join('\n')}
  }`;
  const variables = Object.fromEntries(fields.map(([alias, , input]) => [alias, input]));
  return await ask('POST', '/graphql', { query, variables });
}

async function newIssue({ ask, r, fresh }: Host, more: object = {}) {
  const { status, body } = await ask('POST', `${r}/issues`, { title: fresh('issue'), ...more });
  assert.equal(status, 201, JSON.stringify(body));
  return body as { number: number; node_id: string; title: string; updated_at: string };
}

const repositoryId = async ({ ask, r }: Host) => (await ask('GET', r)).body.node_id as string;

describe('the stand-in keeps issues as GitHub does', () => {
  const { both, here } = behaviourTests();

  both('comments.repoSince', async (host) => {
    const { ask, r } = host;
    const issue = await newIssue(host);
    const made = await ask('POST', `${r}/issues/${issue.number}/comments`, { body: 'one' });
    const query = `sort=updated&direction=asc&per_page=100&since=${made.body.updated_at}`;
    const { body } = await ask('GET', `${r}/issues/comments?${query}`);
    const found = body.find((one: { id: number }) => one.id === made.body.id);
    assert.match(found.issue_url, new RegExp(`/issues/${issue.number}$`));
  });

  both('edits.whole', async (host) => {
    const { ask, r } = host;
    const issue = await newIssue(host, { body: 'first' });
    const read = async () => {
      const query = `query($id: ID!) { node(id: $id) { ... on Issue {
        userContentEdits(first: 5) { nodes { editedAt diff deletedAt editor { login } } } } } }`;
      const answer = await ask('POST', '/graphql', { query, variables: { id: issue.node_id } });
      return answer.body.data.node.userContentEdits.nodes.map((one: { diff: string }) => one.diff);
    };
    assert.deepEqual(await read(), []);
    await ask('PATCH', `${r}/issues/${issue.number}`, { body: 'second\nline' });
    assert.deepEqual(await read(), ['second\nline', 'first']);
  });

  here('body.tooLong', async (host) => {
    const { ask, r } = host;
    const body = 'x'.repeat(65_537);
    const refused = await ask('POST', `${r}/issues`, { title: 'x', body });
    const message = 'body is too long (maximum is 65536 characters)';
    const why = { resource: 'Issue', code: 'custom', field: 'body', message };
    assert.deepEqual([refused.status, refused.body.errors], [422, [why]]);
    const { number, node_id: id } = await newIssue(host);
    const title = 'x'.repeat(257);
    assert.equal((await ask('PATCH', `${r}/issues/${number}`, { title })).status, 422);
    const answer = await mutate(host, [['a', 'updateIssue', { id, body }, 'issue { title }']]);
    const [{ type, message: said }] = answer.body.errors;
    assert.deepEqual([type, said], ['UNPROCESSABLE', message]);
  });

  both('comments.tooLong', async (host) => {
    const { ask, r } = host;
    const { number } = await newIssue(host);
    const made = await ask('POST', `${r}/issues/${number}/comments`, { body: 'x'.repeat(65_536) });
    assert.equal(made.status, 201);
    const body = 'x'.repeat(65_537);
    const message = 'Body is too long (maximum is 65536 characters)';
    const refused = await ask('POST', `${r}/issues/${number}/comments`, { body });
    assert.deepEqual([refused.status, refused.body.errors[0].message], [422, message]);
    const edited = await ask('PATCH', `${r}/issues/comments/${made.body.id}`, { body });
    assert.equal(edited.status, 422);
  });

  both('comments.blank', async (host) => {
    const { ask, r } = host;
    const { number } = await newIssue(host);
    const made = await ask('POST', `${r}/issues/${number}/comments`, { body: 'x' });
    const refused = await ask('POST', `${r}/issues/${number}/comments`, { body: ' \n' });
    assert.equal(refused.status, 422);
    const edited = await ask('PATCH', `${r}/issues/comments/${made.body.id}`, { body: '' });
    assert.equal(edited.status, 422);
  });

  both('labels.tooLong', async ({ ask, r }) => {
    const { status, body } = await ask('POST', `${r}/labels`, { name: 'x'.repeat(51) });
    assert.equal(status, 422);
    assert.equal(body.errors[0].message, 'name is too long (maximum is 50 characters)');
  });

  both('renamed.event', async (host) => {
    const { ask, r } = host;
    const issue = await newIssue(host);
    await ask('PATCH', `${r}/issues/${issue.number}`, { title: 'Other' });
    const query = `query($id: ID!) { node(id: $id) { ... on Issue {
      timelineItems(last: 5, itemTypes: [RENAMED_TITLE_EVENT]) {
        nodes { ... on RenamedTitleEvent { previousTitle currentTitle createdAt } } } } } }`;
    const answer = await ask('POST', '/graphql', { query, variables: { id: issue.node_id } });
    const [event] = answer.body.data.node.timelineItems.nodes;
    assert.deepEqual([event.previousTitle, event.currentTitle], [issue.title, 'Other']);
  });

  both('graphql.noIssue', async ({ ask, owner, name }) => {
    const query = `{ repository(owner: "${owner}", name: "${name}") { a: issue(number: 999999) { id } } }`;
    const { status, body } = await ask('POST', '/graphql', { query });
    assert.deepEqual([status, body.data.repository.a], [200, null]);
    const [{ type, path, message }] = body.errors;
    assert.deepEqual([type, path], ['NOT_FOUND', ['repository', 'a']]);
    assert.equal(message, 'Could not resolve to an Issue with the number of 999999.');
  });

  both('aliases.each', async (host) => {
    const issue = await newIssue(host);
    const { body } = await mutate(host, [
      ['a', 'updateIssue', { id: issue.node_id, title: 'Set' }, `issue { ${issueFields} }`],
      ['b', 'updateIssue', { id: 'I_nothing', title: 'Set' }, `issue { ${issueFields} }`],
      ['c', 'closeIssue', { issueId: issue.node_id }, `issue { ${issueFields} }`],
    ]);
    assert.deepEqual([body.data.a.issue.title, body.data.b], ['Set', null]);
    assert.equal(body.data.c.issue.state, 'CLOSED');
    assert.deepEqual(
      body.errors.map(({ type, path }: { type: string; path: string[] }) => [type, path]),
      [['NOT_FOUND', ['b']]],
    );
  });

  both('close.reason', async (host) => {
    const issue = await newIssue(host);
    const close = (stateReason: string) =>
      mutate(host, [
        ['a', 'closeIssue', { issueId: issue.node_id, stateReason }, `issue { ${issueFields} }`],
      ]);
    for (const reason of ['NOT_PLANNED', 'COMPLETED', 'DUPLICATE']) {
      assert.equal((await close(reason)).body.data.a.issue.stateReason, reason);
    }
    const again = await mutate(host, [
      ['a', 'reopenIssue', { issueId: issue.node_id }, `issue { ${issueFields} }`],
    ]);
    assert.equal(again.body.data.a.issue.stateReason, 'REOPENED');
  });

  both('milestones.set', async (host) => {
    const { ask, r, fresh } = host;
    const issue = await newIssue(host);
    const title = fresh('milestone');
    const made = await ask('POST', `${r}/milestones`, { title });
    const set = async (milestoneId: string | null) => {
      const input = { id: issue.node_id, milestoneId };
      const back = `issue { ${issueFields} }`;
      return (await mutate(host, [['a', 'updateIssue', input, back]])).body.data.a.issue.milestone;
    };
    assert.deepEqual(await set(made.body.node_id), { title });
    assert.equal(await set(null), null);
  });

  both('labels.renamed', async (host) => {
    const { ask, r, fresh } = host;
    const [old, next] = [fresh('old'), fresh('next')];
    await ask('POST', `${r}/labels`, { name: old, color: 'ffffff' });
    const issue = await newIssue(host, { labels: [old] });
    await ask('PATCH', `${r}/labels/${old}`, { new_name: next });
    const { body } = await ask('GET', `${r}/issues/${issue.number}`);
    assert.deepEqual(
      body.labels.map(({ name }: { name: string }) => name),
      [next],
    );
    assert.equal(body.updated_at, issue.updated_at);
  });

  both('milestones.renamed', async (host) => {
    const { ask, r, fresh } = host;
    const made = await ask('POST', `${r}/milestones`, { title: fresh('old') });
    const issue = await newIssue(host, { milestone: made.body.number });
    const title = fresh('next');
    await ask('PATCH', `${r}/milestones/${made.body.number}`, { title });
    const { body } = await ask('GET', `${r}/issues/${issue.number}`);
    assert.equal(body.milestone.title, title);
  });

  here('assignees.refused', async (host) => {
    const { ask, r, control, repository } = host;
    control.setAssignable(repository, ['ada']);
    const wrong = await ask('POST', `${r}/issues`, { title: 'x', assignees: ['ada', 'eve'] });
    assert.equal(wrong.status, 422);
    const [{ field, code, message }] = wrong.body.errors;
    assert.deepEqual([field, code], ['assignees', 'invalid']);
    assert.match(message, /assignees eve cannot be assigned/);
    const { number } = await newIssue(host, { assignees: ['ada'] });
    const path = `${r}/issues/${number}`;
    assert.equal((await ask('PATCH', path, { assignees: ['eve'] })).status, 422);
    control.setAssignable(repository, null);
  });

  here('assignees.dropped', async (host) => {
    const { ask, r, control, repository } = host;
    control.setAssignable(repository, ['ada']);
    const { number } = await newIssue(host);
    const path = `${r}/issues/${number}/assignees`;
    const { status, body } = await ask('POST', path, { assignees: ['eve', 'ada'] });
    assert.deepEqual(
      [status, body.assignees.map(({ login }: { login: string }) => login)],
      [201, ['ada']],
    );
    control.setAssignable(repository, null);
  });

  here('assignees.graphql', async (host) => {
    const { ask, control, repository, owner, name } = host;
    control.setAssignable(repository, ['ada', 'adam']);
    control.world.account('eve');
    const query = `{ repository(owner: "${owner}", name: "${name}") {
      assignableUsers(query: "ada", first: 10) { nodes { id login } } } eve: node(id: "${
        (await ask('GET', '/users/eve')).body.node_id
      }") { id } }`;
    const { body } = await ask('POST', '/graphql', { query });
    const [ada] = body.data.repository.assignableUsers.nodes;
    assert.equal(body.data.repository.assignableUsers.nodes.length, 2);
    const { node_id: assignableId } = await newIssue(host);
    const input = (id: string) => ({ assignableId, assigneeIds: [id] });
    const back = 'assignable { assignees(first: 5) { nodes { login } } }';
    const answer = await mutate(host, [
      ['a', 'addAssigneesToAssignable', input(ada.id), back],
      ['b', 'addAssigneesToAssignable', input(body.data.eve.id), back],
      ['c', 'removeAssigneesFromAssignable', input(ada.id), back],
    ]);
    assert.deepEqual(answer.body.data.a.assignable.assignees.nodes, [{ login: 'ada' }]);
    assert.deepEqual([answer.body.data.b, answer.body.errors.length], [null, 1]);
    assert.deepEqual(answer.body.data.c.assignable.assignees.nodes, []);
    control.setAssignable(repository, null);
  });

  here('aliases.counted', async (host) => {
    const { control } = host;
    const id = await repositoryId(host);
    Object.assign(control.limits, { isSecondaryOn: true, contentPerMinute: 2 });
    const one = (alias: string) =>
      [alias, 'createIssue', { repositoryId: id, title: alias }, 'issue { number }'] as const;
    const { status, body } = await mutate(host, ['a', 'b', 'c'].map(one));
    Object.assign(control.limits, { isSecondaryOn: false, contentPerMinute: 80 });
    assert.deepEqual([status, body.data.b.issue !== null, body.data.c], [200, true, null]);
    const [{ type, message, path }] = body.errors;
    assert.deepEqual([type, message, path], ['UNPROCESSABLE', 'was submitted too quickly', ['c']]);
  });

  here('aliases.cut', async (host) => {
    const { control, repository } = host;
    const id = await repositoryId(host);
    control.fault({ operation: 'createIssue', kind: 'cutInside', after: 1 });
    const before = control.repository(repository).items.size;
    const one = (alias: string) =>
      [alias, 'createIssue', { repositoryId: id, title: alias }, 'issue { number }'] as const;
    assert.equal((await mutate(host, ['a', 'b', 'c'].map(one))).status, 502);
    assert.equal(control.repository(repository).items.size - before, 2);
  });

  here('aliases.wentWrong', async (host) => {
    const { control, repository } = host;
    const issue = await newIssue(host);
    control.fault({ operation: 'updateIssue', kind: 'errorInside' });
    const { status, body } = await mutate(host, [
      ['a', 'updateIssue', { id: issue.node_id, title: 'Done' }, 'issue { title }'],
    ]);
    assert.deepEqual([status, body.data.a, body.errors[0].type], [200, null, undefined]);
    assert.match(body.errors[0].message, /^Something went wrong while executing your query/);
    assert.equal(control.item(repository, issue.number).title, 'Done');
  });

  here('transfer.leads', async (host) => {
    const { ask, r, control, fresh } = host;
    const other = { owner: 'acme', name: fresh('other') };
    await control.createRepository(other);
    const hook = control.addHook(host.repository, { url: 'http://127.0.0.1:9/none', secret: 's' });
    const issue = await newIssue(host, { labels: ['stays'] });
    const target = (await ask('GET', `/repos/acme/${other.name}`)).body.node_id as string;
    const { body } = await mutate(host, [
      [
        'a',
        'transferIssue',
        { issueId: issue.node_id, repositoryId: target },
        'issue { number repository { nameWithOwner } }',
      ],
    ]);
    assert.equal(body.data.a.issue.repository.nameWithOwner, `acme/${other.name}`);
    const moved = await ask('GET', `${r}/issues/${issue.number}`);
    assert.equal(moved.status, 301);
    const at = await ask('GET', moved.headers.get('location') ?? '');
    assert.deepEqual([at.body.number, at.body.title], [1, issue.title]);
    const told = hook.deliveries.find(({ action }) => action === 'transferred');
    assert.ok(told);
    const { changes } = told.payload as { changes: { new_issue: { number: number } } };
    assert.deepEqual([told.event, changes.new_issue.number], ['issues', 1]);
  });

  here('delete.tells', async (host) => {
    const { ask, r, control, repository } = host;
    const hook = control.addHook(repository, { url: 'http://127.0.0.1:9/none', secret: 's' });
    const issue = await newIssue(host);
    await mutate(host, [['a', 'deleteIssue', { issueId: issue.node_id }, 'clientMutationId']]);
    assert.equal((await ask('GET', `${r}/issues/${issue.number}`)).status, 410);
    assert.ok(hook.deliveries.some(({ action }) => action === 'deleted'));
  });

  here('names.told', async (host) => {
    const { ask, r, control, repository, fresh } = host;
    const hook = control.addHook(repository, { url: 'http://127.0.0.1:9/none', secret: 's' });
    const [label, title] = [fresh('label'), fresh('milestone')];
    await ask('POST', `${r}/labels`, { name: label, color: 'ffffff' });
    await ask('PATCH', `${r}/labels/${label}`, { new_name: `${label}-2` });
    const made = await ask('POST', `${r}/milestones`, { title });
    await ask('PATCH', `${r}/milestones/${made.body.number}`, { title: `${title}-2` });
    await ask('DELETE', `${r}/milestones/${made.body.number}`);
    await ask('DELETE', `${r}/labels/${label}-2`);
    const told = hook.deliveries.map(({ event, action }) => `${event} ${action ?? ''}`);
    assert.deepEqual(told.reverse().slice(-6), [
      ...['label created', 'label edited', 'milestone created', 'milestone edited'],
      ...['milestone deleted', 'label deleted'],
    ]);
  });
});

/** What the sync hears in an event: an issue, files, everything, or nothing. */
import assert from 'node:assert/strict';
import {
  conflictBranch,
  hearForSync,
  issueOfConflict,
} from '../../../src/domain/issue-sync/hear.js';
import type { RepositoryEvent } from '../../../src/domain/webhook/event.js';
import { routesOf } from '../../../src/domain/webhook/routes.js';

const repository = { owner: 'acme', name: 'shop' };
const told = { repository, actor: { login: 'bob', kind: 'person' }, atMs: 1, delivery: 'd-1' };
const anEvent = (event: object): RepositoryEvent => ({ ...told, ...event }) as RepositoryEvent;
const kindOf = (event: object, branch: string | null = 'main') =>
  hearForSync(anEvent(event), branch).kind;

describe('what the sync hears', () => {
  it('is an issue with who changed it, and by which delivery', () => {
    const issue = { kind: 'issue', action: 'edited', number: 7, fieldsDigest: 'abc' };
    assert.deepEqual(hearForSync(anEvent(issue), 'main'), {
      kind: 'issue',
      issue: { number: 7, digest: 'abc', actor: 'bob', delivery: 'd-1', isComment: false },
    });
    const comment = { kind: 'comment', action: 'created', number: 7, isPull: false };
    assert.equal(kindOf(comment), 'issue');
    assert.equal(kindOf({ ...comment, isPull: true }), 'nothing');
  });

  it('is files for pushes to the tracked branch and to its own branches', () => {
    const push = { kind: 'push', action: 'updated', isDefaultBranch: false };
    assert.equal(kindOf({ ...push, branch: 'main' }), 'files');
    assert.equal(kindOf({ ...push, branch: 'feature' }), 'nothing');
    assert.equal(kindOf({ ...push, branch: 'feature' }, null), 'files');
    assert.equal(kindOf({ ...push, branch: 'sync/conflict-7' }), 'files');
    assert.equal(kindOf({ ...push, branch: 'dev', isDefaultBranch: true }, 'dev'), 'files');
    const pull = (ref: string) => ({ kind: 'pull', action: 'closed', head: { ref } });
    assert.equal(kindOf(pull('sync/files')), 'files');
    assert.equal(kindOf(pull('feature')), 'nothing');
  });

  it('is everything when labels or milestones are renamed or deleted', () => {
    const label = { kind: 'label', action: 'edited', name: 'bug' };
    assert.equal(kindOf({ ...label, previousName: 'defect' }), 'everything');
    assert.equal(kindOf({ ...label, previousName: null }), 'nothing');
    assert.equal(kindOf({ ...label, action: 'deleted', previousName: null }), 'everything');
    assert.equal(kindOf({ kind: 'milestone', action: 'edited' }), 'everything');
    assert.equal(kindOf({ kind: 'milestone', action: 'created' }), 'nothing');
  });

  it('comes by the routes of events, and begins the sync where it does not live', () => {
    const route = (event: object) =>
      routesOf(anEvent(event)).find(({ workflowId }) => workflowId === 'issue-sync:acme/shop');
    const issue = { kind: 'issue', action: 'opened', number: 7, state: 'open', itemMarkers: [] };
    assert.equal(route(issue)?.start?.workflowType, 'syncIssues');
    const push = { kind: 'push', action: 'updated', branch: 'main', isDefaultBranch: true };
    assert.notEqual(route(push)?.start ?? null, null);
    assert.equal(route({ ...push, isDefaultBranch: false })?.start, null);
    assert.equal(route({ kind: 'label', action: 'edited', name: 'x' })?.start, null);
    const head = { ref: 'sync/conflict-7', sha: 'a', repository };
    const pull = {
      ...{ kind: 'pull', action: 'closed', number: 9, head, base: { ref: 'main', sha: 'b' } },
      ...{ state: 'closed', labels: [] },
    };
    assert.equal(route(pull)?.start, null);
    assert.equal(route({ ...pull, head: { ...head, ref: 'feature' } }), undefined);
  });
});

describe('the branch of a conflict', () => {
  it('is read back', () => {
    assert.equal(issueOfConflict(conflictBranch(12)), 12);
    assert.equal(issueOfConflict('sync/conflict-'), null);
    assert.equal(issueOfConflict('feature/sync/conflict-1'), null);
  });
});

/** Which events make a pull request be looked at again, and who is begun by them. */
import assert from 'node:assert/strict';
import { hearOfPull, pullOfGroup } from '../../../src/domain/pull-check/hear.js';
import type {
  CheckEvent,
  MergeGroupEvent,
  PullAction,
  PullEvent,
} from '../../../src/domain/webhook/event.js';
import { routesOf } from '../../../src/domain/webhook/routes.js';

const repository = { owner: 'acme', name: 'shop' };
const ann = { login: 'ann', kind: 'person' } as const;
const told = { repository, actor: ann, atMs: 5_000, delivery: 'd' };
const sha = 'a'.repeat(40);

const pullEvent = (action: PullAction, more: Partial<PullEvent> = {}): PullEvent => ({
  ...told,
  ...{ kind: 'pull', action, number: 12, title: 'x', author: ann, state: 'open', isMerged: false },
  ...{ isDraft: false, head: { ref: 'a', sha, repository }, base: { ref: 'main', sha } },
  ...{ mergeSha: null, labels: [], label: null, previousBase: null },
  ...more,
});
const checkEvent = (more: Partial<CheckEvent> = {}): CheckEvent => ({
  ...told,
  ...{ kind: 'check', source: 'check', action: 'rerequested', name: 'sluice/title', sha, appId: 1 },
  ...{
    externalId: `pull:acme/shop:12/${sha}/1.1`,
    conclusion: null,
    pulls: [],
    bases: [],
    branches: [],
  },
  ...more,
});
const groupEvent = (more: Partial<MergeGroupEvent> = {}): MergeGroupEvent => ({
  ...told,
  ...{ kind: 'mergeGroup', action: 'checksRequested', headSha: sha, baseSha: sha, reason: null },
  headRef: `refs/heads/gh-readonly-queue/release/1.x/pr-12-${sha}`,
  baseRef: 'refs/heads/release/1.x',
  ...more,
});
const none: ReadonlySet<string> = new Set();

describe('hearOfPull', () => {
  it('hears what may change a verdict, and nothing else', () => {
    const heard = (action: PullAction) => hearOfPull(pullEvent(action), 12, none)?.kind ?? null;
    for (const action of [
      'opened',
      'edited',
      'synchronize',
      'labeled',
      'unlabeled',
      'readyForReview',
      'reopened',
    ] as const) {
      assert.equal(heard(action), 'changed', action);
    }
    for (const action of ['assigned', 'milestoned', 'reviewRequested', 'enqueued'] as const) {
      assert.equal(heard(action), null, action);
    }
    assert.equal(hearOfPull(pullEvent('closed', { state: 'closed' }), 12, none)?.kind, 'over');
    assert.equal(hearOfPull(pullEvent('opened', { number: 13 }), 12, none), null);
  });

  it('knows the echo of its own labels, and not those of people', () => {
    const bot = { login: 'sluice[bot]', kind: 'bot' } as const;
    const ours = new Set(['size/S']);
    const labelled = (more: Partial<PullEvent>) => hearOfPull(pullEvent('labeled', more), 12, ours);
    assert.equal(labelled({ actor: bot, label: 'size/S' }), null);
    assert.equal(labelled({ actor: ann, label: 'size/S' })?.kind, 'changed');
    assert.equal(labelled({ actor: bot, label: 'other' })?.kind, 'changed');
  });

  it('hears when a check is asked for again, and heads of the queue', () => {
    assert.equal(hearOfPull(checkEvent(), 12, none)?.kind, 'changed');
    assert.equal(hearOfPull(checkEvent(), 2, none), null);
    assert.equal(hearOfPull(checkEvent({ action: 'completed' }), 12, none), null);
    assert.deepEqual(hearOfPull(groupEvent(), 12, none), {
      kind: 'group',
      cause: 'merge queue',
      sha,
    });
    assert.equal(hearOfPull(groupEvent({ action: 'destroyed' }), 12, none), null);
  });

  it('reads the pull request out of the ref of a group', () => {
    assert.equal(pullOfGroup(`gh-readonly-queue/main/pr-7-${sha}`), 7);
    assert.equal(pullOfGroup(`refs/heads/gh-readonly-queue/a/b/pr-7-${sha}`), 7);
    for (const ref of [
      'main',
      'gh-readonly-queue/main',
      `pr-7-${sha}`,
      'gh-readonly-queue/main/pr-x-1',
    ]) {
      assert.equal(pullOfGroup(ref), null, ref);
    }
  });
});

describe('routes to the checks', () => {
  const begun = (event: Parameters<typeof routesOf>[0]) =>
    routesOf(event)
      .filter(({ start }) => start?.workflowType === 'checkPull')
      .map(({ workflowId }) => workflowId);

  it('begin them by a pull request, a run asked for again and a head of the queue', () => {
    const id = ['pull:acme/shop:12'];
    assert.deepEqual(begun(pullEvent('opened')), id);
    assert.deepEqual(begun(checkEvent()), id);
    assert.deepEqual(begun(groupEvent()), id);
  });

  it('begin nothing by others', () => {
    assert.deepEqual(begun(pullEvent('closed', { state: 'closed' })), []);
    assert.deepEqual(begun(checkEvent({ action: 'completed' })), []);
    assert.deepEqual(begun(checkEvent({ externalId: 'pull:acme/other:12/a/1' })), []);
    assert.deepEqual(begun(checkEvent({ externalId: 'pull:acme/shop:x' })), []);
    assert.deepEqual(begun(groupEvent({ action: 'destroyed' })), []);
  });
});

/** Which events of a repository concern a branch, and which of them are signs of life. */
import assert from 'node:assert/strict';
import { hearEvent } from '../../../src/domain/branch/hear.js';
import type { RepositoryEvent } from '../../../src/domain/webhook/event.js';
import { repository } from './sample-branch.js';

const listener = { branch: 'fix/a', issue: 7, keepLabel: 'keep', pullsKeep: true };
const person = { login: 'bob', kind: 'person' } as const;
const bot = { login: 'x[bot]', kind: 'bot' } as const;
const fork = { owner: 'eve', name: 'shop' };
const push = { kind: 'push', action: 'updated', branch: 'fix/a' };
const pull = {
  kind: 'pull',
  action: 'reopened',
  number: 3,
  head: { ref: 'fix/a', repository },
  base: { ref: 'main' },
};
const comment = {
  kind: 'comment',
  action: 'created',
  number: 7,
  isPull: false,
  actor: person,
  body: 'mine',
};
const issue = { kind: 'issue', action: 'closed', number: 7, label: null };

const rows: readonly [string, object, 'activity' | 'look' | 'nothing'][] = [
  ['a push', push, 'activity'],
  ['a push elsewhere', { ...push, branch: 'fix/ab' }, 'nothing'],
  ['its deletion', { ...push, action: 'deleted' }, 'look'],
  ['a pull request from it', pull, 'activity'],
  ['a pull request from it closed', { ...pull, action: 'closed' }, 'look'],
  [
    'a pull request into it',
    { ...pull, head: { ref: 'y', repository }, base: { ref: 'fix/a' } },
    'activity',
  ],
  [
    'one from a fork’s branch of that name',
    { ...pull, head: { ref: 'fix/a', repository: fork } },
    'nothing',
  ],
  ['a comment', comment, 'activity'],
  ['an edited comment', { ...comment, action: 'edited' }, 'activity'],
  ['a deleted comment', { ...comment, action: 'deleted' }, 'nothing'],
  ['a bot’s comment', { ...comment, actor: bot }, 'nothing'],
  ['our comment under a person’s token', { ...comment, body: 'x <!-- sluice:a -->' }, 'nothing'],
  ['a comment elsewhere', { ...comment, number: 8 }, 'nothing'],
  ['the label', { ...issue, action: 'labeled', label: 'Keep' }, 'activity'],
  ['another label', { ...issue, action: 'labeled', label: 'bug' }, 'look'],
  ['the issue closed', issue, 'look'],
  ['another issue', { ...issue, number: 8 }, 'nothing'],
  ['protection', { kind: 'protection' }, 'look'],
  ['a release', { kind: 'release' }, 'nothing'],
];

describe('what a branch hears', () => {
  for (const [name, event, want] of rows) {
    it(`${name}: ${want}`, () => {
      const told = { repository, actor: person, atMs: 5, delivery: 'd', ...event };
      const heard = hearEvent(listener, told as unknown as RepositoryEvent);
      const seen = heard.activity === null ? (heard.concerns ? 'look' : 'nothing') : 'activity';
      assert.equal(seen, want);
    });
  }

  it('takes pull requests for no sign where the policy ignores them', () => {
    const told = { repository, actor: person, atMs: 5, delivery: 'd', ...pull };
    const heard = hearEvent({ ...listener, pullsKeep: false }, told as unknown as RepositoryEvent);
    assert.deepEqual(heard, { concerns: true, activity: null });
  });
});

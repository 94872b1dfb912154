/** What counts as activity, and what does not. */
import assert from 'node:assert/strict';
import { commentsSinceMs, readHistory } from '../../../src/domain/stale-item/history.js';
import type { Comment, ItemEvent } from '../../../src/domain/repository/shapes.js';
import { aComment, anEvent, ann, bornMs, bot, day, own } from './sample-item.js';

const minuteMs = 60_000;
const labeled = anEvent('labeled', day(60), own, 'Stale');
const said = aComment(day(60) - 2000, own, 'quiet\n\n<!-- sluice:stale-item/7/mark-1 -->');

function historyOf(
  events: readonly ItemEvent[],
  comments: readonly Comment[],
  more: {
    readonly updatedAtMs?: number;
    readonly labels?: readonly string[];
    readonly ownLogin?: string;
  } = {},
) {
  const times = [...events, ...comments.map(({ updatedAtMs: atMs }) => ({ atMs }))];
  const last = Math.max(bornMs, ...times.map(({ atMs }) => atMs));
  const { updatedAtMs = last, labels = ['Stale'], ownLogin = own.login } = more;
  const item = { labels, createdAtMs: bornMs, updatedAtMs };
  return readHistory({ item, events, comments, label: 'Stale', ownLogin });
}

describe('history of a marked item', () => {
  it('begins with the label that stands now', () => {
    const first = anEvent('labeled', day(20), own, 'Stale');
    const off = anEvent('unlabeled', day(30), ann, 'Stale');
    const { mark, unmarkedAtMs, activity } = historyOf([first, off, labeled], [said]);
    assert.deepEqual(mark, { atMs: day(60), by: own.login });
    assert.equal(unmarkedAtMs, day(30));
    assert.equal(activity, null);
  });

  it('takes the last change for the mark where no event tells of it', () => {
    const { mark, activity } = historyOf([], [], { updatedAtMs: day(80) });
    assert.deepEqual(mark, { atMs: day(80), by: null });
    assert.equal(activity, null);
  });

  const silent: Record<string, readonly [ItemEvent | null, Comment | null]> = {
    'our own comment': [null, aComment(day(61), own, 'x <!-- sluice:stale-item/7/close-1 -->')],
    'another comment of ours': [null, aComment(day(61), own, 'a report')],
    'our own label': [anEvent('labeled', day(61), own, 'other'), null],
    'the mark put on again by a person': [anEvent('labeled', day(61), ann, 'stale'), null],
    'a bot’s comment': [null, aComment(day(61), bot)],
    'a bot’s label': [anEvent('labeled', day(61), bot, 'deps'), null],
    'a bot’s push by force': [anEvent('head_ref_force_pushed', day(61), bot), null],
    'a person who was mentioned': [anEvent('mentioned', day(61), ann), null],
    'a person who was subscribed': [anEvent('subscribed', day(61), ann), null],
    'the comment’s own line': [anEvent('commented', day(61), bot), null],
    'what a person did before': [anEvent('assigned', day(59), ann), aComment(day(59))],
  };
  for (const [name, [event, comment]] of Object.entries(silent)) {
    it(`does not count ${name}`, () => {
      const events = event === null ? [labeled] : [labeled, event];
      const comments = comment === null ? [said] : [said, comment];
      assert.equal(historyOf(events, comments).activity, null);
    });
  }

  const loud: Record<string, readonly [ItemEvent | null, Comment | null]> = {
    'a person’s comment': [null, aComment(day(61))],
    'a person’s comment that quotes our marker': [null, aComment(day(61), ann, said.body)],
    'a review': [anEvent('reviewed', day(61), ann), null],
    'a commit without a known author': [anEvent('committed', day(61), null), null],
    'a person’s label': [anEvent('labeled', day(61), ann, 'bug'), null],
    reopening: [anEvent('reopened', day(61), ann), null],
    'an edited comment': [null, { ...aComment(day(2)), updatedAtMs: day(61) }],
    'an answer between our comment and the label': [null, aComment(day(60) - 1000)],
    'what came seconds before the mark, unseen': [null, aComment(day(60) - 12_000)],
  };
  for (const [name, [event, comment]] of Object.entries(loud)) {
    it(`counts ${name}`, () => {
      const events = event === null ? [labeled] : [labeled, event];
      const comments = comment === null ? [said] : [said, comment];
      assert.notEqual(historyOf(events, comments).activity, null);
    });
  }

  it('counts a change that nothing accounts for', () => {
    const { activity } = historyOf([labeled], [said], { updatedAtMs: day(62) });
    assert.deepEqual(activity, { kind: 'change', by: null, atMs: day(62) });
  });

  it('lets clocks differ by seconds', () => {
    assert.equal(historyOf([labeled], [said], { updatedAtMs: day(60) + 14_000 }).activity, null);
  });

  it('takes the mark of a person who said why just before', () => {
    const byAnn = anEvent('labeled', day(60), ann, 'Stale');
    assert.equal(historyOf([byAnn], [aComment(day(60) - 5000)]).activity, null);
  });

  it('tells a token’s owner from us by the marker', () => {
    const owner = { login: 'ann', kind: 'person' } as const;
    const byOwner = anEvent('labeled', day(60), owner, 'Stale');
    const ours = aComment(day(60) - 1000, owner, 'x <!-- sluice:stale-item/7/mark-1 -->');
    assert.equal(historyOf([byOwner], [ours], { ownLogin: 'ann' }).activity, null);
    const theirs = aComment(day(61), owner, 'I still want it');
    assert.equal(historyOf([byOwner], [ours, theirs], { ownLogin: 'ann' }).activity?.by, 'ann');
  });

  it('keeps the newest activity', () => {
    const events = [labeled, anEvent('assigned', day(61)), anEvent('reviewed', day(63))];
    const { activity } = historyOf(events, [said, aComment(day(62))]);
    assert.deepEqual(activity, { kind: 'reviewed', by: 'ann', atMs: day(63) });
  });

  it('asks for comments from a day before the mark', () => {
    assert.equal(commentsSinceMs([labeled], 'stale'), day(59));
    assert.equal(commentsSinceMs([anEvent('labeled', day(3), ann, 'bug')], 'Stale'), 0);
  });

  it('finds a mark that took long between comment and label', () => {
    const early = {
      ...said,
      createdAtMs: day(60) - 30 * minuteMs,
      updatedAtMs: day(60) - 30 * minuteMs,
    };
    const answer = aComment(day(60) - 10 * minuteMs);
    assert.equal(historyOf([labeled], [early, answer]).activity?.by, 'ann');
  });
});

/** Troubles that people have had with actions/stale, each by its number there, and what happens here instead. */
import assert from 'node:assert/strict';
import { decideStaleItem } from '../../../src/domain/stale-item/decide.js';
import { factsOf } from '../../../src/domain/stale-item/facts.js';
import { readHistory } from '../../../src/domain/stale-item/history.js';
import { createStaleWalk } from '../../../src/domain/stale-item/listing.js';
import type { Comment, Item, ItemEvent } from '../../../src/domain/repository/shapes.js';
import { staleCostOfPeer } from '../../bench/github/actions-stale-cost.js';
import {
  aComment,
  anEvent,
  anItem,
  ann,
  bornMs,
  bot,
  day,
  own,
  policiesOf,
} from './sample-item.js';

const { issues: policy } = policiesOf();
const label = anEvent('labeled', day(60), own, 'Stale');
const said = aComment(day(60) - 1000, own, 'quiet <!-- sluice:stale-item/7/mark-1 -->');

function decideOn(on: number, events: readonly ItemEvent[], comments: readonly Comment[]) {
  const times = [
    ...events.map(({ atMs }) => atMs),
    ...comments.map(({ updatedAtMs }) => updatedAtMs),
  ];
  const item = {
    ...anItem(),
    labels: ['Stale'],
    milestone: null,
    updatedAtMs: Math.max(bornMs, ...times),
  } as unknown as Item;
  const history = readHistory({ item, events, comments, label: 'Stale', ownLogin: own.login });
  return decideStaleItem(factsOf(item, history), policy, day(on)).kind;
}

describe('troubles of actions/stale', () => {
  it('#1131 never closes when its cache cannot be deleted: here nothing but the item itself is remembered', () => {
    // A sweep that has lost all its memory decides the same from what the host tells.
    assert.equal(decideOn(67, [label], [said]), 'close');
    assert.equal(decideOn(400, [label], [said]), 'close');
  });

  it('#1136, #1124 loses or shares its state: decisions are the same whoever asks, however often', () => {
    const ask = () => decideOn(66, [label], [said]);
    assert.deepEqual([ask(), ask(), ask()], ['leave', 'leave', 'leave']);
  });

  it('#131, #1231 never reaches old items: here the oldest comes first, and young ones are not looked at', () => {
    const walk = createStaleWalk(policiesOf(), day(100), 30);
    const items = Array.from({ length: 5000 }, (_, index) =>
      anItem({ number: index + 1, updatedAtMs: bornMs + index * 3_600_000 }),
    );
    let asked = 0;
    for (const item of items) {
      asked += 1;
      if (!walk.take(item)) break;
    }
    const { due, isCut } = walk.end();
    assert.deepEqual(
      due.map(({ number }) => number),
      Array.from({ length: 30 }, (_, i) => i + 1),
    );
    assert.equal(isCut, true);
    assert.equal(asked, 31);
    const peer = staleCostOfPeer({ open: 5000, dueToMark: 5000, marked: 0, dueToClose: 0 });
    assert.equal(peer.markedInOneRun, 8);
  });

  it('#506, #690, #825 its own comment and label count as activity: here they never do', () => {
    const close = aComment(day(61), own, 'bye <!-- sluice:stale-item/7/close-1 -->');
    const other = anEvent('labeled', day(61), own, 'size/L');
    assert.equal(decideOn(67, [label, other], [said, close]), 'close');
    // Another text than that of the mark, such as after the message was changed.
    const reworded = aComment(
      day(60) - 1000,
      own,
      'another text <!-- sluice:stale-item/7/mark-1 -->',
    );
    assert.equal(decideOn(67, [label], [reworded]), 'close');
  });

  it('#1008 other bots take the mark off: here what bots do never counts', () => {
    const chatter = [aComment(day(61), bot), aComment(day(62), bot)];
    const relabel = anEvent('unlabeled', day(63), bot, 'triage');
    assert.equal(decideOn(67, [label, relabel], [said, ...chatter]), 'close');
  });

  it('those whom our own message mentions have done nothing', () => {
    const spoken = [anEvent('mentioned', day(60), ann), anEvent('subscribed', day(60), ann)];
    assert.equal(decideOn(67, [label, ...spoken], [said]), 'close');
  });

  it('#441, #509 misses a review: here reviews, pushes and edits all count', () => {
    assert.equal(decideOn(67, [label, anEvent('reviewed', day(62), ann)], [said]), 'unmark');
    assert.equal(decideOn(67, [label, anEvent('committed', day(62), null)], [said]), 'unmark');
    assert.equal(
      decideOn(67, [label, anEvent('head_ref_force_pushed', day(62))], [said]),
      'unmark',
    );
  });

  it('reads one page of 30 comments and takes an error for silence: here the 31st counts, and no history is unknown', () => {
    const bots = Array.from({ length: 30 }, (_, i) => aComment(day(61) + i, bot));
    assert.equal(decideOn(67, [label], [said, ...bots, aComment(day(62))]), 'unmark');
    const unread = anItem({ labels: ['Stale'], history: null });
    assert.equal(decideStaleItem(unread, policy, day(900)).kind, 'unknown');
  });

  it('ignoring updates does not mark again at once what people had unmarked', () => {
    const { issues } = policiesOf({ ignoreUpdates: true });
    const history = { mark: null, activity: null, unmarkedAtMs: day(61) };
    const item = anItem({ updatedAtMs: day(61), history });
    assert.equal(decideStaleItem(item, issues, day(62)).kind, 'leave');
    assert.equal(decideStaleItem(item, issues, day(121)).kind, 'mark');
  });
});

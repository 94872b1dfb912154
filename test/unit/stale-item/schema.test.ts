/** How stale items are written: defaults of actions/stale, what differs between kinds, what is refused. */
import assert from 'node:assert/strict';
import { staleItemsSchema } from '../../../src/domain/stale-item/schema.js';
import { dayMs, policiesOf } from './sample-item.js';

describe('repository.stale.items', () => {
  it('has the defaults of actions/stale, and words where that says nothing', () => {
    const { issues, pulls, writesPerHour } = policiesOf({});
    assert.equal(issues.afterMs, 60 * dayMs);
    assert.equal(issues.closeAfterMs, 7 * dayMs);
    assert.equal(issues.label, 'Stale');
    assert.equal(issues.closeLabel, null);
    assert.equal(issues.closeReason, 'not_planned');
    assert.equal(issues.removeWhenUpdated, true);
    assert.equal(issues.ignoreUpdates, false);
    assert.equal(issues.startAtMs, null);
    assert.deepEqual(issues.exempt, { labels: [], milestones: [], assignees: [], drafts: false });
    assert.deepEqual(issues.only, { labels: [], anyLabels: [], types: [], assigned: false });
    assert.equal(pulls.deleteBranch, false);
    assert.equal(pulls.closeReason, null);
    assert.equal(writesPerHour, 450);
    assert.match(issues.message ?? '', /no activity for 60 days.*closed in 7 days/);
    assert.match(pulls.message ?? '', /pull request.*a review or a push takes the mark away/s);
    assert.match(issues.closeMessage ?? '', /marked as `Stale`/);
  });

  it('says only what will happen', () => {
    const open = policiesOf({ closeAfter: 'never', removeWhenUpdated: false }).issues.message ?? '';
    assert.doesNotMatch(open, /closed/);
    assert.match(open, /puts that off/);
    assert.match(
      policiesOf({ after: '1d', closeAfter: '36h' }).issues.message ?? '',
      /a day.*1d12h/,
    );
  });

  it('keeps every message as it is written, and says nothing for none', () => {
    const { issues, pulls } = policiesOf({
      message: 'both',
      closeMessage: 'none',
      pulls: { message: 'none', closeMessage: 'bye' },
    });
    assert.deepEqual([issues.message, issues.closeMessage], ['both', null]);
    assert.deepEqual([pulls.message, pulls.closeMessage], [null, 'bye']);
  });

  it('lets each kind have its own, null and false among them', () => {
    const { issues, pulls } = policiesOf({
      after: '30d',
      closeLabel: 'gone',
      removeWhenUpdated: true,
      exempt: { labels: ['pinned'] },
      deleteBranch: true,
      issues: { closeLabel: null, exempt: { labels: [] } },
      pulls: { after: 'never', removeWhenUpdated: false, relabel: { removeWhenMarked: ['wip'] } },
    });
    assert.deepEqual([issues.afterMs, pulls.afterMs], [30 * dayMs, null]);
    assert.deepEqual([issues.closeLabel, pulls.closeLabel], [null, 'gone']);
    assert.deepEqual([issues.removeWhenUpdated, pulls.removeWhenUpdated], [true, false]);
    assert.deepEqual([issues.exempt.labels, pulls.exempt.labels], [[], ['pinned']]);
    assert.deepEqual([issues.deleteBranch, pulls.deleteBranch], [false, true]);
    assert.deepEqual(pulls.relabel.removeWhenMarked, ['wip']);
  });

  const wrong: Record<string, unknown> = {
    'an unknown key': { days: 60 },
    'a number of days': { after: 60 },
    '-1': { after: '-1' },
    'an empty label': { label: ' ' },
    'another close reason': { closeReason: 'duplicate' },
    'no date': { startDate: 'last year' },
    'more writes than the host takes': { writesPerHour: 501 },
    'a reason of its own for pulls': { pulls: { closeReason: 'completed' } },
  };
  for (const [name, written] of Object.entries(wrong)) {
    it(`refuses ${name}`, () => {
      assert.equal(staleItemsSchema.safeParse(written).success, false);
    });
  }
});

/** Which writes a platform refuses, and that withdrawing traffic is never among them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  onlyWithdraws,
  refuseStaleWrite,
  refuseUnfitSplit,
} from '../../../src/domain/rollout/accept-write.js';
import type { Split } from '../../../src/domain/rollout/split.js';
import type { RevisionStatus } from '../../../src/domain/rollout/workload.js';

const target = { service: 'checkout', environment: 'production' };
const split = (stable: string | null, candidate: string | null, weight: number): Split => {
  return { stable, candidate, weight, headerRoute: null };
};
const copied = (mirror: number): Split => ({ ...split('a', 'b', 0), mirror });
const revision = (name: string, ready: number): RevisionStatus => ({
  name,
  version: '1.0.0',
  digest: `sha256:${'0'.repeat(64)}`,
  desiredInstances: 1,
  restarts: 0,
  instances: Array.from({ length: ready }, (_, n) => {
    return { id: `${name}-${n}`, state: 'ready', url: '', probeFailures: 0, reason: null };
  }),
});

describe('acceptance of writes', () => {
  it('takes a later fence and the same one, not an earlier one', () => {
    const accepted = { rollout: 2, sequence: 3 };
    refuseStaleWrite(target, null, { rollout: 0, sequence: 0 });
    refuseStaleWrite(target, accepted, accepted);
    refuseStaleWrite(target, accepted, { rollout: 3, sequence: 0 });
    for (const fence of [
      { rollout: 2, sequence: 2 },
      { rollout: 1, sequence: 9 },
    ]) {
      assert.throws(() => refuseStaleWrite(target, accepted, fence), { code: 'StaleWrite' });
    }
  });

  it('copies at weight 0 alone, to a candidate that is ready', () => {
    const ready = [revision('a', 1), revision('b', 1)];
    refuseUnfitSplit(split('a', null, 0), copied(20), ready);
    const waiting = [revision('a', 1), revision('b', 0)];
    const refused: [Split, readonly RevisionStatus[], string][] = [
      [copied(20), waiting, 'NotReady'],
      [{ ...copied(20), weight: 5 }, ready, 'InvalidInput'],
      [{ ...copied(20), candidate: null }, ready, 'InvalidInput'],
      [copied(0), ready, 'InvalidInput'],
      [copied(2.5), ready, 'InvalidInput'],
    ];
    for (const [next, revisions, code] of refused)
      assert.throws(() => refuseUnfitSplit(split('a', null, 0), next, revisions), { code });
    refuseUnfitSplit(copied(20), split('a', null, 0), waiting);
  });

  const rows: [string, Split, Split, boolean][] = [
    ['the same split', split('a', 'b', 20), split('a', 'b', 20), true],
    ['less weight', split('a', 'b', 20), split('a', 'b', 5), true],
    ['no candidate', split('a', 'b', 20), split('a', null, 0), true],
    ['more weight', split('a', 'b', 20), split('a', 'b', 21), false],
    ['another candidate', split('a', 'b', 20), split('a', 'c', 5), false],
    ['fewer copies', copied(20), copied(5), true],
    ['no copies', copied(20), split('a', 'b', 0), true],
    ['more copies', copied(20), copied(21), false],
    ['weight instead of copies', copied(20), split('a', 'b', 5), false],
    ['another stable', split('a', 'b', 100), split('b', null, 0), false],
    [
      'a new header route',
      split('a', 'b', 20),
      { ...split('a', 'b', 0), headerRoute: { header: 'x', value: 'y' } },
      false,
    ],
  ];
  for (const [name, current, next, want] of rows) {
    it(`${want ? 'sees' : 'does not see'} a mere withdrawal in ${name}`, () => {
      assert.equal(onlyWithdraws(current, next), want);
    });
  }

  it('never refuses to take traffic from a candidate, whatever is ready', () => {
    const weights = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(weights, weights, fc.nat(2), fc.nat(2), (one, other, readyA, readyB) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        const revisions = [revision('a', readyA), revision('b', readyB)];
        refuseUnfitSplit(split('a', 'b', more), split('a', 'b', less), revisions);
        refuseUnfitSplit(split('a', 'b', more), split('a', null, 0), revisions);
      }),
    );
  });

  it('gives more weight only to what is ready', () => {
    const weights = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(weights, weights, fc.nat(2), fc.nat(2), (before, after, readyA, readyB) => {
        const revisions = [revision('a', readyA), revision('b', readyB), revision('c', readyB)];
        const rise = () =>
          refuseUnfitSplit(split('a', 'b', before), split('a', 'b', after), revisions);
        if (after <= before || readyB > 0) rise();
        else assert.throws(rise, { code: 'NotReady' });
        const replaced = () =>
          refuseUnfitSplit(split('a', 'b', before), split('a', 'c', after), revisions);
        const fit = (after === 0 || readyB > 0) && (after >= before || readyA > 0);
        if (fit) replaced();
        else assert.throws(replaced, { code: 'NotReady' });
      }),
    );
  });

  it('lets a candidate take over, step by step, from a stable revision without a ready instance', () => {
    const revisions = [revision('a', 0), revision('b', 1)];
    refuseUnfitSplit(split('a', null, 0), split('a', 'b', 20), revisions);
    refuseUnfitSplit(split('a', 'b', 20), split('a', 'b', 100), revisions);
    refuseUnfitSplit(split('a', 'b', 100), split('b', null, 0), revisions);
    const newcomer = () => refuseUnfitSplit(split('b', null, 0), split('a', 'b', 20), revisions);
    assert.throws(newcomer, { code: 'NotReady' });
  });
});

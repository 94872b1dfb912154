/** Which requests a target takes, and what becomes of what runs and waits there. */
import assert from 'node:assert/strict';
import type { FailureCode } from '../../../src/domain/failures.js';
import type { RolloutRequest } from '../../../src/domain/rollout/request.js';
import {
  admit,
  admitSwitchBack,
  earlierReceipt,
  requireAdmissible,
  isOpenTo,
} from '../../../src/domain/target/admit.js';
import type { QueuedRollout, TargetState } from '../../../src/domain/target/state.js';
import type { TargetLock } from '../../../src/domain/target/view.js';
import { failing, nowMs, queued, request, revision, running, targetWith } from './sample-target.js';

const lockUntil = (expiresAtMs: number | null): TargetLock => ({
  owner: 'bob',
  reason: 'stocktaking',
  sinceMs: nowMs - 1000,
  expiresAtMs,
});

interface Refusal {
  readonly name: string;
  readonly state: TargetState;
  readonly request: RolloutRequest;
  readonly code: FailureCode;
  /** What the reader must find in it. */
  readonly words: readonly string[];
}

const refusals: readonly Refusal[] = [
  {
    name: 'a lock without an end',
    state: running('1.0.0', { lock: lockUntil(null) }),
    request: request('1.1.0'),
    code: 'TargetLocked',
    words: ['shop/production/eu', 'bob', 'until it is unlocked', 'stocktaking', 'sluice unlock'],
  },
  {
    name: 'a lock that still holds for a millisecond',
    state: running('1.0.0', { lock: lockUntil(nowMs + 1) }),
    request: request('1.1.0'),
    code: 'TargetLocked',
    words: ['2030-01-01T00:00:00.001Z'],
  },
  {
    name: 'what already runs',
    state: running('1.0.0'),
    request: request('1.0.0'),
    code: 'SameDigestRunning',
    words: ['1.0.0 already runs', revision('1.0.0').digest],
  },
  {
    name: 'the same version from another build',
    state: running('1.0.0'),
    request: request('1.0.0', { candidate: revision('1.0.0', 2) }),
    code: 'DigestMismatch',
    words: [revision('1.0.0').digest, revision('1.0.0', 2).digest, 'new version'],
  },
  {
    name: 'the same version from another build, even where older ones may come',
    state: running('1.0.0'),
    request: request('1.0.0', { candidate: revision('1.0.0', 2), allowOlder: true }),
    code: 'DigestMismatch',
    words: [],
  },
  {
    name: 'an older version',
    state: running('1.10.0'),
    request: request('1.9.0'),
    code: 'OlderVersion',
    words: ['1.10.0', '1.9.0', 'sluice rollback shop/production/eu'],
  },
  {
    name: 'a pre-release of what runs',
    state: running('1.1.0'),
    request: request('1.1.0-rc.1'),
    code: 'OlderVersion',
    words: [],
  },
  {
    name: 'an older version than the one on its way, policy latestWins',
    state: running('1.0.0', { current: queued(4, '1.2.0') }),
    request: request('1.1.0', { queuePolicy: 'latestWins' }),
    code: 'OlderVersion',
    words: ['1.2.0', '1.1.0'],
  },
  {
    name: 'a busy target, policy reject',
    state: running('1.0.0', { current: queued(4, '1.1.0') }),
    request: request('1.2.0', { queuePolicy: 'reject' }),
    code: 'TargetBusy',
    words: ['rollout 4 of 1.1.0', 'sluice watch shop/production/eu#4'],
  },
  {
    name: 'a target where somebody waits, policy reject',
    state: running('1.0.0', { queue: [queued(5, '1.1.0'), queued(6, '1.2.0')] }),
    request: request('1.3.0', { queuePolicy: 'reject' }),
    code: 'TargetBusy',
    words: ['rollout 5'],
  },
];

const welcome: readonly Pick<Refusal, 'name' | 'state' | 'request'>[] = [
  { name: 'the first install', state: targetWith(), request: request('0.1.0') },
  { name: 'a newer version', state: running('1.9.0'), request: request('1.10.0') },
  {
    name: 'an older version that may come',
    state: running('1.1.0'),
    request: request('1.0.0', { allowOlder: true }),
  },
  {
    name: 'anything after a lock has lapsed',
    state: running('1.0.0', { lock: lockUntil(nowMs) }),
    request: request('1.1.0'),
  },
  {
    name: 'what is stable while another is on its way',
    state: running('1.0.0', { current: queued(4, '1.1.0') }),
    request: request('1.0.0'),
  },
  {
    name: 'policy reject at an idle target',
    state: running('1.0.0'),
    request: request('1.1.0', { queuePolicy: 'reject' }),
  },
  {
    name: 'policy queue at a busy target',
    state: running('1.0.0', { current: queued(4, '1.1.0') }),
    request: request('1.2.0'),
  },
];

describe('requireAdmissible', () => {
  for (const { name, state, request, code, words } of refusals) {
    it(`refuses ${name}`, () => {
      assert.throws(() => requireAdmissible(state, request, nowMs), failing(code, ...words));
    });
  }

  for (const { name, state, request } of welcome) {
    it(`takes ${name}`, () => requireAdmissible(state, request, nowMs));
  }

  for (const { name, state, request } of refusals) {
    it(`refuses no request that was taken before: ${name}`, () => {
      const { requestId } = request;
      const receipt = { rolloutId: 'rollout:shop:production:eu:1', position: 0 };
      const seen = [...state.seen, { requestId, receipt }];
      requireAdmissible({ ...state, seen }, request, nowMs);
      assert.deepEqual(earlierReceipt({ ...state, seen }, requestId), receipt);
    });
  }

  it('keeps out everybody but the owner of a lock, until it lapses', () => {
    const locked = running('1.0.0', { lock: lockUntil(nowMs + 1) });
    assert.equal(isOpenTo(locked, 'ann', nowMs), false);
    assert.equal(isOpenTo(locked, 'bob', nowMs), true);
    assert.equal(isOpenTo(locked, 'ann', nowMs + 1), true);
    assert.equal(isOpenTo(running('1.0.0'), 'ann', nowMs), true);
    requireAdmissible(locked, request('1.1.0', { requestedBy: 'bob' }), nowMs);
  });

  it('lets what is stable be asked for again while another is on its way, whatever the policy', () => {
    for (const queuePolicy of ['queue', 'latestWins', 'reject'] as const) {
      const state = running('1.0.0', { current: queued(1, '1.1.0') });
      const again = request('1.0.0', { queuePolicy });
      requireAdmissible(state, again, nowMs);
      assert.equal(admit(state, again).supersedesCurrent, true);
    }
  });
});

interface Row {
  readonly name: string;
  readonly current: QueuedRollout | null;
  readonly queue: readonly QueuedRollout[];
  readonly policy: RolloutRequest['queuePolicy'];
  readonly position: number;
  /** Numbers in the queue afterwards; the new one is 9. */
  readonly waits: readonly number[];
  readonly superseded?: readonly number[];
  readonly supersedesCurrent?: boolean;
}

const rows: readonly Row[] = [
  { name: 'idle', current: null, queue: [], policy: 'queue', position: 0, waits: [9] },
  {
    name: 'busy, queue',
    current: queued(1, '1.1.0'),
    queue: [],
    policy: 'queue',
    position: 1,
    waits: [9],
  },
  {
    name: 'busy and waited for, queue',
    current: queued(1, '1.1.0'),
    queue: [queued(2, '1.2.0'), queued(3, '1.3.0')],
    policy: 'queue',
    position: 3,
    waits: [2, 3, 9],
  },
  { name: 'idle, reject', current: null, queue: [], policy: 'reject', position: 0, waits: [9] },
  { name: 'idle, latest', current: null, queue: [], policy: 'latestWins', position: 0, waits: [9] },
  {
    name: 'busy and waited for, latest',
    current: queued(1, '1.1.0'),
    queue: [queued(2, '1.2.0'), queued(3, '1.3.0')],
    policy: 'latestWins',
    position: 0,
    waits: [9],
    superseded: [2, 3],
    supersedesCurrent: true,
  },
  {
    name: 'going back, latest: nobody overtakes a switch back',
    current: queued(1, '1.0.0', 'switchBack'),
    queue: [queued(2, '1.2.0')],
    policy: 'latestWins',
    position: 1,
    waits: [9],
    superseded: [2],
  },
  {
    name: 'a switch back waits, latest: it stays first',
    current: queued(1, '1.1.0'),
    queue: [queued(3, '1.0.0', 'switchBack'), queued(2, '1.2.0')],
    policy: 'latestWins',
    position: 1,
    waits: [3, 9],
    superseded: [2],
    supersedesCurrent: true,
  },
];

describe('admit', () => {
  for (const row of rows) {
    it(`${row.name}: position ${row.position}`, () => {
      const { current, queue } = row;
      const state = running('1.0.0', { current, queue, nextN: 9 });
      const asked = request('2.0.0', { queuePolicy: row.policy });
      const admission = admit(state, asked);
      assert.deepEqual(admission.receipt, {
        rolloutId: 'rollout:shop:production:eu:9',
        position: row.position,
      });
      assert.deepEqual(
        admission.state.queue.map(({ n }) => n),
        row.waits,
      );
      assert.deepEqual(
        admission.superseded.map(({ n }) => n),
        row.superseded ?? [],
      );
      assert.equal(admission.supersedesCurrent, row.supersedesCurrent ?? false);
      assert.equal(admission.state.nextN, 10);
      assert.equal(admission.state.current, current);
      assert.deepEqual(admission.state.queue.at(-1), { n: 9, kind: 'rollout', request: asked });
    });
  }

  it('gives the same request the same receipt, and takes it once', () => {
    const first = admit(running('1.0.0'), request('1.1.0'));
    const behind = admit(first.state, request('1.2.0', { queuePolicy: 'latestWins' }));
    const again = admit(behind.state, request('1.1.0', { queuePolicy: 'latestWins' }));
    assert.deepEqual(again.receipt, first.receipt);
    assert.equal(again.state, behind.state);
    assert.deepEqual(again.superseded, []);
    assert.equal(again.supersedesCurrent, false);
  });

  it('remembers 500 requests and forgets the oldest', () => {
    let state = running('1.0.0');
    for (let n = 0; n < 501; n++) {
      state = { ...admit(state, request('1.1.0', { requestId: `r${n}` })).state, queue: [] };
    }
    assert.equal(state.seen.length, 500);
    assert.equal(earlierReceipt(state, 'r0'), null);
    assert.equal(earlierReceipt(state, 'r1')?.rolloutId, 'rollout:shop:production:eu:3');
    assert.equal(earlierReceipt(state, 'r500')?.rolloutId, 'rollout:shop:production:eu:502');
  });
});

describe('admitSwitchBack', () => {
  it('drops what waits: nothing goes forward right after somebody went back', () => {
    const waiting = [queued(2, '1.2.0'), queued(3, '1.0.0', 'switchBack')];
    const state = running('1.1.0', { queue: waiting, nextN: 4 });
    const admission = admitSwitchBack(state, request('1.0.0', { allowOlder: true }));
    assert.deepEqual(
      admission.state.queue.map(({ n, kind }) => [n, kind]),
      [[4, 'switchBack']],
    );
    assert.deepEqual(admission.receipt, { rolloutId: 'rollout:shop:production:eu:4', position: 0 });
    assert.deepEqual(admission.superseded, waiting);
    assert.equal(admission.supersedesCurrent, false);
    assert.equal(admission.state.nextN, 5);
  });

  it('says so when one still runs before it', () => {
    const state = running('1.1.0', { current: queued(2, '1.2.0'), nextN: 3 });
    assert.equal(admitSwitchBack(state, request('1.0.0')).receipt.position, 1);
  });

  it('is taken once', () => {
    const first = admitSwitchBack(running('1.1.0'), request('1.0.0'));
    const again = admitSwitchBack(first.state, request('1.0.0'));
    assert.equal(again.state, first.state);
    assert.deepEqual(again.receipt, first.receipt);
  });
});

/** What counters say of a split, and what they must not be taken to say. */
import assert from 'node:assert/strict';
import { createTrafficEvidence } from '../../../src/adapters/kubernetes/traffic-evidence.js';
import { Failure } from '../../../src/domain/failures.js';
import type { RevisionCounters } from '../../../src/domain/analysis/sample.js';
import type { Split } from '../../../src/domain/rollout/split.js';

const target = { service: 'checkout', environment: 'production' };
const edges = [100, 300, 1200, 5000];

/** Requests a revision gets: from when to when, how many a second, and how long each takes. */
interface Traffic {
  readonly revision: string;
  readonly perSecond: number;
  readonly takesMs?: number;
  readonly fromMs?: number;
  readonly untilMs?: number;
}

/** A gateway in virtual time: it counts each request when it is answered. */
function gateway(traffic: readonly Traffic[], lagging = false) {
  let nowMs = 10_000;
  const startMs = nowMs;
  const answeredAt = (one: Traffic) => {
    const { perSecond, takesMs = 5, fromMs = -10_000, untilMs = 60_000 } = one;
    const gapMs = 1000 / perSecond;
    const times: number[] = [];
    for (let at = fromMs; at < untilMs; at += gapMs) times.push(startMs + at + takesMs);
    return times.filter((at) => at <= nowMs).length;
  };
  const countersOf = (revision: string): RevisionCounters => {
    const mine = traffic.filter((one) => one.revision === revision);
    const requests = mine.reduce((sum, one) => sum + answeredAt(one), 0);
    const buckets = edges.map((leMs) => ({
      leMs,
      count: mine
        .filter(({ takesMs = 5 }) => takesMs <= leMs)
        .reduce((sum, one) => sum + answeredAt(one), 0),
    }));
    const counted = { instance: `${revision}@1`, requests, errors: 0, buckets };
    const rest = { inFlight: 0, inFlightOlder: [], ...(lagging ? { asOfMs: nowMs - 900 } : {}) };
    return { revision, instances: mine.length === 0 ? [] : [{ ...counted, ...rest }] };
  };
  const clock = {
    nowMs: () => nowMs,
    async sleep(ms: number) {
      nowMs += ms;
    },
  };
  const metrics = {
    async readCounters(_: unknown, revisions: readonly string[]) {
      nowMs += 5;
      return revisions.map(countersOf);
    },
  };
  return {
    evidence: createTrafficEvidence(metrics, clock),
    tookMs: () => nowMs - startMs,
  };
}

const stableOnly: Split = { stable: 'old', candidate: 'new', weight: 0, headerRoute: null };
const half: Split = { ...stableOnly, weight: 50 };

async function reasonOf(asked: Promise<unknown>): Promise<unknown> {
  return asked.then(
    () => null,
    (error: unknown) => error,
  );
}

describe('evidence of traffic', () => {
  it('confirms a withdrawal once others get requests and the candidate none', async () => {
    const { evidence, tookMs } = gateway([
      { revision: 'old', perSecond: 200 },
      { revision: 'new', perSecond: 50, untilMs: 150 },
    ]);
    assert.equal(await evidence.confirmSplit(target, stableOnly), 'requests');
    assert.ok(tookMs() >= 250 && tookMs() <= 700, String(tookMs()));
  });

  it('takes what a candidate counts of copies for no answers of users', async () => {
    const { evidence } = gateway([
      { revision: 'old', perSecond: 200 },
      { revision: 'new', perSecond: 50 },
    ]);
    assert.equal(await evidence.confirmSplit(target, { ...stableOnly, mirror: 20 }), 'requests');
    const silent = gateway([
      { revision: 'old', perSecond: 200 },
      { revision: 'new', perSecond: 0 },
    ]);
    const split = { ...stableOnly, mirror: 20 };
    assert.equal(await silent.evidence.confirmSplit(target, split), 'requests');
  });

  it('refuses to say that a withdrawal holds while the candidate gets new requests', async () => {
    const { evidence, tookMs } = gateway([
      { revision: 'old', perSecond: 200 },
      { revision: 'new', perSecond: 50 },
    ]);
    const failure = await reasonOf(evidence.confirmSplit(target, stableOnly));
    assert.ok(failure instanceof Failure);
    assert.equal(failure.code, 'NotReady');
    assert.match(failure.message, /new still gets requests/);
    assert.match(String(failure.details.seen), /new: \d+ → \d+ in 3\d{3} ms/);
    assert.ok(tookMs() <= 3500, String(tookMs()));
  });

  it('does not take answers to requests from before the withdrawal for new ones', async () => {
    const { evidence, tookMs } = gateway([
      { revision: 'old', perSecond: 200 },
      // Hangs: what was sent before goes on being answered for half a minute.
      { revision: 'new', perSecond: 50, takesMs: 30_000, fromMs: -30_000, untilMs: 0 },
    ]);
    assert.equal(await evidence.confirmSplit(target, stableOnly), 'requests');
    assert.ok(tookMs() <= 600, String(tookMs()));
  });

  it('never refuses a weight because a candidate does not answer', async () => {
    const hanging = { revision: 'new', perSecond: 50, takesMs: 30_000, fromMs: 0 };
    const { evidence, tookMs } = gateway([{ revision: 'old', perSecond: 200 }, hanging]);
    assert.equal(await evidence.confirmSplit(target, half), 'gateway status');
    assert.ok(tookMs() <= 300, String(tookMs()));
  });

  it('confirms a weight by the first answers of both sides', async () => {
    const { evidence, tookMs } = gateway([
      { revision: 'old', perSecond: 100 },
      { revision: 'new', perSecond: 100, fromMs: 40 },
    ]);
    assert.equal(await evidence.confirmSplit(target, half), 'requests');
    assert.ok(tookMs() <= 200, String(tookMs()));
  });

  it('says that only the gateway confirmed it without traffic, counters or live counters', async () => {
    const silent = { revision: 'new', perSecond: 1, untilMs: -5000 };
    assert.equal(
      await gateway([silent]).evidence.confirmSplit(target, stableOnly),
      'gateway status',
    );
    const none = gateway([]);
    assert.equal(await none.evidence.confirmSplit(target, stableOnly), 'gateway status');
    assert.ok(none.tookMs() < 50);
    const lagging = gateway([{ revision: 'new', perSecond: 50 }], true);
    assert.equal(await lagging.evidence.confirmSplit(target, stableOnly), 'gateway status');
    const broken = createTrafficEvidence({
      readCounters: () => Promise.reject(new Failure('Unavailable', 'no answer')),
    });
    assert.equal(await broken.confirmSplit(target, stableOnly), 'gateway status');
  });

  it('lets a revision end when many requests went elsewhere, or after seconds of silence', async () => {
    const many = gateway([
      { revision: 'old', perSecond: 500 },
      { revision: 'gone', perSecond: 100, untilMs: 300 },
    ]);
    await many.evidence.waitUntilUnused(target, 'gone', { ...stableOnly, candidate: null });
    assert.ok(many.tookMs() >= 800 && many.tookMs() <= 1300, String(many.tookMs()));
    const few = gateway([{ revision: 'old', perSecond: 1 }]);
    await few.evidence.waitUntilUnused(target, 'gone', stableOnly);
    assert.ok(few.tookMs() >= 3000 && few.tookMs() <= 3500, String(few.tookMs()));
    const blind = gateway([]);
    await blind.evidence.waitUntilUnused(target, 'gone', stableOnly);
    assert.ok(blind.tookMs() >= 3000 && blind.tookMs() <= 3500, String(blind.tookMs()));
  });

  it('keeps a revision that is still used', async () => {
    const { evidence, tookMs } = gateway([
      { revision: 'old', perSecond: 200 },
      { revision: 'gone', perSecond: 2 },
    ]);
    const failure = await reasonOf(evidence.waitUntilUnused(target, 'gone', stableOnly));
    assert.ok(failure instanceof Failure && failure.code === 'NotReady');
    assert.ok(tookMs() >= 6000, String(tookMs()));
  });
});

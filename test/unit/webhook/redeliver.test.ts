/** Deliveries that never arrived: asked for again until they do, with growing pauses, and given up in the end. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type DeliveryAttempt, planRedelivery } from '../../../src/domain/webhook/redeliver.js';

const minuteMs = 60_000;
const nowMs = 1_000 * minuteMs;
let ids = 0;
const attempt = (guid: string, agoMs: number, status: number): DeliveryAttempt => ({
  ...{ id: `${++ids}`, guid, status },
  deliveredAtMs: nowMs - agoMs,
});

describe('redelivery', () => {
  it('asks for the newest attempt of what never arrived', () => {
    const lost = [attempt('a', 9 * minuteMs, 502), attempt('a', 5 * minuteMs, 0)];
    const arrived = [attempt('b', 9 * minuteMs, 502), attempt('b', 5 * minuteMs, 202)];
    assert.deepEqual(planRedelivery([...lost, ...arrived], nowMs).ids, [lost[1]?.id]);
  });

  it('leaves one that may be under way, and pauses longer each time', () => {
    assert.deepEqual(planRedelivery([attempt('a', 10_000, 0)], nowMs).ids, []);
    const twice = (agoMs: number) =>
      planRedelivery([attempt('a', 30 * minuteMs, 0), attempt('a', agoMs, 0)], nowMs).ids.length;
    assert.deepEqual([twice(3 * minuteMs), twice(4 * minuteMs)], [0, 1]);
  });

  it('gives up what is refused for what it is, and what failed too often', () => {
    const often = Array.from({ length: 8 }, () => attempt('a', 500 * minuteMs, 503));
    const { ids: asked, givenUp } = planRedelivery([...often, attempt('b', minuteMs, 413)], nowMs);
    assert.deepEqual([asked, givenUp], [[], ['a', 'b']]);
  });

  it('never asks twice for one, nor for one that has arrived', () => {
    const one = fc.record({
      guid: fc.constantFrom('a', 'b', 'c', 'd'),
      agoMs: fc.integer({ min: 0, max: 600 * minuteMs }),
      status: fc.constantFrom(0, 200, 202, 401, 413, 500, 503),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 40 }), (all) => {
        const attempts = all.map(({ guid, agoMs, status }) => attempt(guid, agoMs, status));
        const asked = planRedelivery(attempts, nowMs).ids.map(
          (id) => attempts.find((each) => each.id === id)?.guid ?? '',
        );
        assert.equal(new Set(asked).size, asked.length);
        const arrived = attempts.filter(({ status }) => status >= 200 && status < 300);
        assert.ok(!asked.some((guid) => arrived.some((each) => each.guid === guid)));
      }),
    );
  });
});

/** Events are asked for seldom, and only about pods that should be ready by now. */
import assert from 'node:assert/strict';
import { createEventReasons } from '../../../src/adapters/kubernetes/event-reasons.js';
import type { Inspection } from '../../../src/adapters/kubernetes/inspection.js';
import type { Pod } from '../../../src/adapters/kubernetes/objects.js';
import { Failure } from '../../../src/domain/failures.js';

const bornMs = Date.parse('2026-01-01T00:00:00Z');
const pod = (uid: string): Pod => ({
  ...{ apiVersion: 'v1', kind: 'Pod', spec: { containers: [] } },
  metadata: { name: uid, uid, creationTimestamp: '2026-01-01T00:00:00Z' },
});

describe('events about a pod', () => {
  let asked: string[];
  let nowMs: number;
  let answer: () => readonly object[];
  const cluster = {
    async listBy(_kind: unknown, fields: string) {
      asked.push(fields);
      return answer();
    },
  } as unknown as Inspection;
  const event = (reason: string, lastTimestamp: string) => ({
    ...{ reason, message: `${reason}\nis why`, lastTimestamp, metadata: { name: reason } },
  });

  beforeEach(() => {
    asked = [];
    nowMs = bornMs + 10_000;
    answer = () => [
      event('FailedMount', '2026-01-01T00:00:01Z'),
      event('Unhealthy', '2026-01-01T00:00:04Z'),
      event('BackOff', '2026-01-01T00:00:02Z'),
    ];
  });

  it('the newest warning is the reason, on one line', async () => {
    const explain = createEventReasons(cluster, () => nowMs);
    assert.equal(await explain(pod('a')), 'Unhealthy: Unhealthy is why');
    assert.deepEqual(asked, ['involvedObject.uid=a,type=Warning']);
  });

  it('are asked for once in three seconds for each pod', async () => {
    const explain = createEventReasons(cluster, () => nowMs);
    for (const atMs of [0, 50, 2_999]) {
      nowMs = bornMs + 10_000 + atMs;
      assert.match((await explain(pod('a'))) ?? '', /^Unhealthy/);
    }
    assert.equal(asked.length, 1);
    await explain(pod('b'));
    nowMs += 3_000;
    await explain(pod('a'));
    assert.equal(asked.length, 3);
  });

  it('are not asked for while a pod is young', async () => {
    const explain = createEventReasons(cluster, () => nowMs);
    nowMs = bornMs + 1_000;
    assert.equal(await explain(pod('a')), null);
    assert.deepEqual(asked, []);
  });

  it('that may not be read, or cannot be now, are no failure', async () => {
    const explain = createEventReasons(cluster, () => nowMs);
    answer = () => {
      throw new Failure('Unavailable', 'away');
    };
    assert.equal(await explain(pod('a')), null);
    answer = () => {
      throw new Failure('Forbidden', 'no right');
    };
    assert.equal(await explain(pod('b')), null);
    assert.equal(await explain(pod('c')), null);
    assert.equal(asked.length, 2, 'nobody is asked again for a minute');
    nowMs += 60_000;
    await explain(pod('c'));
    assert.equal(asked.length, 3);
  });
});

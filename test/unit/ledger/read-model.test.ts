/** Lists and history folded from events: the same however they come, and made again from nothing. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { emptyReadModel, foldEvents } from '../../../src/domain/ledger/read-model.js';
import { rolloutEvents } from '../../support/recorded-rollouts.js';

describe('the read model', () => {
  it('says what was released, how it went, and what was deployed', () => {
    const model = foldEvents(emptyReadModel, rolloutEvents(40));
    assert.equal(model.events, 40);
    assert.deepEqual(model.releases.get('release:service-0:1.1.0'), {
      ...{ releaseId: 'release:service-0:1.1.0', service: 'service-0', version: '1.1.0' },
      ...{ requestedAt: '2026-01-01T00:00:00.000Z', requestedBy: 'ci', reason: 'merged' },
      ...{ asked: null, endedAt: null, outcome: null },
    });
    assert.deepEqual(model.rollouts.get('rollout:service-3:production:1'), {
      ...{ rolloutId: 'rollout:service-3:production:1', target: 'service-3/production' },
      ...{ beganAt: '2026-01-01T00:00:31.000Z', candidate: '1.1.0-4f2a9c1b', stable: null },
      ...{ weight: 0, exposure: 70, verdict: 'fail' },
      ...{ endedAt: '2026-01-01T00:00:39.000Z', outcome: 'rolledBack' },
    });
    assert.deepEqual(
      model.deployments.map(({ target, outcome }) => `${target} ${outcome}`),
      [
        ...['service-0/production promoted', 'service-1/production promoted'],
        ...['service-2/production promoted', 'service-3/production rolledBack'],
      ],
    );
    const { tookMs, revision } = model.deployments[3] ?? {};
    assert.deepEqual([tookMs, revision], [8000, '1.1.0-4f2a9c1b']);
    assert.deepEqual(
      model.commands.map(({ command, actor }) => `${command} ${actor}`),
      Array.from({ length: 4 }, () => 'release ci'),
    );
  });

  it('is the same from one go as from many, and changes nothing that it was given', () => {
    const events = rolloutEvents(60);
    const whole = foldEvents(emptyReadModel, events);
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 5 }), (cuts) => {
        const ends = [...cuts, 0, 60].sort((a, b) => a - b);
        let model = emptyReadModel;
        for (const [n, end] of ends.entries()) {
          const before = structuredClone(model);
          const next = foldEvents(model, events.slice(ends[n - 1] ?? 0, end));
          assert.deepEqual(model, before);
          model = next;
        }
        assert.deepEqual(model, whole);
      }),
      { numRuns: 20 },
    );
  });

  it('keeps its way when an event says less than usual', () => {
    const event = rolloutEvents(2)[1];
    assert.ok(event);
    const odd = [
      { ...event, subject: 'rollout:odd', id: 'odd' },
      { ...event, kind: 'candidatePromoted', data: {} },
      { ...event, kind: 'commandAccepted', subject: 'release:odd', data: { command: 'release' } },
    ];
    const model = foldEvents(emptyReadModel, odd);
    assert.deepEqual([model.events, model.releases.size, model.rollouts.size], [3, 0, 1]);
    assert.equal(model.deployments[0]?.revision, null);
  });
});

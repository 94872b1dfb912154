/** Lines of the worker's log say what they are about, and no secret survives in them. */
import assert from 'node:assert/strict';
import { subjectOf, subjectOfWorkflow } from '../../../src/domain/subject.js';
import { createWorkerLogger } from '../../../src/workers/logger.js';

describe('the log of a worker', () => {
  it('names project, rollout and trace, and masks secrets wherever they stand', () => {
    const lines: string[] = [];
    const logger = createWorkerLogger(
      { project: 'shop', level: 'info' },
      (line) => void lines.push(line),
    );
    logger.warn('refused with slc_CANARY-of-a-message', {
      workflowId: 'rollout:checkout:production:eu:7',
      traceId: 'a1'.repeat(16),
      attempt: 2,
      error: new Error('Bearer CANARY-of-an-error'),
    });
    logger.info('no workflow');
    const [first = '', second = ''] = lines;
    assert.ok(!first.includes('CANARY'), first);
    const { level, project, rolloutId, traceId, attempt } = JSON.parse(first);
    assert.deepEqual(
      { level, project, rolloutId, traceId, attempt },
      {
        ...{ level: 'WARN', project: 'shop', rolloutId: 'rollout:checkout:production:eu:7' },
        ...{ traceId: 'a1'.repeat(16), attempt: 2 },
      },
    );
    assert.equal(JSON.parse(second).rolloutId, undefined);
  });

  for (const [level, said] of [
    ['silent', []],
    ['fatal', ['ERROR']],
    ['warn', ['WARN', 'ERROR']],
    ['debug', ['DEBUG', 'INFO', 'WARN', 'ERROR']],
  ] as const)
    it(`says at ${level}: ${said.join(', ') || 'nothing'}`, () => {
      const lines: string[] = [];
      const logger = createWorkerLogger(
        { project: 'shop', level },
        (line) => void lines.push(line),
      );
      for (const word of ['trace', 'debug', 'info', 'warn', 'error'] as const) logger[word]('x');
      assert.deepEqual(
        lines.map((line) => (JSON.parse(line) as { level: string }).level),
        said,
      );
    });

  const ids: Readonly<Record<string, object>> = {
    'release:checkout:1.4.0': { releaseId: 'release:checkout:1.4.0' },
    'deployment:checkout:1.4.0:run': { releaseId: 'release:checkout:1.4.0' },
    'deployment-rollout:checkout:live:eu:7:run': { rolloutId: 'rollout:checkout:live:eu:7' },
    'target:checkout:live': { targetId: 'target:checkout:live' },
    'branch:acme/checkout:main': {},
  };
  for (const [id, subject] of Object.entries(ids))
    it(`is about ${JSON.stringify(subject)}: ${id}`, () =>
      assert.deepEqual(subjectOfWorkflow(id), subject));

  it('is about what a request names', () => {
    const target = { service: 'checkout', environment: 'live', region: 'eu' };
    assert.deepEqual(subjectOf({ service: 'checkout', version: '1.4.0' }), {
      releaseId: 'release:checkout:1.4.0',
    });
    assert.deepEqual(subjectOf({ ...target, n: 7 }), { rolloutId: 'rollout:checkout:live:eu:7' });
    assert.deepEqual(subjectOf(target), { targetId: 'target:checkout:live:eu' });
    assert.deepEqual(subjectOf({ environment: 'live' }), {});
  });
});

/** The same artifact under another version: a revision of its own, because what it is run with may have changed. */
import assert from 'node:assert/strict';
import { beginNext, finishCurrent } from '../../../src/domain/target/advance.js';
import { admit, requireAdmissible } from '../../../src/domain/target/admit.js';
import { wayBackFrom } from '../../../src/domain/target/go-back.js';
import { dropOutdated } from '../../../src/domain/target/outdated.js';
import { failing, keepWarmMs, nowMs, request, result, revision, running } from './sample-target.js';

const { digest } = revision('1.0.0');
const next = { version: '1.0.1', digest };
const ask = request('1.0.1', { candidate: next });

describe('the artifact that runs, under a new version', () => {
  it('is admitted, rolls out, and leaves the old revision warm and then retired', () => {
    const idle = running('1.0.0');
    assert.doesNotThrow(() => requireAdmissible(idle, ask, nowMs));
    const { state } = admit(idle, ask);
    assert.deepEqual(dropOutdated(state).dropped, []);
    const begun = beginNext(state);
    assert.ok(begun);
    const after = finishCurrent(begun.state, result('promoted'), nowMs);
    assert.deepEqual(after.stable, next);
    assert.deepEqual(after.previous?.revision, revision('1.0.0'));
    assert.deepEqual(after.retirements, [
      { revision: revision('1.0.0'), atMs: nowMs + keepWarmMs },
    ]);
    // The release of the version before has nothing to take back any more.
    const only = { rolloutId: null, digest };
    assert.throws(
      () => wayBackFrom(after, { ...only, version: '1.0.0' }),
      failing('CommandRejected'),
    );
    assert.deepEqual(wayBackFrom(after, { ...only, version: '1.0.1' }), { kind: 'switchBack' });
    assert.deepEqual(wayBackFrom(after, only), { kind: 'switchBack' });
  });

  it('is retired after a rollback, and stable stays', () => {
    const begun = beginNext(admit(running('1.0.0'), ask).state);
    assert.ok(begun);
    const after = finishCurrent(begun.state, result('rolledBack'), nowMs);
    assert.deepEqual(after.stable, revision('1.0.0'));
    assert.deepEqual(
      after.retirements.map((retirement) => retirement.revision),
      [next],
    );
  });
});

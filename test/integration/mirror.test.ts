/** Copies of requests on a real Temporal server: a candidate is judged by them before any user meets it. */
import assert from 'node:assert/strict';
import { revisionName } from '../../src/domain/rollout/revision.js';
import { stableOnly } from '../../src/domain/rollout/split.js';
import type { CanaryStep } from '../../src/domain/rollout/strategy.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { aRevision, timing } from '../support/builders.js';
import { until } from '../support/operator.js';
import { type Scene, type Site, startScene } from '../support/rollout-driver.js';

const nameOf = (version: string) => revisionName(aRevision(version));

const mirror = (percent: number, forMs = 400): CanaryStep => ({
  ...{ kind: 'mirror', percent, forMs, deadlineMs: 5_000 },
});
const judged: CanaryStep = { kind: 'analysis', forMs: 200, deadlineMs: 5_000 };
const canaryOf = (...steps: readonly CanaryStep[]) =>
  ({ strategy: { kind: 'canary', steps, timing } }) as const;
/** What was written of a candidate, oldest first. */
const sharesOf = (site: Site) =>
  site.writes.flatMap((write) =>
    write.kind === 'split' && write.split.candidate !== null
      ? [
          write.split.mirror === undefined
            ? `${write.split.weight}`
            : `copies ${write.split.mirror}`,
        ]
      : [],
  );

describe('a mirror', () => {
  let scene: Scene;
  before(async () => {
    scene = await startScene();
  });
  after(() => scene.stop());

  it('shows the candidate copies alone, ends before the first weight, and counts as evidence', async () => {
    const site = await scene.installed();
    const steps = canaryOf(mirror(60), { kind: 'setWeight', weight: 20 }, judged);
    const result = await scene.roll(site, steps);
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.deepEqual(sharesOf(site), ['copies 60', '0', '20', '100']);
    const scales = site.writes.flatMap((write) =>
      write.kind === 'capacity' && write.version === '1.1.0' ? [write.instances] : [],
    );
    assert.deepEqual(scales, [2, 1, 3], 'copies end before their capacity goes');
    assert.ok((site.copied.get('1.1.0') ?? 0) > 0);
    assert.equal(site.lost, 0);
  });

  it('takes a candidate back that fails its copies, and no user has met it', async () => {
    const site = await scene.installed();
    site.conducts.set('1.1.0', { errors: 0.5 });
    const steps = canaryOf(mirror(50, 10_000), { kind: 'setWeight', weight: 20 }, judged);
    const result = await scene.roll(site, steps);
    assert.equal(result.outcome, 'rolledBack');
    assert.match(result.reason, /requests failed/);
    assert.deepEqual(sharesOf(site), ['copies 50']);
    assert.equal(site.served.get('1.1.0'), undefined);
    assert.deepEqual(await scene.operator.splitOf(site.target), stableOnly(nameOf('1.0.0')));
  });

  it('does not go on without copies that it could judge', async () => {
    const site = await scene.installed();
    site.load = 0;
    const silent: CanaryStep = { kind: 'mirror', percent: 50, forMs: 100, deadlineMs: 300 };
    const id = await scene.begin(site, canaryOf(silent, { kind: 'setWeight', weight: 20 }));
    const held = await scene.operator.rolloutIs(id, (view) => view.holding !== null);
    assert.deepEqual([held.weight, held.phase], [0, 'Holding']);
    assert.deepEqual(sharesOf(site), ['copies 50']);
    await scene.operator.tell(id, updateNames.abort);
    assert.equal((await scene.operator.rolloutResult(id)).outcome, 'aborted');
    assert.deepEqual(await scene.operator.splitOf(site.target), stableOnly(nameOf('1.0.0')));
  });

  it('is analysing while it copies, and a promotion in full ends the copies', async () => {
    const site = await scene.installed();
    const id = await scene.begin(site, canaryOf(mirror(50, 60_000), judged));
    await scene.operator.rolloutIs(id, (view) => view.phase === 'Analysing' && view.weight === 0);
    await until(
      'copies are sent',
      async () => site.copied.get('1.1.0') ?? 0,
      (copies) => copies > 0,
    );
    await scene.operator.tell(id, updateNames.promoteFull);
    const result = await scene.operator.rolloutResult(id);
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.deepEqual(sharesOf(site), ['copies 50', '0', '100']);
  });
});

/** What the Temporal UI shows of a rollout: enough to operate by it alone, and nothing that a name or reason could forge. */
import assert from 'node:assert/strict';
import type { CanaryStep } from '../../src/domain/rollout/strategy.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { aCanary, timing } from '../support/builders.js';
import { readHistory } from '../support/rollout-history.js';
import { type Scene, startScene } from '../support/rollout-driver.js';

const at = (weight: number): CanaryStep => ({ kind: 'setWeight', weight });
const untilResumed: CanaryStep = { kind: 'pause', forMs: null };
const canaryOf = (...steps: readonly CanaryStep[]) =>
  ({ strategy: { kind: 'canary', steps, timing } }) as const;

let scene: Scene;
before(async () => {
  scene = await startScene();
});
after(() => scene.stop());

describe('a rollout in the Temporal UI', () => {
  it('is listed by what it does, where, and with which weight', async () => {
    const site = await scene.installed();
    const id = await scene.begin(site, canaryOf(at(25), untilResumed));
    await scene.operator.rolloutIs(id, (view) => view.phase === 'Holding');
    const { attributes, staticSummary } = await scene.operator.described(id);
    assert.equal(staticSummary, `1.1.0 → ${site.target.service}/production (canary)`);
    assert.deepEqual(attributes, {
      Service: site.target.service,
      Environment: 'production',
      Version: '1.1.0',
      Strategy: 'canary',
      Phase: 'Holding',
      TrafficWeight: 25,
      NeedsAttention: 'waits for a person',
    });
    await scene.operator.tell(id, updateNames.resume);
    await scene.operator.rolloutResult(id);
    const { attributes: atEnd } = await scene.operator.described(id);
    assert.equal(atEnd.Phase, 'Promoted');
    assert.equal(atEnd.NeedsAttention, undefined, 'nobody has to look any more');
  });

  it('says with each activity what it is for', async () => {
    const site = await scene.installed();
    const { rolloutId } = await scene.roll(site, {
      strategy: aCanary([25], 100),
    });
    const { activities } = await readHistory(scene.engine.client, rolloutId);
    assert.deepEqual(
      activities.map(({ type, summary }) => `${type}: ${summary}`),
      [
        'shiftTraffic: traffic to 25 % on 1 instance',
        'watchHealth: watch 1.1.0 at 25 % for 100ms',
        'shiftTraffic: traffic to 100 % on 3 instances',
        'watchHealth: watch 1.1.0 at 100 % for 100ms',
        'promoteCandidate: 1.1.0 becomes stable',
      ],
    );
  });

  it('tells where it stands, why, and what can be commanded', async () => {
    const site = await scene.installed();
    const id = await scene.begin(site, { strategy: aCanary([25], 20_000) });
    await scene.operator.rolling(site.target, 2, 25);
    await scene.operator.rolloutIs(id, (view) => view.commands.includes('promote'));
    const { currentDetails } = await scene.operator.metadata(id);
    for (const line of [
      `**Analysing** · 1.1.0 at ${site.target.service}/production (canary)`,
      'traffic ███░░░░░░░ 25 %',
      '**now** step 1 of 3: traffic to 25 % on 1 instance',
      '**you can** pause, promote, promoteFull, abort',
    ]) {
      assert.ok(currentDetails.split('\n').includes(line), `${line}\nin\n${currentDetails}`);
    }
    site.conducts.set('1.1.0', { errors: 0.5 });
    const result = await scene.operator.rolloutResult(id);
    const { currentDetails: atEnd } = await scene.operator.metadata(id);
    assert.match(atEnd, /^\*\*RolledBack\*\*/);
    assert.match(atEnd, /\*\*why\*\* \d+ of \d+ requests failed/);
    assert.match(atEnd, /\n\| errorRate \| █{10} \| \S+ of 100 \| .* \| 5 % \|/);
    assert.equal(result.outcome, 'rolledBack');
  });

  it('describes each command with a body that can be sent as it stands', async () => {
    const site = await scene.installed();
    const id = await scene.begin(site, { strategy: aCanary([25], 20_000) });
    await scene.operator.rolling(site.target, 2, 25);
    const { definition } = await scene.operator.metadata(id);
    assert.deepEqual(definition.updateDefinitions.map(({ name }) => name).sort(), [
      'abort',
      'alert',
      'pause',
      'promote',
      'promoteFull',
      'resume',
    ]);
    const bodies = definition.updateDefinitions.map(({ name, description }) => {
      const [, example = ''] = /^\w.*\. Example: (\{.*\})$/.exec(description) ?? [];
      return [name, JSON.parse(example) as object] as const;
    });
    const [, body = {}] = bodies.find(([name]) => name === 'abort') ?? [];
    await scene.operator.tell(id, updateNames.abort, body);
    assert.equal((await scene.operator.rolloutResult(id)).outcome, 'aborted');
  });

  const lives: readonly [string, readonly string[]][] = [
    ['promoted', ['Deploying', 'Analysing', 'Holding', 'Analysing', 'Promoting', 'Promoted']],
    ['rolledBack', ['Deploying', 'Analysing', 'Holding', 'RollingBack', 'RolledBack']],
    ['aborted', ['Deploying', 'Analysing', 'Holding', 'RollingBack', 'Aborted']],
  ];
  for (const [ending, phases] of lives) {
    it(`goes through its phases until ${ending}, and asks for attention only when it needs it`, async () => {
      const site = await scene.installed();
      const steps = canaryOf({ kind: 'setWeight', weight: 0 }, at(25), untilResumed);
      const id = await scene.begin(site, steps);
      await scene.operator.rolloutIs(id, (view) => view.phase === 'Holding');
      if (ending === 'promoted') await scene.operator.tell(id, updateNames.resume);
      if (ending === 'aborted') await scene.operator.tell(id, updateNames.abort);
      if (ending === 'rolledBack') site.conducts.set('1.1.0', { errors: 0.5 });
      assert.equal((await scene.operator.rolloutResult(id)).outcome, ending);
      const seen = await readHistory(scene.engine.client, id);
      assert.deepEqual(seen.phases, phases);
      const waits = ['waits for a person', null];
      const attention = ending === 'rolledBack' ? [...waits, 'rolled back'] : waits;
      assert.deepEqual(seen.needsAttention, attention);
    });
  }

  it('shows names and reasons as they were typed, never as markup', async () => {
    const site = await scene.installed();
    const id = await scene.begin(site, { strategy: aCanary([25], 20_000) });
    await scene.operator.rolling(site.target, 2, 25);
    const actor = '[ann](http://evil.example)';
    const reason = 'a | b\n\n# **Promoted** <img src=x> `rm`';
    await scene.operator.tell(id, updateNames.pause, { actor, reason });
    const { currentDetails } = await scene.operator.metadata(id);
    const why = currentDetails.split('\n').find((line) => line.startsWith('**why**'));
    assert.equal(
      why,
      '**why** paused by \\[ann\\]\\(http://evil.example\\): a \\| b \\# \\*\\*Promoted\\*\\* \\<img src=x\\> \\`rm\\`',
    );
    await scene.operator.tell(id, updateNames.abort);
    await scene.operator.rolloutResult(id);
  });
});

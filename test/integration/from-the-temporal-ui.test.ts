/** What the Temporal UI sends: one JSON payload, as somebody typed it. What is meant is done; what is malformed is refused and harms nothing. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { CanaryStep } from '../../src/domain/rollout/strategy.js';
import { targetWorkflowId } from '../../src/domain/names.js';
import { queryNames } from '../../src/domain/wire-names.js';
import { aRelease, anEnvironment, aRequest, timing } from '../support/builders.js';
import { type Scene, startScene } from '../support/rollout-driver.js';
import { createTypist, malformed } from '../support/temporal-ui.js';

const by = { actor: 'ann', reason: 'because' };
const holding: readonly CanaryStep[] = [
  { kind: 'setWeight', weight: 25 },
  { kind: 'pause', forMs: null },
];

/** Beside those: right but for a field of the command's own. */
const malformedFor: Readonly<Record<string, readonly object[]>> = {
  requestRollout: [
    { ...aRequest('1.3.0'), strategy: 7 },
    { ...aRequest('1.3.0'), strategy: { kind: 'canary' } },
    { ...aRequest('1.3.0'), workload: null },
    { ...aRequest('1.3.0'), health: 'good' },
    { ...aRequest('1.3.0'), candidate: '1.3.0' },
  ],
  lock: [by, { ...by, expiresAtMs: 'soon' }, { ...by, expiresAtMs: 1e300 }],
  rollBack: [
    { ...by, version: 7 },
    { ...by, only: 'mine' },
  ],
  eject: [{ ...by, dryRun: 'yes' }, by],
  retryRollout: [by, { ...by, n: 'two' }, { ...by, n: 99 }],
  approve: [by, { ...by, environment: 5, ticket: null }, { ...by, environment: 'moon', ticket: 1 }],
  reject: [by, { ...by, environment: 'moon' }],
};

describe('commands from the Temporal UI', function () {
  this.timeout(60_000);
  let scene: Scene;
  before(async () => {
    scene = await startScene();
  });
  after(() => scene.stop());

  const send = (workflowId: string, name: string, typed: string | null) =>
    createTypist(scene.engine.client).send(workflowId, name, typed);
  const accepted = async (id: string, name: string, command: object): Promise<void> =>
    assert.equal(await send(id, name, JSON.stringify(command, null, 2)), null, name);

  async function updatesOf(workflowId: string): Promise<readonly string[]> {
    const metadata = await scene.operator
      .handle(workflowId)
      .query<{ definition: { updateDefinitions: { name: string }[] } }>(
        '__temporal_workflow_metadata',
      );
    return metadata.definition.updateDefinitions.map(({ name }) => name);
  }

  /** A target at which a rollout holds, and a release that waits for approval. */
  async function held() {
    const site = await scene.installed();
    const rollout = await scene.begin(site, {
      strategy: { kind: 'canary', steps: holding, timing },
    });
    await scene.operator.rolloutIs(rollout, ({ phase }) => phase === 'Holding');
    return { site, rollout, target: targetWorkflowId(site.target) };
  }

  async function waiting(): Promise<string> {
    const plan = anEnvironment('production', { promotion: 'manual' });
    const approvals = { ...plan.approvals, required: 1, acceptClaims: true };
    const service = scene.operator.freshService();
    const id = await scene.operator.release(aRelease(service, '1.0.0', [{ ...plan, approvals }]));
    await scene.operator.releaseIs(id, ({ phase }) => phase === 'AwaitingApproval');
    return id;
  }

  it('refuses everything malformed, with every update, and is as it was', async () => {
    const { rollout, target } = await held();
    const release = await waiting();
    const subjects = [
      [target, queryNames.readTarget],
      [rollout, queryNames.readRollout],
      [release, queryNames.readRelease],
    ] as const;
    let sent = 0;
    for (const [id, query] of subjects) {
      const view = () => scene.operator.handle(id).query(query);
      const before = await view();
      const names = await updatesOf(id);
      assert.ok(names.length >= 5, names.join());
      const typed = names.flatMap((name) =>
        [...malformed, ...(malformedFor[name] ?? []).map((command) => JSON.stringify(command))].map(
          (text) => ({ name, text }),
        ),
      );
      const answers: (string | null)[] = [];
      for (const { name, text } of typed) answers.push(await send(id, name, text));
      for (const [n, { name, text }] of typed.entries()) {
        assert.equal(typeof answers[n], 'string', `${id} took ${name} ${text}`);
      }
      sent += typed.length;
      assert.deepEqual(await view(), before);
      const { raw } = await scene.operator.handle(id).describe();
      assert.equal(raw.pendingWorkflowTask?.attempt ?? 1, 1, 'its task does not fail either');
    }
    assert.ok(sent > 200, `${sent}`);
    await accepted(rollout, 'abort', by);
    assert.equal((await scene.operator.rolloutResult(rollout)).outcome, 'aborted');
    await accepted(release, 'abort', by);
  });

  it('answers every query with or without an argument', async () => {
    const { rollout, target } = await held();
    const release = await waiting();
    for (const [id, query] of [
      [target, queryNames.readTarget],
      [rollout, queryNames.readRollout],
      [rollout, queryNames.readHealth],
      [release, queryNames.readRelease],
    ] as const) {
      const { ask } = createTypist(scene.engine.client);
      for (const typed of [null, '{}', 'null', '"x"']) {
        assert.equal(typeof (await ask(id, query, typed)), 'object');
      }
    }
    await accepted(rollout, 'abort', by);
    await accepted(release, 'abort', by);
  });

  it('holds, goes on, promotes and rolls back as told', async () => {
    const { site, rollout, target } = await held();
    await accepted(rollout, 'resume', by);
    assert.equal((await scene.operator.rolloutResult(rollout)).outcome, 'promoted');
    await scene.operator.targetIs(site.target, ({ current }) => current === null);
    await accepted(target, 'lock', { ...by, expiresAtMs: null });
    await accepted(target, 'unlock', by);
    // Taken in its form; the platform of this test has nothing to give back to.
    const ejected = await send(target, 'eject', JSON.stringify({ ...by, dryRun: true }));
    assert.match(ejected ?? '', /nothing to give/);
    await accepted(target, 'rollBack', by);
    await scene.operator.targetIs(site.target, ({ stable, current }) => {
      return stable?.version === '1.0.0' && current === null;
    });
    await accepted(target, 'requestRollout', {
      ...aRequest('1.2.0'),
      strategy: { kind: 'canary', steps: holding, timing },
    });
    const { current } = await scene.operator.targetIs(site.target, (view) => view.current !== null);
    const next = current?.rolloutId ?? '';
    await scene.operator.rolloutIs(next, ({ phase }) => phase === 'Holding');
    await accepted(next, 'pause', by);
    await accepted(next, 'promoteFull', by);
    assert.equal((await scene.operator.rolloutResult(next)).outcome, 'promoted');
  });

  it('approves and rejects', async () => {
    const [one, other] = await Promise.all([waiting(), waiting()]);
    await accepted(one, 'approve', { ...by, environment: 'production', ticket: null });
    assert.equal((await scene.operator.releaseEnd(one)).outcome, 'promoted');
    await accepted(other, 'reject', { ...by, environment: 'production' });
    assert.equal((await scene.operator.releaseEnd(other)).outcome, 'ReleaseRejected');
  });

  it('waits for approval again when it is reset to its beginning', async () => {
    const id = await waiting();
    const { client } = scene.engine;
    const history = await scene.operator.handle(id).fetchHistory();
    const first = history.events?.find((event) => event.workflowTaskCompletedEventAttributes);
    await client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: id },
      reason: 'from the UI',
      workflowTaskFinishEventId: first?.eventId ?? null,
      requestId: randomUUID(),
    });
    await scene.operator.releaseIs(id, ({ phase }) => phase === 'AwaitingApproval');
    await accepted(id, 'approve', { ...by, environment: 'production', ticket: null });
    assert.equal((await scene.operator.releaseEnd(id)).outcome, 'promoted');
  });
});

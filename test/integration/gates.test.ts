/** Gates on a real Temporal server: what is asked, how often, what an answer leads to, and what is left on record. */
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Split } from '../../src/domain/rollout/split.js';
import { createHttpGate } from '../../src/adapters/http/http-gate.js';
import { createMemoryGate } from '../../src/adapters/memory/gate.js';
import type { HealthPolicy } from '../../src/domain/analysis/health-policy.js';
import { recomputeVerdict } from '../../src/domain/analysis/judge.js';
import type { Observation } from '../../src/domain/analysis/sample.js';
import type { Verdict } from '../../src/domain/analysis/verdict.js';
import type { WatchState } from '../../src/domain/analysis/watch.js';
import { revisionName } from '../../src/domain/rollout/revision.js';
import { stableOnly } from '../../src/domain/rollout/split.js';
import type { CanaryStep, WebhookGate } from '../../src/domain/rollout/strategy.js';
import { updateNames } from '../../src/domain/wire-names.js';
import { aCanary, aRevision, timing } from '../support/builders.js';
import { type Scene, type Site, startScene } from '../support/rollout-driver.js';
import { type LocalServer, startServer } from '../unit/http/local-server.js';

const at = (weight: number): CanaryStep => ({ kind: 'setWeight', weight });
const canaryOf = (...steps: readonly CanaryStep[]) =>
  ({ strategy: { kind: 'canary', steps, timing } }) as const;

/** What the gate's owner was asked, and how each question in turn is answered: by a status, or not at all. */
const questions: Record<string, unknown>[] = [];
let answers: (number | 'silence')[] = [];
/** Statuses of smoke checks in turn; 200 when there are no more. */
let checks: number[] = [];
let server: LocalServer;
let scene: Scene;

function answer(request: IncomingMessage, response: ServerResponse): void {
  let body = '';
  request.on('data', (part: Buffer) => {
    body += part.toString();
  });
  request.on('end', () => {
    questions.push(JSON.parse(body) as Record<string, unknown>);
    const status = answers.shift() ?? 200;
    if (status !== 'silence') response.writeHead(status).end('a body that nobody repeats');
  });
}

before(async () => {
  server = await startServer(answer);
  const { smoke } = createMemoryGate(() => checks.shift() ?? 200);
  const { webhook } = createHttpGate();
  scene = await startScene({ gate: { smoke, webhook } });
});
beforeEach(() => {
  questions.length = 0;
  answers = [];
  checks = [];
});
after(async () => {
  await scene.stop();
  await server.close();
});

const webhook = (change: Partial<WebhookGate> = {}): CanaryStep => ({
  kind: 'webhook',
  webhook: {
    ...{ url: `${server.base}/may-we?secret=1`, allowedHosts: ['127.0.0.1'], allowInsecure: true },
    ...{ timeoutMs: 150, retries: 0, retryDelayMs: 50 },
    ...change,
  },
});
const eventsOf = (id: string) => scene.engine.ports.ledger.read({ subject: id, limit: 1_000 });
const kindsOf = async (id: string) => {
  const counts: Record<string, number> = {};
  for (const { kind } of await eventsOf(id)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};
const gateAnswers = async (id: string) =>
  (await eventsOf(id)).filter(({ kind }) => kind === 'gateAnswered').map(({ data }) => data);
const isBack = async (site: Site) =>
  assert.deepEqual(
    await scene.operator.splitOf(site.target),
    stableOnly(revisionName(aRevision('1.0.0'))),
  );

describe('a webhook gate', () => {
  it('is asked once with all that it needs to decide, and lets the rollout pass by 200', async () => {
    const site = await scene.installed();
    const result = await scene.roll(site, canaryOf(at(25), webhook()));
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.deepEqual(questions, [
      {
        rolloutId: result.rolloutId,
        target: site.target,
        candidate: aRevision('1.1.0'),
        stable: aRevision('1.0.0'),
        weight: 25,
        requestedBy: 'ci',
      },
    ]);
    const [event] = await gateAnswers(result.rolloutId);
    assert.equal(event?.passed, true);
    assert.ok(!JSON.stringify(event).includes('secret'), 'the host is enough');
  });

  it('refuses by 403: rolled back with host and status as the reason', async () => {
    const site = await scene.installed();
    answers = [403];
    const result = await scene.roll(site, canaryOf(at(25), webhook()));
    assert.equal(result.outcome, 'rolledBack');
    assert.equal(result.reason, `127.0.0.1:${server.port} answered 403, expected 200–202`);
    assert.deepEqual(site.weights(), [25]);
    await isBack(site);
  });

  it('hangs: asked again as often as it allows, then rolled back', async () => {
    const site = await scene.installed();
    answers = ['silence', 'silence', 'silence'];
    const result = await scene.roll(site, canaryOf(at(25), webhook({ retries: 2 })));
    assert.equal(result.outcome, 'rolledBack');
    assert.match(result.reason, /did not answer within 150 ms/);
    assert.equal(questions.length, 3);
    assert.equal((await gateAnswers(result.rolloutId)).length, 1, 'one answer for all tries');
    await isBack(site);
  });

  it('recovers on the second try', async () => {
    const site = await scene.installed();
    answers = [503, 202];
    const result = await scene.roll(site, canaryOf(at(25), webhook({ retries: 2 })));
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.equal(questions.length, 2);
  });

  it('is asked before the weight after it, one gate after another', async () => {
    const site = await scene.installed();
    const weights: unknown[] = [];
    site.fault = (write) => {
      if (write.kind === 'split') weights.push(questions.length);
      return null;
    };
    await scene.roll(site, canaryOf(at(5), webhook(), webhook(), at(50), webhook()));
    // 5 %, 50 %, 100 % and the promotion, each after so many questions.
    assert.deepEqual(weights, [0, 2, 3, 3]);
    assert.deepEqual(
      questions.map(({ weight }) => weight),
      [5, 5, 50],
    );
  });
});

describe('a smoke test', () => {
  const smoke = {
    ...{ path: '/ready', expectStatus: 200, expectBody: null, requests: 1 },
    ...{ retries: 2, retryDelayMs: 50, timeoutMs: 500 },
  };

  it('is repeated as often as it allows, and lets the rollout pass when it passes at last', async () => {
    const site = await scene.installed();
    checks = [500, 500];
    const result = await scene.roll(site, canaryOf({ kind: 'smokeTest', smoke }, at(50)));
    assert.equal(result.outcome, 'promoted', result.reason);
    const events = await eventsOf(result.rolloutId);
    const tested = events.filter(({ kind }) => kind === 'smokeTested');
    assert.deepEqual(
      tested.map(({ data }) => data.passed),
      [true],
    );
  });

  it('is repeated no more often than that', async () => {
    const site = await scene.installed();
    checks = [500, 500, 500, 500];
    const result = await scene.roll(site, canaryOf({ kind: 'smokeTest', smoke }, at(50)));
    assert.equal(result.outcome, 'rolledBack');
    assert.match(result.reason, /\/ready answered 500, expected 200/);
    assert.deepEqual(checks, [500], 'three rounds, each ended by its first failure');
    await isBack(site);
  });
});

describe('the record', () => {
  it('has one event for each effect and verdict, though writes were repeated', async () => {
    const site = await scene.installed();
    let failures = 2;
    site.fault = (write) =>
      write.kind === 'split' && write.split.weight === 50 && failures-- > 0
        ? new Error('connection refused')
        : null;
    const result = await scene.roll(site, { strategy: aCanary([20, 50], 150) });
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.deepEqual(await kindsOf(result.rolloutId), {
      trafficShifted: 3,
      verdictReached: 3,
      candidatePromoted: 1,
    });
    const changes = (await eventsOf(result.rolloutId)).flatMap(({ data }) =>
      'split' in data ? [data as { before: Split; split: Split }] : [],
    );
    const weights = changes.map(({ before, split }) => [before.weight, split.weight]);
    assert.deepEqual(weights, [
      [0, 20],
      [20, 50],
      [50, 100],
      [100, 0],
    ]);
    for (const [n, { before }] of changes.entries())
      if (n > 0) assert.deepEqual(before, changes[n - 1]?.split);
  });

  it('of a rollback has the shift, the verdict and the way back', async () => {
    const site = await scene.installed();
    site.conducts.set('1.1.0', { errors: 0.5 });
    const result = await scene.roll(site, { strategy: aCanary([50], 5_000) });
    assert.deepEqual(await kindsOf(result.rolloutId), {
      trafficShifted: 1,
      verdictReached: 1,
      stableRestored: 1,
    });
    const restored = (await eventsOf(result.rolloutId)).find(
      ({ kind }) => kind === 'stableRestored',
    );
    assert.equal(restored?.reason, result.reason);
  });

  it('names who commanded what, and why', async () => {
    const site = await scene.installed();
    const id = await scene.begin(site, { strategy: aCanary([50], 10_000) });
    await scene.operator.rolling(site.target, 2, 50);
    const told = [
      ['pause', 'ann', 'lunch'],
      ['resume', 'bob', 'lunch is over'],
      ['abort', 'cid', 'a bad feeling'],
    ] as const;
    for (const [command, actor, reason] of told) {
      await scene.operator.tell(id, updateNames[command], { actor, reason });
    }
    await scene.operator.rolloutResult(id);
    const events = await eventsOf(id);
    assert.deepEqual(
      events
        .filter(({ kind }) => kind === 'commandAccepted')
        .map(({ actor, reason, data }) => [data.command, actor, reason]),
      told,
    );
  });

  it('holds the evidence from which anybody recomputes each verdict', async () => {
    const site = await scene.installed();
    site.conducts.set('1.1.0', (weight) => ({ errors: weight < 60 ? 0 : 0.3 }));
    const result = await scene.roll(site, { strategy: aCanary([20, 60], 300) });
    assert.equal(result.outcome, 'rolledBack');
    const events = await eventsOf(result.rolloutId);
    const verdicts = events.filter(({ kind }) => kind === 'verdictReached');
    assert.deepEqual(
      verdicts.map(({ data }) => data.kind),
      ['pass', 'fail'],
    );
    for (const { data } of verdicts) {
      const kept = (await scene.engine.ports.evidence.get(String(data.evidenceRef))) as {
        from: WatchState;
        observations: Observation[];
        health: HealthPolicy;
        verdict: Verdict;
      };
      const { from, observations, health, verdict } = kept;
      const again = recomputeVerdict(observations, from, [], health, verdict.atMs);
      assert.deepEqual(JSON.parse(JSON.stringify(again)), verdict);
      assert.deepEqual([verdict.kind, verdict.reason], [data.kind, data.reason]);
    }
    assert.equal(verdicts.at(-1)?.data.evidenceRef, result.evidenceRef);
  });
});

/** One instance of a candidate fails on a real Temporal server: it is replaced where the policy says so, once, or all goes back. */
import assert from 'node:assert/strict';
import { defaultComparison } from '../../src/domain/analysis/comparison-policy.js';
import type { HealthPolicy } from '../../src/domain/analysis/health-policy.js';
import { readEvidenceRecord } from '../../src/domain/analysis/record-schema.js';
import { replayRecord } from '../../src/domain/analysis/replay.js';
import { Failure } from '../../src/domain/failures.js';
import { revisionName } from '../../src/domain/rollout/revision.js';
import { stableOnly } from '../../src/domain/rollout/split.js';
import { aCanary, aRevision, health, workload } from '../support/builders.js';
import { type Scene, type Site, startScene } from '../support/rollout-driver.js';

const nameOf = (version: string) => revisionName(aRevision(version));
const candidate = nameOf('1.1.0');
const failing = 0.15;

const policyOf = (oneBadInstance: 'replace' | 'rollBack'): HealthPolicy => ({
  ...health,
  errorRate: { rollBackAbove: 0.2, succeedBelow: 0.1 },
  comparison: { ...defaultComparison, oneBadInstance },
});

let scene: Scene;
let ticker: NodeJS.Timeout;
/** Whether the instance in that place of the candidate's fails, by its id. */
const sick = new Map<Site, (index: number, id: string) => boolean>();

before(async () => {
  scene = await startScene();
  ticker = setInterval(() => {
    for (const [site, isSick] of sick) {
      const instances = world().peek(site.target)?.revisions.get(candidate)?.instances ?? [];
      for (const [index, one] of instances.entries()) {
        if (isSick(index, one.id)) one.errors = Math.round(one.requests * failing);
      }
    }
  }, 10);
});
after(() => {
  clearInterval(ticker);
  return scene.stop();
});
afterEach(() => sick.clear());

const world = () => scene.engine.platform.world;

/** A rollout to 50 %, which three of six instances serve. */
async function begin(oneBadInstance: 'replace' | 'rollBack', isSick: (id: string) => boolean) {
  const site = await scene.installed();
  site.load = 40;
  sick.set(site, (index, id) => index === 1 && isSick(id));
  const strategy = aCanary([50], 2_500);
  const id = await scene.begin(site, {
    ...{ strategy, health: policyOf(oneBadInstance) },
    workload: { ...workload, instances: 6 },
  });
  return { site, id };
}

/** Only the one that was there first. */
function theFirst(): (id: string) => boolean {
  let first: string | null = null;
  return (id) => {
    first ??= id;
    return id === first;
  };
}

const eventsOf = (id: string) => scene.engine.ports.ledger.read({ subject: id, limit: 1_000 });
const replacedIn = async (id: string) =>
  (await eventsOf(id)).filter(({ kind }) => kind === 'instanceReplaced');

async function recomputed(id: string): Promise<void> {
  const verdicts = (await eventsOf(id)).filter(({ kind }) => kind === 'verdictReached');
  assert.ok(verdicts.length > 0);
  for (const { data } of verdicts) {
    const kept = await scene.engine.ports.evidence.get(String(data.evidenceRef));
    const { record, issues } = readEvidenceRecord(kept);
    assert.deepEqual(issues, []);
    assert.ok(record);
    assert.deepEqual(replayRecord(record).differences, []);
  }
}

describe('one bad instance of three', () => {
  it('is replaced, and the rollout goes on to the end', async () => {
    const { site, id } = await begin('replace', theFirst());
    const result = await scene.operator.rolloutResult(id);
    assert.equal(result.outcome, 'promoted', result.reason);
    assert.deepEqual(await scene.operator.splitOf(site.target), stableOnly(candidate));
    const [act, ...more] = await replacedIn(id);
    assert.deepEqual(more, []);
    assert.match(act?.reason ?? '', /^1\.1\.0-\S+ is replaced: .*E = .* ≥ 400.* carries it all$/);
    const instance = act?.data['instance'];
    assert.equal(site.started.get('1.1.0')?.size, 7);
    assert.equal(
      site.instances('1.1.0').some((one) => one.id === instance),
      false,
    );
    assert.deepEqual(site.weights(), [50, 100]);
    const [status] = await scene.engine.platform.workload.readRevisions(site.target);
    assert.equal(status?.restarts, 0);
    await recomputed(id);
  });

  it('is rolled back with all others when its successor fails too', async () => {
    const { site, id } = await begin('replace', () => true);
    const result = await scene.operator.rolloutResult(id);
    assert.equal(result.outcome, 'rolledBack', result.reason);
    assert.match(result.reason, /≥ 400.*, since 1\.1\.0-\S+ was replaced/);
    assert.equal((await replacedIn(id)).length, 1);
    assert.deepEqual(await scene.operator.splitOf(site.target), stableOnly(nameOf('1.0.0')));
    await recomputed(id);
  });

  it('is rolled back at once and named, unless the policy says otherwise', async () => {
    const { site, id } = await begin('rollBack', theFirst());
    const result = await scene.operator.rolloutResult(id);
    assert.equal(result.outcome, 'rolledBack', result.reason);
    assert.match(result.reason, /≥ 200.*; 1\.1\.0-\S+ carries it all$/);
    assert.deepEqual(await replacedIn(id), []);
    assert.equal(site.started.get('1.1.0')?.size, 3);
  });

  it('is rolled back where it cannot be replaced, and the record says why', async () => {
    const { workload: running } = scene.engine.platform;
    const { replaceInstance } = running;
    const next = 'kubectl apply -f deploy/kubernetes/rbac-replace.yaml';
    running.replaceInstance = async () => {
      throw new Failure('Forbidden', 'the pod may not be deleted', { next });
    };
    try {
      const { id } = await begin('replace', theFirst());
      const result = await scene.operator.rolloutResult(id);
      assert.equal(result.outcome, 'rolledBack', result.reason);
      assert.match(result.reason, /carries it all$/);
      assert.deepEqual(await replacedIn(id), []);
      const verdict = (await eventsOf(id)).find(({ kind }) => kind === 'verdictReached');
      assert.match(
        String(verdict?.data['notReplaced']),
        /may not be deleted[^]*rbac-replace\.yaml/,
      );
      await recomputed(id);
    } finally {
      running.replaceInstance = replaceInstance;
    }
  });
});

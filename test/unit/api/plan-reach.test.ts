/** A plan says what each step can find at the target's traffic, or why that is not known. */
import assert from 'node:assert/strict';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { PreviewRevision } from '../../../src/activities/preview-activities.js';
import { releasePlan } from '../../../src/api/schemas/plan.js';
import { emptyPreview, type WorkloadPreview } from '../../../src/domain/rollout/preview.js';
import type { TargetView } from '../../../src/domain/target/view.js';
import { digestA, serveApi } from '../../support/api-under-test.js';
import { aTarget } from '../../support/views.js';

const traffic = { requestsPerS: 400, errorShare: 0.002, overMs: 2000 };

/** A Temporal in which production has a target, and every preview is answered by `preview`. */
function temporalOf(preview: () => WorkloadPreview, target: TargetView, asked: PreviewRevision[]) {
  const getHandle = (id: string) => ({
    query: async () => {
      if (id === 'target:checkout:production') return target;
      throw new WorkflowNotFoundError('not found', id, '');
    },
  });
  const execute = async (_type: string, { args }: { readonly args: [PreviewRevision] }) => {
    asked.push(args[0]);
    return preview();
  };
  return {
    withDeadline: (_deadline: number, ask: () => Promise<unknown>) => ask(),
    workflow: { getHandle, execute },
    options: { namespace: 'default' },
  } as unknown as Client;
}

async function planned(
  preview: () => WorkloadPreview,
  { target = aTarget(), digest = digestA }: { target?: TargetView; digest?: string } = {},
) {
  const asked: PreviewRevision[] = [];
  const api = await serveApi(temporalOf(preview, target, asked));
  const body = { service: 'checkout', version: '1.1.0', digest };
  const answer = await api.call('POST', '/v1/plan', { body });
  await api.stop();
  assert.equal(answer.status, 200);
  const plan = releasePlan.parse(answer.body);
  const production = plan.stages.find(({ environment }) => environment === 'production');
  assert.ok(production);
  return { plan, production, asked };
}

const known = (): WorkloadPreview => ({ ...emptyPreview, traffic: { kind: 'known', traffic } });

describe('reach in a plan', () => {
  it('is shown for every step with traffic, as numbers and as lines', async () => {
    const { plan, production, asked } = await planned(known);
    assert.deepEqual(production.traffic, traffic);
    assert.ok(production.reach.length > 1);
    assert.equal(production.finds.length, production.reach.length);
    assert.match(production.finds[0] ?? '', /at ~400 rps, 0\.2 % errors\): finds [\d.]+x or worse/);
    assert.deepEqual(production.preview, emptyPreview);
    const text = plan.text.join('\n');
    assert.ok(text.includes(`   reach   ${production.finds[0]}\n`), text);
    assert.ok(asked.every(({ trafficOnly }) => trafficOnly === undefined));
    // A first install is compared with nobody.
    const [staging] = plan.stages;
    assert.deepEqual([staging?.environment, staging?.finds], ['staging', []]);
  });

  it('goes by the dispersion that the target has learnt', async () => {
    const reachWith = async (dispersion: TargetView['dispersion']) => {
      const target = { ...aTarget(), ...(dispersion === undefined ? {} : { dispersion }) };
      const heavy = { requestsPerS: 20_000, errorShare: 0.01, overMs: 2000 };
      const busy = { ...emptyPreview, traffic: { kind: 'known' as const, traffic: heavy } };
      const { production } = await planned(() => busy, { target });
      return production.reach[0]?.harm?.share ?? Infinity;
    };
    const even = await reachWith({ errors: 0, latency: null });
    const uneven = await reachWith({ errors: 20, latency: null });
    assert.ok(even < uneven, `${even} < ${uneven}`);
  });

  it('is asked for without an artifact too, and then nothing else is', async () => {
    const { production, asked } = await planned(known, { digest: `sha256:${'0'.repeat(64)}` });
    assert.ok(asked.length > 0 && asked.every(({ trafficOnly }) => trafficOnly === true));
    assert.equal(production.preview, null);
    assert.ok(production.reach.length > 1);
  });

  it('says why it is not known: counters that are silent, an older worker', async () => {
    const silent = await planned(() => ({
      ...emptyPreview,
      traffic: { kind: 'unknown', reason: 'the counters were not read anew within 5 s' },
    }));
    assert.deepEqual(silent.production.finds, [
      'what its steps can find is not known without traffic: the counters were not read anew within 5 s',
    ]);
    assert.deepEqual([silent.production.traffic, silent.production.reach], [null, []]);
    const older = await planned(() => emptyPreview);
    assert.match(older.production.finds[0] ?? '', /an older worker answered$/);
  });
});

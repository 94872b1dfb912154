/** What must hold of a shop at work whose processes are killed at random points, whatever it runs on. */
import assert from 'node:assert/strict';
import { emptyReadModel, foldEvents } from '../../src/domain/ledger/read-model.js';
import { releaseWorkflowId, rolloutWorkflowId, type TargetKey } from '../../src/domain/names.js';
import { compareFences, formatFence } from '../../src/domain/rollout/fence.js';
import { revisionName } from '../../src/domain/rollout/revision.js';
import { emptySplit, sameSplit, stableOnly } from '../../src/domain/rollout/split.js';
import type { BusyShop, RolloutRecord } from './busy-shop.js';
import type { FollowedStream } from './followed-stream.js';
import { eventually } from './local-stack.js';
import { type Killing, killAtRandom } from './part-killer.js';
import type { Declared, PassedWrite } from './playground-tap.js';
import { services, targetName, targets, weights } from './small-shop.js';
import { verifiedChain } from '../contract/ledger.contract.js';
import { randomFrom } from '../unit/analysis/seeded-random.js';

export interface KillPlan {
  readonly kills: number;
  readonly seed: number;
  readonly open: (seed: number, withinMs: number) => Promise<BusyShop>;
  /** Tests of the same shop before its parts are killed. */
  readonly beforehand?: (shop: () => BusyShop) => void;
}

/** On a machine that does much else. */
export const patienceMs = 180_000;

/** Releases are under way all the time, and more are triggered. @param title what is killed */
export function describeKills(title: string, { kills, seed, open, beforehand }: KillPlan): void {
  describe(`kill -9 of ${title} (${kills} kills, seed ${seed})`, function () {
    this.timeout(2 * patienceMs);
    this.retries(0);
    const rollouts = new Map<TargetKey, readonly RolloutRecord[]>();
    let shop: BusyShop;

    before(async () => {
      shop = await open(seed, patienceMs);
    });
    after(async () => await shop?.stop());

    beforehand?.(() => shop);

    it('ends every release as it should', async function () {
      this.timeout(kills * 30_000 + 2 * patienceMs);
      const { parts, tap, releases } = shop;
      const ending = new AbortController();
      const triggering = shop.keepTriggering(ending.signal);
      const startedAtMs = Date.now();
      const done = await killAtRandom(kills, {
        ...{ parts, random: randomFrom(seed) },
        writingOf: shop.writingOf,
      });
      ending.abort();
      const tookMs = Date.now() - startedAtMs;
      await triggering;
      await shop.allOver(patienceMs);
      await tap.isEmpty();
      console.log(`      ${JSON.stringify(tableOf(shop, done, tookMs))}`);
      for (const target of targets) rollouts.set(target, await shop.readRollouts(target));

      for (const [{ service, version, isBad }, stream] of releases) {
        const { outcome = null, reason = null } = stream.last()?.view ?? {};
        const expected = [isBad ? 'rolledBack' : 'promoted', 'superseded'];
        assert.ok(
          expected.includes(String(outcome)),
          `${service}@${version}: ${outcome}, ${reason}`,
        );
      }
      const promoted = [...releases.values()].filter(
        (stream) => stream.last()?.view.outcome === 'promoted',
      );
      assert.ok(promoted.length > services.length, 'nothing got through');
    });

    it('a 202 means that the release exists, once, and that its key is known', async () => {
      const { desk, releases, client } = shop;
      assert.deepEqual(desk.faults, []);
      assert.equal(desk.accepted.size, releases.size);
      for (const one of releases.keys()) await desk.post(one);
      assert.deepEqual(desk.faults, []);
      const runs = new Map([...releases.keys()].map((one) => [releaseWorkflowId(one), 0]));
      const query = 'WorkflowType="promoteRelease"';
      for await (const { workflowId } of client.workflow.list({ query }))
        runs.set(workflowId, (runs.get(workflowId) ?? 0) + 1);
      assert.deepEqual(
        [...runs].filter(([, count]) => count !== 1),
        [],
      );
    });

    it('each weight is written once, and nothing else is', () => {
      for (const [target, records] of rollouts) {
        const name = targetName(target);
        const changes = shop.tap.writes.filter(
          (write) => write.target === name && hasChanged(write),
        );
        const fences = changes.map(({ fence }) => formatFence(fence));
        assert.deepEqual(fences, [...new Set(fences)], `${name}: one decision, one change`);
        for (const { n, outcome } of records) {
          const written = changes
            .filter(({ fence }) => fence.rollout === n)
            .map(({ after }) => (after?.split.candidate === null ? 'end' : after?.split.weight));
          // The first has nothing to be compared with and takes a way of its own.
          const planned = n === 1 ? written.slice(0, -1) : (weights[target.environment] ?? []);
          const count = outcome === 'promoted' ? planned.length : Math.max(0, written.length - 1);
          const wanted = written.length === 0 ? [] : [...planned.slice(0, count), 'end'];
          assert.deepEqual(written, wanted, `${name} #${n}, ${outcome}`);
          assert.ok(outcome !== 'promoted' || written.length > 0, `${name} #${n}`);
        }
        const known = new Set(records.map(({ n }) => n));
        const beside = changes.filter(({ fence }) => !known.has(fence.rollout));
        assert.deepEqual(beside, [], `${name}: writes of nobody`);
      }
    });

    it('never two write to a target, and a late write changes nothing', () => {
      for (const target of targets) {
        const name = targetName(target);
        let known = null as Declared | null;
        for (const write of shop.tap.writes.filter((one) => one.target === name)) {
          const fence = write.before?.fence ?? null;
          const what = `${name} ${formatFence(write.fence)} after ${fence && formatFence(fence)}`;
          assert.deepEqual(write.before, known, `${what}: forgotten`);
          if (fence !== null && compareFences(write.fence, fence) < 0) {
            assert.equal(write.status ?? 409, 409, what);
            assert.deepEqual(write.after, write.before, what);
          }
          known = write.after;
        }
        let endedAtMs = 0;
        for (const { n, startedAtMs, closedAtMs } of rollouts.get(target) ?? []) {
          assert.ok(startedAtMs >= endedAtMs, `${name} #${n} began before #${n - 1} ended`);
          endedAtMs = closedAtMs;
        }
      }
    });

    it('the ledger has each effect once', async () => {
      assert.ok((await verifiedChain(shop.ledger)).rows > 0);
      const counts = new Map<string, number>();
      for (const event of await shop.ledger.read({ subject: null, limit: 100_000 })) {
        const { split } = event.data as { readonly split?: { readonly weight: number } };
        if (!/trafficShifted|candidatePromoted|stableRestored/.test(event.kind)) continue;
        const name = `${event.subject} ${event.kind} ${split?.weight}`;
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      assert.ok(counts.size > 0);
      assert.deepEqual(
        [...counts].filter(([, count]) => count > 1),
        [],
      );
    });

    it('lists made anew from the ledger are what Temporal has', async () => {
      const events = await shop.ledger.read({ subject: null, limit: 100_000 });
      const { releases, rollouts: recorded, deployments } = foldEvents(emptyReadModel, events);
      const ids = [...shop.releases.keys()].map((one) => releaseWorkflowId(one));
      assert.deepEqual([...releases.keys()].toSorted(), ids.toSorted());
      for (const target of targets) {
        for (const { n, outcome } of rollouts.get(target) ?? []) {
          const id = rolloutWorkflowId({ target, n });
          const ends = deployments.filter((one) => one.rolloutId === id);
          // What was superseded before it shifted anything left no trace.
          const hasActed = outcome !== 'superseded' || recorded.has(id);
          const wanted = outcome === 'promoted' ? 'promoted' : 'rolledBack';
          assert.deepEqual(
            ends.map((one) => one.outcome),
            hasActed ? [wanted] : [],
            `${id}, ${outcome}`,
          );
        }
      }
    });

    it('streams go on without a gap, and end at what is', async () => {
      const streams = [...shop.releases].map(
        ([{ service, version }, stream]) =>
          [`/v1/releases/${service}/${version}`, stream as FollowedStream<object>] as const,
      );
      for (const [path, stream] of [...streams, ...shop.watched]) {
        assert.deepEqual(stream.faults, [], path);
        await eventually(
          `${path} shows what is`,
          async () => (await shop.versionAt(path)) === stream.last()?.id,
          patienceMs / 4,
        );
      }
      // By then each part was killed once.
      assert.ok(
        kills < Object.keys(shop.parts).length ||
          // Behind a balancer a client may take the end of a dead replica's connection for the end of the stream.
          streams.some(([, { ends }]) => ends.cut + ends.ended > 0),
        'no stream was ever cut off',
      );
    });

    it('targets run what was promoted last, and nothing else', () => {
      for (const target of targets) {
        const path = `/v1/targets/${target.service}/${target.environment}`;
        const stable = shop.watched.get(path)?.last()?.view.stable;
        const split = shop.tap.declared(targetName(target))?.split;
        assert.deepEqual(split, stableOnly(stable ? revisionName(stable) : null), path);
      }
    });
  });
}

function hasChanged({ before, after }: PassedWrite): boolean {
  return after !== null && !sameSplit(before?.split ?? emptySplit, after.split);
}

/** What was done, for people. */
function tableOf(
  { tap, desk, releases, watched }: BusyShop,
  { kills, ended }: Killing,
  ms: number,
) {
  const streams = [...releases.values(), ...watched.values()];
  const all = (of: (stream: (typeof streams)[number]) => number) =>
    streams.reduce((sum, stream) => sum + of(stream), 0);
  return {
    seconds: Math.round(ms / 1000),
    kills: tally(kills.map(({ part, moment }) => (moment === 'any' ? part : `${part} ${moment}`))),
    endedByThemselves: tally(ended),
    releases: tally([...releases.values()].map((one) => String(one.last()?.view.outcome))),
    posts: desk.answers,
    streams: {
      ...{ of: streams.length, snapshots: all((one) => one.count()) },
      ...{
        cut: all(({ ends }) => ends.cut + ends.ended),
        refused: all(({ ends }) => ends.refused),
      },
      unreachable: all(({ ends }) => ends.unreachable),
    },
    writes: {
      all: tap.writes.length,
      unanswered: tap.writes.filter(({ status }) => status === null).length,
      late: tally(tap.writes.filter((one) => one.wasHeld).map(({ status }) => String(status))),
    },
  };
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

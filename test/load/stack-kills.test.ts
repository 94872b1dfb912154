/** kill -9 of Temporal, worker, API and playground at random points while releases are under way and more are triggered. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { createJsonlLedger } from '../../src/adapters/jsonl/jsonl-ledger.js';
import { releaseWorkflowId, rolloutWorkflowId, type TargetKey } from '../../src/domain/names.js';
import type { ReleaseView } from '../../src/domain/release/view.js';
import { revisionName } from '../../src/domain/rollout/revision.js';
import { compareFences, formatFence } from '../../src/domain/rollout/fence.js';
import { emptySplit, sameSplit, stableOnly } from '../../src/domain/rollout/split.js';
import type { RolloutResult } from '../../src/domain/rollout/view.js';
import type { TargetView } from '../../src/domain/target/view.js';
import { type FollowedStream, followStream } from '../support/followed-stream.js';
import { startTimedLoad, type TimedLoad } from '../support/load-account.js';
import { eventually } from '../support/local-stack.js';
import { crashRuns, crashSeed } from '../support/lost-results.js';
import { type Kill, killAtRandom } from '../support/part-killer.js';
import {
  type Declared,
  type PlaygroundTap,
  startPlaygroundTap,
} from '../support/playground-tap.js';
import { createTriggerDesk, type Trigger, type TriggerDesk } from '../support/release-triggers.js';
import { prepareStack, type StackParts } from '../support/stack-parts.js';
import { randomFrom } from '../unit/analysis/seeded-random.js';

const kills = crashRuns({ change: 10, full: 100 });
const seed = crashSeed();
const services = ['cart', 'checkout', 'search'];
/** Weights before promotion, by environment. */
const weights: Readonly<Record<string, readonly number[]>> = {
  staging: [50, 100],
  production: [20, 60, 100],
};
const environments = Object.keys(weights);
const openAtOnce = 2;
const settledWithinMs = 120_000;

function configOf(dataDir: string): string {
  const server = resolve(import.meta.dirname, '../../examples/checkout/server.mjs');
  const workload = (service: string) => ({
    command: [process.execPath, server, '{artifact}'],
    directory: dataDir,
    artifact: `artifacts/${service}-{version}.json`,
    instances: 1,
    healthPath: '/healthz',
  });
  const stage = (steps: readonly number[]) => ({
    platform: 'local',
    strategy: {
      canary: {
        steps: steps.flatMap((weight) => [
          { setWeight: weight },
          { analysis: { for: '500ms', deadline: '1m' } },
        ]),
        ...{ progressDeadline: '3m', keepWarm: '1s', abortScaleDownDelay: '1s' },
      },
    },
    health: {
      errorRate: { max: '30%', success: '20%' },
      latencyP95: { max: '8s', success: '5s' },
      ...{ interval: '500ms', onInconclusive: 'advance', onNoData: 'advance' },
    },
  });
  const config = {
    apiVersion: 'sluice/v1',
    project: 'shop',
    platforms: { local: { kind: 'playground' } },
    services: Object.fromEntries(
      services.map((service) => [service, { workload: workload(service) }]),
    ),
    environments: Object.fromEntries(
      environments.map((name) => [name, stage(weights[name] as readonly number[])]),
    ),
  };
  const path = join(dataDir, 'sluice.yaml');
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(config));
  return path;
}

interface RolloutRecord {
  readonly n: number;
  readonly outcome: string;
  readonly startedAtMs: number;
  readonly closedAtMs: number;
}

describe(`kill -9 of all parts (${kills} kills, seed ${seed})`, function () {
  this.timeout(60_000);
  this.retries(0);
  const random = randomFrom(seed);
  const targets = services.flatMap((service) =>
    environments.map((environment): TargetKey => ({ service, environment })),
  );
  const releases = new Map<Trigger, FollowedStream<ReleaseView>>();
  const watched = new Map<string, FollowedStream<TargetView>>();
  let stack: StackParts;
  let tap: PlaygroundTap;
  let connection: Connection;
  let client: Client;
  let desk: TriggerDesk;
  let load: TimedLoad[] = [];
  let token = '';
  const rollouts = new Map<TargetKey, readonly RolloutRecord[]>();

  const nameOf = ({ service, environment }: TargetKey) => `${service}:${environment}`;
  const apiUrl = () => stack.addresses.apiUrl;
  const isOver = (trigger: Trigger) => releases.get(trigger)?.last()?.view.outcome != null;
  const follow = <View extends object>(
    path: string,
    compare: (before: View, after: View) => string | null,
  ) =>
    followStream<View>(path, () => `${apiUrl()}${path}/events`, token, {
      compare,
      bearable: [503, 504],
    });
  const trigger = async (service: string, version: string, isBad: boolean) => {
    const made = desk.prepare(service, version, isBad);
    await desk.post(made);
    releases.set(made, follow(`/v1/releases/${service}/${version}`, growsOnly));
    return made;
  };
  /** Posts new releases, and old ones again, until it is told to end. */
  const keepTriggering = async (service: string, signal: AbortSignal) => {
    const own = randomFrom(seed + services.indexOf(service) + 1);
    for (let minor = 1; !signal.aborted; ) {
      await sleep(300 + own() * 900);
      const known = [...releases.keys()].filter((one) => one.service === service);
      const open = known.filter((one) => !isOver(one));
      if (open.length < openAtOnce) {
        await trigger(service, `1.${minor}.0`, minor % 4 === 2);
        minor += 1;
      } else {
        await desk.post(known[Math.floor(own() * known.length)] as Trigger);
      }
    }
  };

  before(async () => {
    stack = await prepareStack({ keepsHistory: true, configOf });
    const { dataDir, addresses, credentials } = stack;
    token = readFileSync(credentials.userTokenFile, 'utf8').trim();
    tap = await startPlaygroundTap({ playgroundUrl: addresses.playgroundUrl, dataDir });
  });
  after(async () => {
    await Promise.all([...releases.values(), ...watched.values()].map((each) => each.stop()));
    await Promise.all(load.map((each) => each.stop()));
    await connection?.close();
    await stack.stop();
    tap.close();
  });

  it('ends every release as it should', async function () {
    this.timeout(kills * 15_000 + settledWithinMs + 60_000);
    const parts = {
      temporal: stack.prepare('temporal'),
      playground: stack.prepare('playground'),
      worker: stack.prepare('worker', { SLUICE_PLAYGROUND_URL: tap.url }),
      api: stack.prepare('api'),
    };
    await Promise.all([
      parts.playground.start(),
      parts.temporal.start().then(() => Promise.all([parts.worker.start(), parts.api.start()])),
    ]);
    connection = await Connection.connect({ address: stack.addresses.temporalAddress });
    client = new Client({ connection });
    const folder = join(stack.dataDir, 'artifacts');
    desk = createTriggerDesk({ apiUrl, token, client, folder });
    const allOver = (withinMs: number) =>
      eventually('all releases are over', () => [...releases.keys()].every(isOver), withinMs);

    await Promise.all(services.map((service) => trigger(service, '1.0.0', false)));
    await allOver(60_000);
    load = targets.map((target) =>
      startTimedLoad(`http://127.0.0.1:${tap.declared(nameOf(target))?.proxyPort}/`, 15),
    );
    for (const { service, environment } of targets) {
      const path = `/v1/targets/${service}/${environment}`;
      watched.set(path, follow<TargetView>(path, historyGrows));
    }

    const ending = new AbortController();
    const triggering = services.map((service) => keepTriggering(service, ending.signal));
    const startedAtMs = Date.now();
    const done = await killAtRandom(kills, {
      ...{ parts, random },
      writingOf: { worker: tap.holdNext, playground: tap.nextPassing },
    });
    ending.abort();
    const tookMs = Date.now() - startedAtMs;
    await Promise.all(triggering);
    await allOver(settledWithinMs);
    await tap.isEmpty();
    await Promise.all(
      targets.map(async (target) => rollouts.set(target, await readRollouts(target))),
    );
    print({ kills: done, tookMs, settledMs: Date.now() - startedAtMs - tookMs });

    for (const [{ service, version, isBad }, stream] of releases) {
      const { outcome, reason } = stream.last()?.view as ReleaseView;
      const expected = isBad ? ['rolledBack', 'superseded'] : ['promoted', 'superseded'];
      assert.ok(expected.includes(String(outcome)), `${service}@${version}: ${outcome}, ${reason}`);
    }
    const outcomes = [...releases.values()].map((stream) => stream.last()?.view.outcome);
    assert.ok(outcomes.filter((outcome) => outcome === 'promoted').length > services.length);
  });

  function print(seen: { kills: readonly Kill[]; tookMs: number; settledMs: number }): void {
    const counts: Record<string, number> = {};
    for (const { part, moment } of seen.kills) {
      const name = moment === 'any' ? part : `${part} ${moment}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    const ends = { ended: 0, cut: 0, refused: 0, unreachable: 0 };
    const streams = [...releases.values(), ...watched.values()];
    for (const stream of streams) {
      for (const end of ['ended', 'cut', 'refused', 'unreachable'] as const)
        ends[end] += stream.ends[end];
    }
    const outcomes: Record<string, number> = {};
    for (const stream of releases.values()) {
      const outcome = stream.last()?.view.outcome ?? 'open';
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    const held = tap.writes.filter(({ wasHeld }) => wasHeld);
    const table = {
      seconds: [Math.round(seen.tookMs / 1000), Math.round(seen.settledMs / 1000)],
      kills: counts,
      releases: outcomes,
      posts: desk.answers,
      streams: { ...ends, of: streams.length, snapshots: sum(streams.map((s) => s.count())) },
      writes: {
        all: tap.writes.length,
        unanswered: tap.writes.filter(({ status }) => status === null).length,
        late: held.map(({ status }) => status).join(' '),
      },
    };
    console.log(`      ${JSON.stringify(table)}`);
  }

  it('a 202 means that the release exists, once, and that its key is known', async () => {
    assert.deepEqual(desk.faults, []);
    assert.equal(desk.accepted.size, releases.size);
    for (const one of releases.keys()) await desk.post(one);
    assert.deepEqual(desk.faults, []);
    const runs = new Map<string, number>();
    for await (const { workflowId } of client.workflow.list({
      query: 'WorkflowType="promoteRelease"',
    }))
      runs.set(workflowId, (runs.get(workflowId) ?? 0) + 1);
    const expected = new Map([...releases.keys()].map((one) => [releaseWorkflowId(one), 1]));
    assert.deepEqual([...runs].toSorted(), [...expected].toSorted());
  });

  it('each weight is written once, and nothing else is', async () => {
    for (const [target, records] of rollouts) {
      const name = nameOf(target);
      const seen: string[] = [];
      for (const { n, outcome } of records) {
        const changes = changesOf(name).filter(({ fence }) => fence.rollout === n);
        const written = changes.map(({ split }) =>
          split?.candidate === null
            ? outcome === 'promoted'
              ? 'promoted'
              : 'back'
            : split?.weight,
        );
        const planned = weights[target.environment] as readonly number[];
        const wanted =
          n === 1
            ? written
            : outcome === 'promoted'
              ? [...planned, 'promoted']
              : written.length === 0
                ? []
                : [...planned.slice(0, written.length - 1), 'back'];
        assert.deepEqual(written, wanted, `${name} #${n}, ${outcome}`);
        assert.equal(new Set(changes.map(({ fence }) => formatFence(fence))).size, changes.length);
        seen.push(...changes.map(({ fence }) => formatFence(fence)));
      }
      const all = changesOf(name).map(({ fence }) =>
        formatFence(fence),
      );
      assert.deepEqual(all, seen, `${name}: writes beside its rollouts`);
    }
  });

  it('never two write to a target, and a late write changes nothing', async () => {
    for (const target of targets) {
      const name = nameOf(target);
      let known = null as Declared | null;
      for (const write of tap.writes.filter((one) => one.target === name)) {
        const what = `${name} ${formatFence(write.fence)}`;
        assert.deepEqual(write.before, known, `${what}: forgotten`);
        const before = write.before?.fence ?? null;
        if (before !== null && compareFences(write.fence, before) < 0) {
          assert.equal(write.status ?? 409, 409, `${what} after ${formatFence(before)}`);
          assert.deepEqual(write.after, write.before, `${what} after ${formatFence(before)}`);
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
    const ledger = createJsonlLedger({ file: join(stack.dataDir, 'ledger.jsonl') });
    const counts = new Map<string, number>();
    for (const event of await ledger.read({ subject: null, limit: 100_000 })) {
      const { split } = event.data as { readonly split?: { readonly weight: number } };
      if (!/trafficShifted|candidatePromoted|stableRestored/.test(event.kind)) continue;
      const name = `${event.subject} ${event.kind} ${split?.weight}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    assert.deepEqual(
      [...counts].filter(([, count]) => count > 1),
      [],
    );
  });

  it('streams go on without a gap, and end at what is', async () => {
    const streams = [...releases].map(
      ([{ service, version }, stream]) =>
        [`/v1/releases/${service}/${version}`, stream as FollowedStream<object>] as const,
    );
    for (const [path, stream] of [...streams, ...watched]) {
      assert.deepEqual(stream.faults, [], path);
      await eventually(
        `${path} shows what is`,
        async () => {
          const answer = await fetch(`${apiUrl()}${path}`, {
            headers: { authorization: `Bearer ${token}` },
          });
          await answer.body?.cancel();
          return answer.headers.get('etag') === `"${stream.last()?.id}"`;
        },
        15_000,
      );
    }
    const ends = streams.map(
      ([
        ,
        {
          ends: { cut, refused },
        },
      ]) => cut + refused,
    );
    assert.ok(sum(ends) > 0, 'no stream was ever interrupted');
  });

  it('targets run the newest that was promoted, and nothing else', async () => {
    for (const target of targets) {
      const { view } = [...watched]
        .find(([path]) => path.endsWith(`/${target.service}/${target.environment}`))?.[1]
        .last() as { readonly view: TargetView };
      const split = tap.declared(nameOf(target))?.split;
      const { version, digest } = view.stable as NonNullable<TargetView['stable']>;
      assert.deepEqual(split, stableOnly(revisionName({ version, digest })));
    }
  });

  function changesOf(target: string) {
    return tap.writes.filter(
      ({ target: one, before, after }) =>
        one === target && after !== null && !sameSplit(before?.split ?? emptySplit, after.split),
    );
  }

  async function readRollouts(target: TargetKey): Promise<readonly RolloutRecord[]> {
    const records: RolloutRecord[] = [];
    for (let n = 1; ; n += 1) {
      const handle = client.workflow.getHandle(rolloutWorkflowId({ target, n }));
      const found = await handle.describe().catch(() => null);
      if (found === null) return records;
      const { outcome } = (await handle.result()) as RolloutResult;
      const [startedAtMs, closedAtMs] = [found.startTime, found.closeTime].map((at) =>
        Number(at?.getTime()),
      ) as [number, number];
      records.push({ n, outcome, startedAtMs, closedAtMs });
    }
  }
});

/** A release never forgets what it has told. */
function growsOnly(before: ReleaseView, after: ReleaseView): string | null {
  const kept = JSON.stringify(after.timeline.slice(0, before.timeline.length));
  return kept === JSON.stringify(before.timeline) ? null : 'its timeline lost what it had told';
}

/** A target never forgets a rollout, and takes them in order. */
function historyGrows(before: TargetView, after: TargetView): string | null {
  const known = (view: TargetView) => view.history.map(({ n }) => n);
  const [newest = 0] = known(before);
  const isKept = newest === 0 || known(after).includes(newest) || known(after).length >= 50;
  return isKept ? null : `rollout ${newest} is gone from its history`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

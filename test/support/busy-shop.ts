/** The small shop at work on a whole embedded stack: users, triggers that go on, and streams that follow every release. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Client,
  Connection,
  type ConnectionOptions,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { rolloutWorkflowId, type TargetKey } from '../../src/domain/names.js';
import type { ReleaseView } from '../../src/domain/release/view.js';
import type { RolloutResult } from '../../src/domain/rollout/view.js';
import type { TargetView } from '../../src/domain/target/view.js';
import type { AuditTrail, Ledger } from '../../src/ports/ledger.js';
import { randomFrom } from '../unit/analysis/seeded-random.js';
import { type FollowedStream, followStream, timelineGrows } from './followed-stream.js';
import { openLedgerFile } from './ledger-file.js';
import { startTimedLoad, type TimedLoad } from './load-account.js';
import type { LocalProcess } from './local-process.js';
import { eventually } from './local-stack.js';
import { type PlaygroundTap, startPlaygroundTap } from './playground-tap.js';
import { createTriggerDesk, type Trigger, type TriggerDesk } from './release-triggers.js';
import { services, targetName, targets, writeShop } from './small-shop.js';
import { prepareStack, type StackParts } from './stack-parts.js';

export interface RolloutRecord {
  readonly n: number;
  readonly outcome: string;
  readonly startedAtMs: number;
  readonly closedAtMs: number;
}

export interface BusyShop {
  readonly dataDir: string;
  readonly parts: Readonly<Record<string, LocalProcess>>;
  readonly writingOf: ShopSite['writingOf'];
  readonly tap: PlaygroundTap;
  readonly client: Client;
  readonly ledger: ShopSite['ledger'];
  readonly desk: TriggerDesk;
  readonly releases: ReadonlyMap<Trigger, FollowedStream<ReleaseView>>;
  /** Streams of the targets, by path. */
  readonly watched: ReadonlyMap<string, FollowedStream<TargetView>>;
  /** Posts new releases, and old ones again, until told to end; resolves when the last is accepted. */
  keepTriggering(signal: AbortSignal): Promise<void>;
  allOver(withinMs: number): Promise<unknown>;
  /** As Temporal has them. */
  readRollouts(target: TargetKey): Promise<readonly RolloutRecord[]>;
  /** The ETag of what is at a path, without its quotes. */
  versionAt(path: string): Promise<string | undefined>;
  /** Has the API read the ledger. @returns its status */
  readAudit(): Promise<number>;
  stop(): Promise<void>;
}

/** What the shop's releases run on, beside the playground. */
export interface ShopSite {
  readonly parts: Readonly<Record<string, LocalProcess>>;
  /** Resolves in the moment at which a part writes, by its name. */
  readonly writingOf: Readonly<Record<string, () => Promise<void>>>;
  readonly apiUrl: string;
  readonly connection: ConnectionOptions;
  readonly namespace: string;
  readonly dataConverter: DataConverter;
  readonly ledger: Ledger & AuditTrail;
  /** Resolves when all of it serves. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export type OpenSite = (stack: StackParts, tap: PlaygroundTap) => Promise<ShopSite>;

/** As it is on one machine: an embedded server, one worker, one API. */
async function openEmbedded(stack: StackParts, tap: PlaygroundTap): Promise<ShopSite> {
  const { apiUrl, temporalAddress } = stack.addresses;
  const parts = {
    temporal: stack.prepare('temporal'),
    worker: stack.prepare('worker', { SLUICE_PLAYGROUND_URL: tap.url }),
    api: stack.prepare('api'),
  };
  return {
    parts,
    writingOf: { worker: tap.holdNext },
    ...{ apiUrl, connection: { address: temporalAddress }, namespace: 'default' },
    dataConverter: {},
    ledger: openLedgerFile(join(stack.dataDir, 'ledger.jsonl')),
    async start() {
      await parts.temporal.start();
      await Promise.all([parts.worker.start(), parts.api.start()]);
    },
    // They end with the stack.
    stop: async () => {},
  };
}

const openAtOnce = 2;
const requestsPerSecond = 15;

/** Resolves when each service has its first version everywhere. */
export async function openShop(
  seed: number,
  withinMs: number,
  openSite: OpenSite = openEmbedded,
): Promise<BusyShop> {
  const stack = await prepareStack({ keepsHistory: true, configOf: writeShop });
  const { dataDir, addresses, credentials } = stack;
  const { playgroundUrl } = addresses;
  const token = readFileSync(credentials.userTokenFile, 'utf8').trim();
  const tap = await startPlaygroundTap({ playgroundUrl, dataDir });
  const site = await openSite(stack, tap);
  const { apiUrl, connection: connectionOptions, namespace, dataConverter, ledger } = site;
  const playground = stack.prepare('playground');
  const parts = { playground, ...site.parts };
  const writingOf = { playground: tap.nextPassing, ...site.writingOf };
  const releases = new Map<Trigger, FollowedStream<ReleaseView>>();
  const watched = new Map<string, FollowedStream<TargetView>>();
  let connection: Connection | null = null;
  let load: readonly TimedLoad[] = [];
  const stop = async () => {
    await Promise.all([...releases.values(), ...watched.values()].map((each) => each.stop()));
    await Promise.all(load.map((each) => each.stop()));
    await connection?.close();
    await site.stop();
    await stack.stop();
    tap.close();
  };
  try {
    await Promise.all([playground.start(), site.start()]);
    connection = await Connection.connect(connectionOptions);
  } catch (error) {
    await stop();
    throw error;
  }
  const client = new Client({ connection, namespace, dataConverter });
  const folder = join(dataDir, 'artifacts');
  const desk = createTriggerDesk({ apiUrl: () => apiUrl, token, client, folder });

  const follow = <View extends object>(
    path: string,
    compare: (before: View, after: View) => string | null,
  ) =>
    followStream<View>(path, () => `${apiUrl}${path}/events`, token, {
      ...{ compare, bearable: [503, 504] },
    });
  const ask = async (path: string) => {
    const answer = await fetch(`${apiUrl}${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await answer.body?.cancel();
    return answer;
  };
  const isOver = (trigger: Trigger) => releases.get(trigger)?.last()?.view.outcome != null;
  const trigger = async (service: string, version: string, isBad: boolean) => {
    const made = desk.prepare(service, version, isBad);
    await desk.post(made);
    releases.set(made, follow<ReleaseView>(`/v1/releases/${service}/${version}`, timelineGrows));
  };
  const triggerFor = async (service: string, signal: AbortSignal) => {
    const random = randomFrom(seed + services.indexOf(service) + 1);
    while (!signal.aborted) {
      await sleep(300 + random() * 900);
      const known = [...releases.keys()].filter((one) => one.service === service);
      if (known.filter((one) => !isOver(one)).length < openAtOnce) {
        const minor = known.length;
        await trigger(service, `1.${minor}.0`, minor % 4 === 2);
      } else {
        await desk.post(known[Math.floor(random() * known.length)] as Trigger);
      }
    }
  };
  const allOver = (overWithinMs: number) =>
    eventually('all releases are over', () => [...releases.keys()].every(isOver), overWithinMs);

  try {
    await Promise.all(services.map((service) => trigger(service, '1.0.0', false)));
    await allOver(withinMs);
  } catch (error) {
    await stop();
    throw error;
  }
  load = targets.map((target) => {
    const port = tap.declared(targetName(target))?.proxyPort;
    return startTimedLoad(`http://127.0.0.1:${port}/`, requestsPerSecond);
  });
  for (const { service, environment } of targets) {
    const path = `/v1/targets/${service}/${environment}`;
    watched.set(path, follow<TargetView>(path, historyGrows));
  }
  return {
    ...{ dataDir, parts, writingOf, tap, client, ledger, desk, releases, watched, allOver, stop },
    async keepTriggering(signal) {
      await Promise.all(services.map((service) => triggerFor(service, signal)));
    },
    async readRollouts(target) {
      const records: RolloutRecord[] = [];
      const path = `/v1/targets/${target.service}/${target.environment}`;
      const ended =
        watched
          .get(path)
          ?.last()
          ?.view.history.map(({ n }) => n) ?? [];
      for (let n = 1; ; n += 1) {
        const handle = client.workflow.getHandle(rolloutWorkflowId({ target, n }));
        const found = await eventually(
          `Temporal tells of ${handle.workflowId}`,
          // What was just killed may answer anything else.
          () =>
            handle.describe().catch((error) => error instanceof WorkflowNotFoundError && 'none'),
          60_000,
        );
        if (found === 'none') {
          assert.ok(!ended.includes(n), `${handle.workflowId} is gone from Temporal`);
          // What gave way while it waited has a number and never began.
          if (ended.some((newer) => newer > n)) continue;
          return records;
        }
        const { outcome } = (await handle.result()) as RolloutResult;
        const startedAtMs = found.startTime.getTime();
        records.push({ n, outcome, startedAtMs, closedAtMs: Number(found.closeTime?.getTime()) });
      }
    },
    versionAt: async (path) => (await ask(path)).headers.get('etag')?.slice(1, -1),
    readAudit: async () => (await ask('/v1/audit/events?limit=1')).status,
  };
}

/** A target never forgets a rollout. */
function historyGrows(before: TargetView, after: TargetView): string | null {
  const newest = before.history[0]?.n;
  const known = after.history.map(({ n }) => n);
  const isKept = newest === undefined || known.includes(newest) || known.length >= 50;
  return isKept ? null : `rollout ${newest} is gone from its history`;
}

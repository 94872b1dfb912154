/** The two platforms as contract suites see them: the same ports, and the few acts that a test needs beside them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createMemoryPlatform } from '../../src/adapters/memory/platform.js';
import { createPlaygroundPlatform } from '../../src/adapters/playground/platform.js';
import type { TargetKey } from '../../src/domain/names.js';
import type { Revision } from '../../src/domain/rollout/revision.js';
import { revisionName } from '../../src/domain/rollout/revision.js';
import type { Split } from '../../src/domain/rollout/split.js';
import type { WorkloadSpec } from '../../src/domain/rollout/workload.js';
import { readyInstances } from '../../src/domain/rollout/workload.js';
import type { MetricSource } from '../../src/ports/metric-source.js';
import type { TrafficRouter } from '../../src/ports/traffic-router.js';
import type { Intent, Workload } from '../../src/ports/workload.js';
import { startPlayground } from './playground-process.js';

export interface PlatformUnderTest {
  readonly workload: Workload;
  readonly router: TrafficRouter;
  readonly metrics: MetricSource;
  /** Lets that much time pass. */
  pass(ms: number): Promise<void>;
  /** Sends so many requests through the split, one after the other, and waits for the answers. */
  send(target: TargetKey, requests: number): Promise<void>;
  /** One instance of the revision exits unasked. */
  crash(target: TargetKey, revision: string): Promise<void>;
  dispose(): Promise<void>;
}

/** A platform by name, and why it deviates where it does. */
export interface PlatformCase {
  readonly name: string;
  /** Null where users can reach a target; the reason where they cannot. */
  readonly noDoorBecause: string | null;
  /** It copies requests to a candidate and counts the copies. */
  readonly copies?: true;
  create(): Promise<PlatformUnderTest>;
}

const checkout = resolve(import.meta.dirname, '../../examples/checkout');
const artifactOf = (version: string) => join(checkout, 'artifacts', `checkout-${version}.json`);

function digestAt(path: string): string {
  return `sha256:${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
}

/** A revision of the demo service: 1.0.0 and 1.1.0 are healthy, of 1.2.0 three in ten answers are errors. */
export function checkoutRevision(version: string): Revision & { readonly name: string } {
  const revision = { version, digest: digestAt(artifactOf(version)) };
  return { ...revision, name: revisionName(revision) };
}

export const checkoutWorkload: WorkloadSpec = {
  command: [process.execPath, 'server.mjs', '{artifact}'],
  env: {},
  artifact: artifactOf('{version}'),
  directory: checkout,
  instances: 2,
  healthPath: '/healthz',
};

const memoryCase: PlatformCase = {
  name: 'memory',
  noDoorBecause: 'there is no data plane: traffic is numbers that a test adds',
  async create() {
    const { world, ...ports } = createMemoryPlatform({ startMs: 100, digestAt });
    return {
      ...ports,
      async pass(ms) {
        world.advance(ms);
      },
      async send(target, requests) {
        world.sendTraffic(target, requests, (revision, part) => {
          const errors = revision.startsWith('1.2.0') ? Math.floor(part * 0.3) : 0;
          return { requests: part, errors };
        });
      },
      async crash(target, revision) {
        world.crash(target, revision);
      },
      async dispose() {},
    };
  },
};

export const playgroundCase: PlatformCase = {
  name: 'playground',
  noDoorBecause: null,
  copies: true,
  async create() {
    const playground = await startPlayground();
    const ports = createPlaygroundPlatform(playground);
    return {
      ...ports,
      async pass(ms) {
        await sleep(ms);
      },
      async send(target, requests) {
        const { url } = await ports.router.readSplit(target);
        for (let n = 0; n < requests; n += 1) await (await fetch(`${url}/`)).text();
      },
      async crash(target, revision) {
        const statuses = await ports.workload.readRevisions(target);
        const instance = statuses.find(({ name }) => name === revision)?.instances[0];
        const body = JSON.stringify({ exit: 1 });
        // It may be gone before it has answered.
        await fetch(`${instance?.url}/admin/behaviour`, { method: 'POST', body }).catch(() => null);
      },
      dispose: () => playground.dispose(),
    };
  },
};

export const bothPlatforms = [memoryCase, playgroundCase] as const;

let targets = 0;

/** A target that nobody used before. */
export function freshTarget(): TargetKey {
  targets += 1;
  return { service: 'checkout', environment: `env-${targets}` };
}

/** Intents in the order in which they were decided. */
export function intents(rollout = 1): () => Intent {
  let sequence = 0;
  return () => {
    sequence += 1;
    return { fence: { rollout, sequence }, key: `rollout:${rollout}/${sequence}` };
  };
}

/** Applies a revision of the demo service and waits until so many instances are ready. */
export async function install(
  platform: Pick<PlatformUnderTest, 'workload' | 'pass'>,
  request: { target: TargetKey; version: string; instances: number; intent: Intent },
): Promise<string> {
  const { target, version, instances, intent } = request;
  const { name, ...revision } = checkoutRevision(version);
  const workload = checkoutWorkload;
  await platform.workload.applyRevision({ target, revision, workload, instances, intent });
  await until(platform, async () => {
    const statuses = await platform.workload.readRevisions(target);
    return readyInstances(statuses.find((status) => status.name === name)) === instances;
  });
  return name;
}

export async function until(
  platform: Pick<PlatformUnderTest, 'pass'>,
  holds: () => Promise<boolean>,
): Promise<void> {
  for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 50) {
    if (await holds()) return;
    await platform.pass(50);
  }
  throw new Error('waited 10 s in vain');
}

export function split(stable: string | null, candidate: string | null, weight: number): Split {
  return { stable, candidate, weight, headerRoute: null };
}

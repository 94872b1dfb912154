/**
 * Two writers and a third, latest one on one target, while requests are lost, refused and throttled, answers get lost,
 * others touch the route and pods come and go: all in an order that follows from the seed.
 */
import assert from 'node:assert/strict';
import { annotations } from '../../src/adapters/kubernetes/names.js';
import { kinds } from '../../src/adapters/kubernetes/objects.js';
import { parseFence } from '../../src/adapters/kubernetes/parse-fence.js';
import { routeKinds } from '../../src/adapters/kubernetes/routing/route-kinds.js';
import { splitNotedOn } from '../../src/adapters/kubernetes/routing/write-beside.js';
import { createTargetRoutes } from '../../src/adapters/kubernetes/target-route.js';
import { createKubernetesRouter } from '../../src/adapters/kubernetes/traffic-router.js';
import { Failure } from '../../src/domain/failures.js';
import { emptySplit, type Split, stableOnly } from '../../src/domain/rollout/split.js';
import type { TrafficRouter } from '../../src/ports/traffic-router.js';
import type { Intent } from '../../src/ports/workload.js';
import { type RouterKind, routingFor, type Shares } from './router-kinds.js';
import { backendOf, sceneTarget, splitOf, testers } from './routing-scene.js';
import {
  followScale,
  isReady,
  putRevision,
  revisionNames,
  scaleUp,
  setReady,
} from './simulated-revisions.js';
import { type ApiRequest, type Fate, simulateCluster } from './simulated-cluster.js';

type Random = () => number;

/** Uniform numbers below 1 from a 32 bit seed (mulberry32). */
function randomOf(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Writer {
  readonly router: TrafficRouter;
  /** What it is writing now, and as which decision. */
  split: Split;
  sequence: number;
  /** Revisions that were ready when it last asked; null when it never did for this split. */
  readyThen: ReadonlySet<string> | null;
}

const ticks = async (count: number) => {
  for (let n = 0; n < count; n += 1) await Promise.resolve();
};

function createWorld(kind: RouterKind, random: Random) {
  const cluster = simulateCluster();
  for (const object of kind.objects) cluster.put(object);
  for (const name of revisionNames) putRevision(cluster, name);
  const shares = (): Shares => kind.sharesOf(cluster.peek);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const writes: string[] = [];

  /** The Service of stable by the route's own note: what is taken away beside the route falls to it. */
  function fallsTo(): string | null {
    const decided = splitNotedOn(cluster.peek(routingFor(kind).kind, 'checkout'))?.stable ?? null;
    return decided === null ? null : backendOf(decided);
  }

  /** Of the decision that is noted on the object of a request; 0 without one. */
  function sequenceOn({ kind: of, name }: ApiRequest): number {
    const there = cluster.all().find((one) => one.kind === of && one.metadata.name === name);
    return parseFence(there?.metadata.annotations?.[annotations.fence])?.sequence ?? 0;
  }

  function disturb(): void {
    followScale(cluster);
    if (random() < 0.08) setReady(cluster, pick(revisionNames), random() < 0.6);
    if (random() > 0.04) return;
    const route = cluster.peek(routingFor(kind).kind, 'checkout');
    if (route === null) return;
    const labels = { touched: String(random()) };
    cluster.put({ ...route, metadata: { ...route.metadata, labels } });
  }

  function fate(isFaulty: boolean): Fate {
    const roll = isFaulty ? random() : 1;
    if (roll < 0.05) return 'lost';
    if (roll < 0.1) return 'unknown';
    return roll < 0.13 ? 'throttled' : 'answered';
  }

  function writerOf(isFaulty: boolean): Writer {
    const isRoute = ({ kind: of, name }: ApiRequest) =>
      of === routingFor(kind).kind.kind && name === 'checkout';
    // An answer to an attempt that has failed already may come during the next one.
    const askedIn = new WeakMap<ApiRequest, number>();
    let attempt = 0;
    const client = cluster.clientOf(
      async (request) => {
        if (request.verb === 'get' && isRoute(request)) {
          attempt += 1;
          writer.readyThen = null;
        }
        askedIn.set(request, attempt);
        // Now and then one stands still while the others go on.
        await ticks(Math.floor(random() * (random() < 0.1 ? 150 : 12)));
        disturb();
        return fate(isFaulty);
      },
      (request) => {
        const { verb, kind: of } = request;
        const isPresent = askedIn.get(request) === attempt;
        if (isPresent && verb === 'list' && of === kinds.endpointSlice.kind) {
          writer.readyThen = new Set(revisionNames.filter((name) => isReady(cluster, name)));
        }
        if (verb === 'get' || verb === 'list') return () => {};
        const before = shares();
        const sequence = sequenceOn(request);
        return () => {
          const told = JSON.stringify(writer.split);
          assert.ok(sequence <= writer.sequence, `${verb} ${of} undoes a newer one: ${told}`);
          writes.push(`${verb} ${of} ${JSON.stringify(shares())} for ${told}`);
          judge(writer, before, shares(), isRoute(request) ? null : fallsTo());
        };
      },
    );
    const routes = createTargetRoutes({
      ...{ cluster: client, routing: routingFor(kind), pause: () => ticks(40) },
      ...{ routeName: () => 'checkout', backendName: () => 'checkout' },
    });
    const router = createKubernetesRouter({ cluster: client, routes, urlOf: () => null });
    const writer: Writer = { router, split: emptySplit, sequence: 0, readyThen: null };
    return writer;
  }

  return { cluster, shares, writes, writerOf };
}

/**
 * No write opens what its split does not name, nor gives more to a revision that was not ready when it was decided.
 * @param fallsTo gets what the write takes away, by the route and whoever wrote that; null for a write of the route
 */
function judge(
  { split, readyThen }: Writer,
  before: Shares,
  after: Shares,
  fallsTo: string | null,
): void {
  const stable = split.stable === null ? 'checkout' : backendOf(split.stable);
  const candidate = split.candidate === null ? null : backendOf(split.candidate);
  for (const [key, share] of Object.entries(after)) {
    if (share <= (before[key] ?? 0) || key === fallsTo) continue;
    const service = key.replace(/^(?:testers|mirror):/, '');
    const where = `${key} ${before[key] ?? 0} → ${share} by ${JSON.stringify(split)}`;
    assert.ok(service === stable || service === candidate, `outside of the split: ${where}`);
    const revision = service === candidate ? split.candidate : split.stable;
    const withdraws = readyThen === null && service === stable;
    const waits = split.weight === 100 && service === stable;
    if (revision === null || withdraws || waits) continue;
    assert.ok(readyThen?.has(revision), `no endpoint was ready: ${where}`);
  }
}

/** Decisions as an engine makes them: the candidate has nothing in a split that changes stable. */
function decisionsOf(kind: RouterKind, random: Random, count: number): readonly Split[] {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const weights = kind.takesWeights ? [0, 5, 20, 50, 100] : [0, 100];
  let { stable, candidate }: Split = stableOnly(pick([null, 'a']));
  return Array.from({ length: count }, () => {
    if (candidate !== null && random() < 0.35) {
      stable = random() < 0.5 ? candidate : stable;
      candidate = null;
      return splitOf({ stable });
    }
    if (candidate === null || random() < 0.1) {
      candidate = pick(revisionNames.filter((name) => name !== stable));
    }
    const headerRoute = kind.takesTesters && random() < 0.4 ? testers : null;
    const isCopied = kind.takesMirrors && random() < 0.3;
    const share = isCopied ? { weight: 0, mirror: pick([5, 20, 100]) } : { weight: pick(weights) };
    return { stable, candidate, headerRoute, ...share };
  });
}

/** @returns how the decision ended */
async function carryOut(
  writer: Writer,
  split: Split,
  intent: Intent,
  attempts: number,
): Promise<string> {
  for (let n = 1; ; n += 1) {
    writer.split = split;
    writer.sequence = intent.fence.sequence;
    writer.readyThen = null;
    try {
      await writer.router.applySplit({ target: sceneTarget, split, intent });
      return 'done';
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (n === attempts || !['Unavailable', 'NotReady', 'Conflict'].includes(error.code)) {
        return error.code;
      }
    }
  }
}

function revisionsIn({ stable, candidate }: Split): readonly string[] {
  return [stable, candidate].filter((name) => name !== null);
}

/**
 * A rollback without any fault, while nothing else can be asked for: pods, endpoints and Services never answer.
 * @returns its requests, as `verb kind`
 */
export async function rollBack(kind: RouterKind, isMirrored = false): Promise<readonly string[]> {
  const cluster = simulateCluster();
  for (const object of kind.objects) cluster.put(object);
  for (const name of revisionNames) putRevision(cluster, name);
  let isBroken = false;
  const client = cluster.clientOf(
    ({ verb, kind: of }) =>
      isBroken && verb === 'list' && of !== kinds.deployment.kind ? 'lost' : 'answered',
    () => () => {},
  );
  const routes = createTargetRoutes({
    ...{ cluster: client, routing: routingFor(kind) },
    ...{ routeName: () => 'checkout', backendName: () => 'checkout' },
  });
  const router = createKubernetesRouter({ cluster: client, routes, urlOf: () => null });
  const write = (split: Split, sequence: number) =>
    router.applySplit({
      ...{ target: sceneTarget, split },
      intent: { fence: { rollout: 1, sequence }, key: `1/${sequence}` },
    });
  await write(stableOnly('a'), 1);
  const weight = kind.takesWeights && kind.options.kind !== 'replica-share' ? 50 : 100;
  const headerRoute = kind.takesTesters ? testers : null;
  const share = isMirrored ? { mirror: 20 } : { weight };
  await write(splitOf({ stable: 'a', candidate: 'b', headerRoute, ...share }), 2);
  client.requests.splice(0);
  isBroken = true;
  for (const name of revisionNames) setReady(cluster, name, false);
  await write(stableOnly('a'), 3);
  assert.deepEqual(kind.sharesOf(cluster.peek), { [backendOf('a')]: 100 });
  return client.requests.map(({ verb, kind: of }) => `${verb} ${of}`);
}

/** @throws AssertionError with what went before */
export async function runSchedule(kind: RouterKind, seed: number): Promise<void> {
  const random = randomOf(seed);
  const world = createWorld(kind, random);
  const foreign = JSON.stringify(kind.foreignOf(world.cluster.peek));
  const count = 4 + Math.floor(random() * 5);
  const decisions = decisionsOf(kind, random, count);
  const intentOf = (n: number): Intent => ({
    fence: { rollout: 1, sequence: n },
    key: `${seed}/${n}`,
  });
  const writers = [world.writerOf(true), world.writerOf(true)];
  const shared = decisions
    .slice(0, -1)
    .map((split, n) => ({ split, n, by: random() < 0.5 ? 0 : 1 }));
  try {
    const late = writers.map(async (writer, index) => {
      for (const { split, n, by } of shared) {
        if (by !== index) continue;
        // Where pods share traffic by their number, starting them is a share: no schedule of routes can order that.
        const starts = kind.options.kind === 'replica-share' ? [] : revisionsIn(split);
        for (const name of starts) scaleUp(world.cluster, name);
        await carryOut(writer, split, intentOf(n), 1 + Math.floor(random() * 3));
      }
    });
    await (kind.options.kind === 'replica-share'
      ? Promise.all(late)
      : ticks(Math.floor(random() * 400)));
    const last = decisions.at(-1) ?? emptySplit;
    const writer = world.writerOf(false);
    let ended = '';
    for (let n = 0; n < 100 && ended !== 'done'; n += 1) {
      for (const name of revisionsIn(last)) scaleUp(world.cluster, name);
      ended = await carryOut(writer, last, intentOf(count), 1);
    }
    assert.equal(ended, 'done');
    await Promise.all(late);
    assertHolds(world, kind, last, `1.${count}`);
    assert.equal(JSON.stringify(kind.foreignOf(world.cluster.peek)), foreign);
  } catch (error) {
    const told = [...decisions.map((split) => JSON.stringify(split)), ...world.writes].join('\n');
    throw new Error(`seed ${seed}: ${(error as Error).message}\n${told}`, { cause: error });
  }
}

function assertHolds(
  { cluster, shares }: ReturnType<typeof createWorld>,
  kind: RouterKind,
  { stable, candidate, weight, headerRoute, mirror }: Split,
  fence: string,
): void {
  const all = [
    [stable === null ? 'checkout' : backendOf(stable), 100 - weight],
    ...(candidate === null ? [] : [[backendOf(candidate), weight] as const]),
  ] as const;
  const wanted = Object.fromEntries(all.filter(([, share]) => share !== 0));
  const told =
    candidate !== null && headerRoute !== null ? { [`testers:${backendOf(candidate)}`]: 1 } : {};
  // Pods that share a Service are counted elsewhere.
  const copied =
    candidate !== null && mirror !== undefined
      ? { [`mirror:${backendOf(candidate)}`]: mirror }
      : {};
  if (kind.options.kind !== 'replica-share')
    assert.deepEqual(shares(), { ...wanted, ...told, ...copied });
  for (const object of cluster.all()) {
    const noted = object.metadata.annotations?.[annotations.fence];
    const isIdle =
      object.metadata.annotations?.['nginx.ingress.kubernetes.io/canary-weight'] === '0';
    const isTold =
      object.metadata.annotations?.['nginx.ingress.kubernetes.io/canary-by-header'] !== undefined;
    // What a late writer has created does nothing until it has looked at the route again.
    if (noted === undefined || object.kind === kinds.deployment.kind || (isIdle && !isTold))
      continue;
    const { name } = object.metadata;
    const isCopy = object.kind === 'DestinationRule' && !(name in wanted);
    // Nothing leads to one that a late writer has left behind; it goes with its revision.
    const isLeft = object.kind === 'TraefikService' && !leadsTo(cluster, name);
    if (!isCopy && !isLeft) assert.equal(noted, fence, `${object.kind} ${name}`);
  }
}

function leadsTo(cluster: ReturnType<typeof simulateCluster>, name: string): boolean {
  const { weighted } = cluster.peek(routeKinds.traefikService, 'checkout')?.spec ?? {};
  return name === 'checkout' || weighted?.services?.some((one) => one.name === name) === true;
}

/** Keeps the declared number of instances of one revision running, whatever happens to them. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InstanceStatus, RevisionStatus } from '../domain/rollout/workload.js';
import { checkArtifact } from './artifact.js';
import type { InstanceContext } from './instance.js';
import { Instance } from './instance.js';
import type { Meters } from './meters.js';
import type { DeclaredRevision } from './state-file.js';
import type { Tally } from './tally.js';

const firstBackoffMs = 250;
const longestBackoffMs = 5000;
/** An instance that lived this long has shown that it can: its next exit is a first one again. */
const settledMs = 10_000;

/** A place for one instance; holds them one after the other. */
interface Slot {
  readonly stop: AbortController;
  instance: Instance | null;
  /** Shown while there is no process: before the first start and between two. */
  last: InstanceStatus | null;
}

export interface RunnerContext extends Omit<InstanceContext, 'declared'> {
  readonly meters: Meters;
  readonly tally: Tally;
  takePort(): Promise<number>;
  releasePort(port: number): void;
}

export class Runner {
  declared: DeclaredRevision;
  restarts = 0;
  readonly #context: RunnerContext;
  #slots: Slot[] = [];
  /** Resolves when everything that was taken away has ended. */
  readonly #leaving = new Set<Promise<void>>();
  #turn = 0;

  constructor(declared: DeclaredRevision, context: RunnerContext) {
    this.declared = declared;
    this.#context = context;
    this.scale();
  }

  /** Brings the number of slots to the declared one; instances without use leave first, then the newest. */
  scale(): void {
    while (this.#slots.length < this.declared.instances) {
      const slot: Slot = { stop: new AbortController(), instance: null, last: null };
      this.#slots.push(slot);
      void this.#run(slot);
    }
    const surplus = this.#slots.length - this.declared.instances;
    if (surplus <= 0) return;
    const useless = (slot: Slot) => (slot.instance?.state === 'ready' ? 1 : 0);
    const leaving = this.#slots.toReversed().sort((a, b) => useless(a) - useless(b));
    for (const slot of leaving.slice(0, surplus)) this.#retire(slot);
  }

  /** Drains one instance and starts another beside it; one that has ended is being started anew already. */
  replace(id: string): void {
    const slot = this.#slots.find(({ instance }) => instance?.id === id);
    if (slot === undefined) return;
    this.#retire(slot);
    this.scale();
  }

  /** Drains all instances. Resolves when the last process is gone. */
  async remove(): Promise<void> {
    for (const slot of this.#slots) this.#retire(slot);
    await Promise.all(this.#leaving);
  }

  killAll(): void {
    for (const slot of this.#slots) slot.instance?.kill();
  }

  /** The next instance in turn that is in the given state and not in `tried`. */
  pick(state: 'ready' | 'unready', tried: ReadonlySet<Instance>): Instance | null {
    const slots = this.#slots;
    for (let step = 0; step < slots.length; step += 1) {
      const instance = slots[(this.#turn + step) % slots.length]?.instance;
      if (instance?.state === state && !instance.draining && !tried.has(instance)) {
        this.#turn = (this.#turn + step + 1) % slots.length;
        return instance;
      }
    }
    return null;
  }

  status(): RevisionStatus {
    const { name, revision, instances } = this.declared;
    return {
      name,
      ...revision,
      desiredInstances: instances,
      instances: this.#slots.flatMap((slot) => slot.instance?.status() ?? slot.last ?? []),
      restarts: this.restarts,
    };
  }

  #retire(slot: Slot): void {
    this.#slots = this.#slots.filter((other) => other !== slot);
    slot.stop.abort();
    const gone = slot.instance?.drain().finally(() => this.#leaving.delete(gone as Promise<void>));
    if (gone !== undefined) this.#leaving.add(gone);
  }

  async #run(slot: Slot): Promise<void> {
    let backoffMs = firstBackoffMs;
    while (!slot.stop.signal.aborted) {
      const startedAtMs = Date.now();
      await this.#runOnce(slot);
      if (slot.stop.signal.aborted) return;
      this.restarts += 1;
      if (Date.now() - startedAtMs > settledMs) backoffMs = firstBackoffMs;
      await sleep(backoffMs, null, { signal: slot.stop.signal }).catch(() => undefined);
      backoffMs = Math.min(backoffMs * 2, longestBackoffMs);
    }
  }

  async #runOnce(slot: Slot): Promise<void> {
    const { target, meters, tally, takePort, releasePort } = this.#context;
    const { name, revision, workload } = this.declared;
    const id = `${name}-${randomBytes(4).toString('hex')}`;
    const failed = (reason: string): InstanceStatus => {
      return { id, state: 'exited', url: '', probeFailures: 0, reason };
    };
    let port: number | null = null;
    try {
      // Again before every start: the file may have been replaced since the revision was applied.
      await checkArtifact(revision, workload);
      port = await takePort();
      if (slot.stop.signal.aborted) return;
      const meter = meters.open({ target, revision: name, instance: id }, tally.count);
      const context = { ...this.#context, declared: this.declared };
      slot.instance = new Instance(id, port, meter, context);
      await slot.instance.exited;
      slot.last = slot.instance.status();
      slot.instance = null;
      meters.close(meter);
    } catch (error) {
      slot.last = failed(error instanceof Error ? error.message : String(error));
    } finally {
      if (port !== null) releasePort(port);
    }
  }
}

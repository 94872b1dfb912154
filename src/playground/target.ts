/** One target as it runs: its revisions, its door and how the door divides what comes in. */
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { Split } from '../domain/rollout/split.js';
import type { RevisionStatus } from '../domain/rollout/workload.js';
import type { Instance } from './instance.js';
import type { TargetReading } from './protocol.js';
import type { Choose, Chosen } from './proxy.js';
import { createProxy } from './proxy.js';
import type { RunnerContext } from './runner.js';
import { Runner } from './runner.js';
import { deal } from './share.js';
import type { DeclaredTarget } from './state-file.js';

export interface TargetContext extends Omit<RunnerContext, 'target'> {
  readonly upstreamTimeoutMs: number;
}

export class Target {
  declared: DeclaredTarget;
  readonly #context: TargetContext;
  readonly #runners = new Map<string, Runner>();
  readonly #leaving = new Set<Promise<void>>();
  readonly #server: Server;
  #owed = 0;
  #owedCopies = 0;

  constructor(declared: DeclaredTarget, context: TargetContext) {
    this.declared = declared;
    this.#context = context;
    this.#server = createProxy({
      upstreamTimeoutMs: context.upstreamTimeoutMs,
      route: (headers) => this.#route(headers),
      copyTo: (headers) => this.#copyTo(headers),
    });
  }

  /** Opens the door. Rejects when the port is in use. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.declared.proxyPort, '127.0.0.1', () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.become(this.declared);
  }

  /** Makes what runs what is declared. A new split holds from the next request. */
  become(declared: DeclaredTarget): void {
    if (declared.split.weight !== this.declared.split.weight) this.#owed = 0;
    if (declared.split.mirror !== this.declared.split.mirror) this.#owedCopies = 0;
    const begins = declared.fence?.rollout !== this.declared.fence?.rollout;
    this.declared = declared;
    const wanted = new Set(declared.revisions.map((revision) => revision.name));
    for (const [name, runner] of this.#runners) {
      if (wanted.has(name)) continue;
      this.#runners.delete(name);
      const gone: Promise<void> = runner.remove().finally(() => this.#leaving.delete(gone));
      this.#leaving.add(gone);
    }
    for (const revision of declared.revisions) {
      const runner = this.#runners.get(revision.name);
      if (runner === undefined) {
        const context = { ...this.#context, target: declared.key };
        this.#runners.set(revision.name, new Runner(revision, context));
      } else {
        runner.declared = revision;
        // A new rollout judges a revision that was kept by what it does now.
        if (begins) runner.restarts = 0;
        runner.scale();
      }
    }
  }

  replaceInstance(revision: string, instance: string): void {
    this.#runners.get(revision)?.replace(instance);
  }

  statuses(): readonly RevisionStatus[] {
    return [...this.#runners.values()].map((runner) => runner.status());
  }

  read(): TargetReading {
    const { key, split, fence, intentKey, proxyPort } = this.declared;
    const tally = this.#context.tally.read();
    const url = `http://127.0.0.1:${proxyPort}`;
    const revisions = this.statuses();
    return { target: key, revisions, split, fence, intentKey, url, tally };
  }

  /** Ends all processes; in-flight requests get the time that a drain gives them. */
  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeIdleConnections();
    await Promise.all([...this.#runners.values()].map((runner) => runner.remove()));
    await Promise.all(this.#leaving);
    this.#server.closeAllConnections();
  }

  #route(headers: IncomingHttpHeaders): Choose {
    const { split } = this.declared;
    const first = this.#takesCandidate(split, headers) ? split.candidate : split.stable;
    // A candidate without weight was never meant for everyone, not even while stable is down.
    const spare = split.weight > 0 || split.stable === null ? split.candidate : null;
    const second = first === split.stable ? spare : split.stable;
    return (tried) =>
      this.#pick(first, 'ready', tried) ??
      this.#pick(second, 'ready', tried) ??
      // Overload can fail the probes of every instance at once: some answer is then better than none.
      this.#pick(split.stable, 'unready', tried);
  }

  #copyTo(headers: IncomingHttpHeaders): Instance | null {
    const { split } = this.declared;
    if (split.mirror === undefined || isTester(split, headers)) return null;
    const { toCandidate, owed } = deal(split.mirror, this.#owedCopies);
    this.#owedCopies = owed;
    if (!toCandidate) return null;
    return this.#pick(split.candidate, 'ready', new Set())?.instance ?? null;
  }

  #takesCandidate(split: Split, headers: IncomingHttpHeaders): boolean {
    if (isTester(split, headers)) return true;
    const { weight } = split;
    const { toCandidate, owed } = deal(weight, this.#owed);
    this.#owed = owed;
    return toCandidate;
  }

  #pick(
    revision: string | null,
    state: 'ready' | 'unready',
    tried: ReadonlySet<Instance>,
  ): Chosen | null {
    const runner = revision === null ? undefined : this.#runners.get(revision);
    const instance = runner?.pick(state, tried) ?? null;
    return revision === null || instance === null ? null : { revision, instance };
  }
}

function isTester({ headerRoute }: Split, headers: IncomingHttpHeaders): boolean {
  return headerRoute !== null && headers[headerRoute.header.toLowerCase()] === headerRoute.value;
}

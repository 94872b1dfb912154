/** One running instance of a revision: its process, its health, and the requests that it works on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, Pool, request } from 'undici';
import type { TargetKey } from '../domain/names.js';
import type { InstanceStatus } from '../domain/rollout/workload.js';
import { artifactPath } from './artifact.js';
import type { Child } from './child.js';
import { startChild } from './child.js';
import type { InstanceMeter } from './meters.js';
import type { ProcessRecords } from './process-records.js';
import type { DeclaredRevision } from './state-file.js';

const probeWhileStartingMs = 250;
const probeEveryMs = 500;
const probeTimeoutMs = 1000;
/** As many failed probes in a row take an instance out of traffic; one slow answer does not. */
const failuresUntilUnready = 3;
const drainMs = 10_000;
const killAfterMs = 5000;

const probes = new Agent({ keepAliveTimeout: 4000, connections: 1 });

export interface InstanceContext {
  readonly target: TargetKey;
  readonly declared: DeclaredRevision;
  readonly parentEnv: Readonly<Record<string, string | undefined>>;
  readonly records: ProcessRecords;
}

export class Instance {
  readonly id: string;
  readonly port: number;
  readonly url: string;
  readonly pool: Pool;
  readonly meter: InstanceMeter;
  /** Resolves with the reason when the process has ended, wanted or not. */
  readonly exited: Promise<string>;
  state: InstanceStatus['state'] = 'starting';
  draining = false;
  #probeFailures = 0;
  #reason: string | null = null;
  readonly #child: Child;
  readonly #healthUrl: string;

  constructor(id: string, port: number, meter: InstanceMeter, context: InstanceContext) {
    this.id = id;
    this.port = port;
    this.meter = meter;
    this.url = `http://127.0.0.1:${port}`;
    this.#healthUrl = `${this.url}${context.declared.workload.healthPath}`;
    this.pool = new Pool(this.url, { headersTimeout: 0, connect: { timeout: 2000 } });
    this.#child = startChild({ ...processOf(context, port), ...context });
    this.exited = this.#child.exited.then((reason) => {
      this.state = 'exited';
      this.#reason = reason;
      this.pool.destroy().catch(() => undefined);
      return reason;
    });
    void this.#watch();
  }

  status(): InstanceStatus {
    const { id, state, url } = this;
    return { id, state, url, probeFailures: this.#probeFailures, reason: this.#reason };
  }

  /** Takes no new requests, lets those in flight finish, then ends the process. */
  async drain(): Promise<void> {
    this.draining = true;
    const untilMs = Date.now() + drainMs;
    while (this.meter.inFlight.size > 0 && Date.now() < untilMs && this.state !== 'exited') {
      await sleep(25);
    }
    await this.#child.stop(killAfterMs);
  }

  kill(): void {
    this.#child.kill();
  }

  async #watch(): Promise<void> {
    await sleep(100);
    while (this.state !== 'exited') {
      const failure = await this.#probe();
      if (this.hasExited()) return;
      if (failure === null) {
        this.state = 'ready';
        this.#probeFailures = 0;
        this.#reason = null;
      } else if (this.state !== 'starting') {
        // Failures before the first success are the start itself and no sign of trouble.
        this.#probeFailures += 1;
        this.#reason = failure;
        if (this.#probeFailures >= failuresUntilUnready) this.state = 'unready';
      }
      await sleep(this.state === 'starting' ? probeWhileStartingMs : probeEveryMs);
    }
  }

  hasExited(): boolean {
    return this.state === 'exited';
  }

  async #probe(): Promise<string | null> {
    try {
      const signal = AbortSignal.timeout(probeTimeoutMs);
      const answer = await request(this.#healthUrl, { dispatcher: probes, signal });
      await answer.body.dump();
      return answer.statusCode === 200 ? null : `GET ${this.#healthUrl}: ${answer.statusCode}`;
    } catch (error) {
      return `GET ${this.#healthUrl}: ${(error as Error).message}`;
    }
  }
}

function processOf({ target, declared }: InstanceContext, port: number) {
  const { revision, workload } = declared;
  const fill = (text: string) =>
    text
      .replaceAll('{version}', revision.version)
      .replaceAll('{artifact}', artifactPath(revision, workload) ?? '');
  const given = Object.entries(workload.env).map(([name, value]) => [name, fill(value)] as const);
  return {
    command: workload.command.map(fill),
    directory: workload.directory,
    env: {
      ...Object.fromEntries(given),
      PORT: String(port),
      SLUICE_SERVICE: target.service,
      SLUICE_ENVIRONMENT: target.environment,
      ...(target.region === undefined ? {} : { SLUICE_REGION: target.region }),
      SLUICE_VERSION: revision.version,
      SLUICE_DIGEST: revision.digest,
    },
  };
}

/**
 * Raw counters of revisions by direct scrapes of the gateway, which counts per Service of a revision: no scrape interval
 * stands in between. It cannot see single pods (each gateway process is one pseudo-instance), nor requests that are
 * sent and not answered yet. All processes of a gateway must be named, by a list or by a name that resolves to each of
 * them (a headless Service): a Service that picks one would show another part at every look.
 */
import { Agent, type Dispatcher, request } from 'undici';
import type { CounterDialect } from '../../domain/analysis/counter-dialect.js';
import { countedUpTo } from '../../domain/analysis/counted-up-to.js';
import { countersOf } from '../../domain/analysis/counter-series.js';
import { type MetricLine, parsePrometheusText } from '../../domain/analysis/prometheus-text.js';
import { Failure } from '../../domain/failures.js';
import type { ConnectedMetricSource, RevisionPlaces } from '../../ports/metric-source.js';
import type { SharedReads } from '../../ports/shared-reads.js';
import {
  alwaysAt,
  type ProcessAddress,
  processesOf,
  type ResolveName,
  resolveBySystem,
} from './process-addresses.js';

const timeoutMs = 1200;
const maxBodyBytes = 16 * 1024 * 1024;

export interface GatewayMetricsOptions {
  /** Prometheus endpoints of the gateway's processes. */
  readonly scrape: readonly string[];
  readonly counters: CounterDialect;
  readonly places: RevisionPlaces;
  readonly resolve?: ResolveName;
  /** All targets are in what one process shows: whoever watches them may share it. Left out: each read asks. */
  readonly shared?: SharedReads | undefined;
}

interface Process {
  readonly url: string;
  /** Where several stand behind one URL. */
  readonly at: ProcessAddress | null;
}

/**
 * What the processes that answer have counted is evidence, and can roll back. While one of them does not answer, its
 * errors are not seen: then the counters say that they have a gap, and nothing passes on them.
 */
export function createGatewayMetrics(options: GatewayMetricsOptions): ConnectedMetricSource {
  const { scrape, counters, places, resolve = resolveBySystem, shared = unshared } = options;
  const agents = new Map<string, Agent>();
  const source = scrape.join(', ');

  function agentFor(at: ProcessAddress | null): Agent {
    const key = at?.address ?? '';
    const known = agents.get(key);
    if (known !== undefined) return known;
    const connect = { timeout: timeoutMs, ...(at === null ? {} : { lookup: alwaysAt(at) }) };
    const agent = new Agent({ connect, maxResponseSize: maxBodyBytes });
    agents.set(key, agent);
    return agent;
  }

  /** Gateways come and go, and their connections with them. */
  function forget(present: readonly Process[]): void {
    const needed = new Set(present.map(({ at }) => at?.address ?? ''));
    for (const [key, agent] of agents) {
      if (needed.has(key)) continue;
      agents.delete(key);
      void agent.close().catch(() => null);
    }
  }

  return {
    async readCounters(target, revisions) {
      const lookedAtMs = Date.now();
      const named = await Promise.all(scrape.map((url) => processesAt(url, resolve)));
      const processes = named.flat();
      forget(processes);
      const [found, ...answers] = await Promise.all([
        places(target, revisions, counters.byPods),
        ...processes.map((process) => readLines(process, agentFor(process.at), shared)),
      ]);
      const silent = answers.flatMap((answer) => (answer.kind === 'silent' ? [answer.why] : []));
      const [first] = silent;
      if (first !== undefined && silent.length === answers.length) {
        throw new Failure('Unavailable', first, { where: source });
      }
      const gap = first === undefined ? {} : { gap: silent.join('; ') };
      const beganAtMs = Math.min(...answers.map((answer) => answer.beganAtMs ?? lookedAtMs));
      return found.map((place, index) => {
        const read = {
          revision: revisions[index] ?? '',
          instances: answers.flatMap((answer) =>
            answer.kind === 'silent'
              ? []
              : countersOf(answer.lines, counters, place, answer.origin),
          ),
          ...{ source, ...gap },
          ...(counters.atSplit && { countedAtSplit: true as const }),
        };
        return beganAtMs < lookedAtMs ? countedUpTo(read, beganAtMs) : read;
      });
    },
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.close()));
      agents.clear();
    },
  };
}

/** @throws Unavailable when the name cannot be resolved: how many there are is not known then */
async function processesAt(url: string, resolve: ResolveName): Promise<readonly Process[]> {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  const found = await resolve(host).catch((error: unknown) => {
    const said = (error as { code?: string }).code ?? 'unknown';
    const message = `the gateway's name ${host} cannot be resolved (${said})`;
    throw new Failure('Unavailable', message, { where: url }, error);
  });
  const several = processesOf(found);
  return several.length === 0 ? [{ url, at: null }] : several.map((at) => ({ url, at }));
}

const unshared: SharedReads = {
  read: async (_key, ask) => ({ beganAtMs: Date.now(), value: await ask() }),
};

type Answer =
  | {
      readonly kind: 'lines';
      readonly origin: string;
      readonly lines: readonly MetricLine[];
      readonly beganAtMs: number;
    }
  | { readonly kind: 'silent'; readonly why: string; readonly beganAtMs?: never };

async function readLines(
  { url, at }: Process,
  dispatcher: Dispatcher,
  shared: SharedReads,
): Promise<Answer> {
  const origin = at?.address ?? new URL(url).host;
  const ask = async () => {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await request(url, { dispatcher, signal });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`it answered ${answer.statusCode}`);
    return parsePrometheusText(text, url);
  };
  try {
    const { value, beganAtMs } = await shared.read(`${url} ${origin}`, ask);
    return { kind: 'lines', origin, lines: value, beganAtMs };
  } catch (error) {
    const said = (error as Error).message || (error as { code?: string }).code;
    const where = at === null ? url : `${url} at ${at.address}`;
    return { kind: 'silent', why: `the gateway ${where} gives no metrics: ${said}` };
  }
}

/** Counts what every instance answered and what it still owes, and shows it in the text format of Prometheus. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { TargetKey } from '../domain/names.js';
import { edgesMs, metricNames } from './protocol.js';

const labelNames = ['service', 'environment', 'region', 'revision', 'instance'] as const;

interface InstanceName {
  readonly target: TargetKey;
  readonly revision: string;
  readonly instance: string;
}

interface OpenSeries {
  readonly labels: Record<string, string>;
  drop(): void;
}

/** A request that was sent and has not ended. */
interface Sent {
  readonly atMs: number;
}

export interface InstanceMeter {
  readonly inFlight: ReadonlySet<Sent>;
  begin(): Sent;
  /** `status` is what the instance answered, or 502 and 504 for what the proxy had to say instead. */
  end(sent: Sent, status: number, isCopy?: boolean): void;
  /** The request ended through no doing of the instance; nothing is counted but that it is over. */
  forget(sent: Sent): void;
}

export interface Meters {
  /** `count` is told of every request that ended, except of copies: their answers reach nobody. */
  open(name: InstanceName, count: (revision: string, status: number) => void): InstanceMeter;
  /** The instance is gone. Its series stay for a while, so that a late scrape still sees its last requests. */
  close(meter: InstanceMeter): void;
  text(): Promise<string>;
}

/** Elapsed time must not jump with the wall clock. */
const nowMs = () => performance.now();

export function createMeters(options: { readonly keepSeriesMs: number }): Meters {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: metricNames.requests,
    help: 'Requests answered by an instance, or given up on, by status code',
    labelNames: [...labelNames, 'code'],
    registers,
  });
  const duration = new Histogram({
    name: metricNames.duration,
    help: 'Time from sending a request to the end of its answer',
    labelNames: [...labelNames],
    buckets: edgesMs.map((edge) => edge / 1000),
    registers,
  });
  const open = new Map<InstanceMeter, OpenSeries>();
  new Gauge({
    name: metricNames.inFlight,
    help: 'Requests sent and not answered yet',
    labelNames: [...labelNames],
    registers,
    collect() {
      this.reset();
      for (const [meter, { labels }] of open) this.set(labels, meter.inFlight.size);
    },
  });
  new Gauge({
    name: metricNames.inFlightOlder,
    help: 'Requests not answered yet that were sent longer ago than so many seconds',
    labelNames: [...labelNames, 'seconds'],
    registers,
    collect() {
      this.reset();
      const now = nowMs();
      for (const [meter, { labels }] of open) {
        const ages = [...meter.inFlight].map((sent) => now - sent.atMs);
        for (const edge of edgesMs) {
          const older = ages.filter((age) => age > edge).length;
          this.set({ ...labels, seconds: String(edge / 1000) }, older);
        }
      }
    },
  });

  return {
    open(name, count) {
      const labels = labelsOf(name);
      const seen = duration.labels(labels);
      // All series begin at zero, so that the first request already is an increase.
      requests.inc({ ...labels, code: '200' }, 0);
      duration.zero(labels);
      const byStatus = new Map<number, Counter.Internal>();
      const inFlight = new Set<Sent>();
      const meter: InstanceMeter = {
        inFlight,
        begin() {
          const sent = { atMs: nowMs() };
          inFlight.add(sent);
          return sent;
        },
        forget(sent) {
          inFlight.delete(sent);
        },
        end(sent, status, isCopy = false) {
          if (!inFlight.delete(sent)) return;
          let counter = byStatus.get(status);
          if (counter === undefined) {
            counter = requests.labels({ ...labels, code: String(status) });
            byStatus.set(status, counter);
          }
          counter.inc();
          seen.observe((nowMs() - sent.atMs) / 1000);
          if (!isCopy) count(name.revision, status);
        },
      };
      const drop = () => {
        for (const status of [200, ...byStatus.keys()]) {
          requests.remove({ ...labels, code: String(status) });
        }
        duration.remove(labels);
      };
      open.set(meter, { labels, drop });
      return meter;
    },
    close(meter) {
      const drop = () => {
        open.get(meter)?.drop();
        open.delete(meter);
      };
      setTimeout(drop, options.keepSeriesMs).unref();
    },
    text: () => registry.metrics(),
  };
}

function labelsOf({ target, revision, instance }: InstanceName): Record<string, string> {
  const { service, environment, region = '' } = target;
  return { service, environment, region, revision, instance };
}

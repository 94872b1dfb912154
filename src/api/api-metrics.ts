/** What the API counts of requests, of those that it refuses, of streams and of deliveries, for Prometheus. */
import type { RequestHandler, Response } from 'express';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { isWatch } from './is-watch.js';
import type { LoopLag } from './loop-lag.js';

/** Which limit turned a request away, or a connection. */
export const edgeLimits = ['rate', 'places', 'lag', 'bytes', 'connections'] as const;
export type EdgeLimit = (typeof edgeLimits)[number];

export const deliveryOutcomes = ['accepted', 'duplicate', 'ignored', 'refused', 'failed'] as const;
type DeliveryOutcome = (typeof deliveryOutcomes)[number];

export const statusClasses = ['2xx', '3xx', '4xx', '5xx', 'cut'] as const;

const edgesS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface ApiMetrics {
  readonly registry: Registry;
  /** Before anything else that answers. */
  readonly countRequests: RequestHandler;
  refused(limit: EdgeLimit): void;
  /** Until its response closes. */
  streams(response: Response): void;
  delivered(outcome: DeliveryOutcome): void;
}

/** Told of everybody whom a limit turns away. */
export type Refusals = Pick<ApiMetrics, 'refused'>;

/** Labels are closed lists: routes as they are written, never paths, names, tokens or addresses. */
export function createApiMetrics(lag: LoopLag): ApiMetrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'sluice_api_requests_total',
    help: 'Requests that were answered, by route and class of status; cut: the caller left before',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'sluice_api_request_duration_seconds',
    help: 'From a request until its answer; without streams and long polls, which take as long as they want',
    labelNames: ['route'],
    buckets: edgesS,
    registers,
  });
  const inFlight = new Gauge({
    name: 'sluice_api_requests_in_flight',
    help: 'Requests under way, with streams and long polls',
    registers,
  });
  const refusals = new Counter({
    name: 'sluice_api_refusals_total',
    help: 'Requests and connections that a limit turned away',
    labelNames: ['limit'],
    registers,
  });
  const open = new Gauge({
    name: 'sluice_api_streams_open',
    help: 'Streams of server-sent events that are read',
    registers,
  });
  const deliveries = new Counter({
    name: 'sluice_api_webhook_deliveries_total',
    help: 'Deliveries of webhooks by what became of them',
    labelNames: ['outcome'],
    registers,
  });
  new Gauge({
    name: 'sluice_api_loop_lag_seconds',
    help: 'By how much the process is late on average',
    registers,
    collect() {
      this.set(lag() / 1000);
    },
  });
  // What begins at 0 shows its first event as an increase.
  for (const limit of edgeLimits) refusals.inc({ limit }, 0);
  for (const outcome of deliveryOutcomes) deliveries.inc({ outcome }, 0);
  return {
    registry,
    countRequests(request, response, next) {
      inFlight.inc();
      const startedMs = performance.now();
      const waits = isWatch(request);
      response.once('close', () => {
        inFlight.dec();
        const route = routeOf(request.route);
        const status = response.writableFinished
          ? `${Math.floor(response.statusCode / 100)}xx`
          : 'cut';
        // A method is what the caller writes there; those that no route takes are one.
        const method = route === 'none' ? 'any' : request.method;
        requests.inc({ method, route, status });
        if (!waits) durations.observe({ route }, (performance.now() - startedMs) / 1000);
      });
      next();
    },
    refused: (limit) => refusals.inc({ limit }),
    streams(response) {
      open.inc();
      response.once('close', () => open.dec());
    },
    delivered: (outcome) => deliveries.inc({ outcome }),
  };
}

/** Parameters unfilled. */
function routeOf(route: unknown): string {
  const { path } = (route ?? {}) as { readonly path?: unknown };
  return typeof path === 'string' ? path : 'none';
}

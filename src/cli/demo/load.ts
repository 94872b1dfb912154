/** Steady load on targets: so many requests per second over kept connections, whatever the answers. */
import { Agent, get } from 'node:http';
import type { Answer } from './observations.js';

export interface Load {
  /** Begins at a target, or leaves it as it is when it runs already. */
  aim(environment: string, url: string, perSecond: number): void;
  /** Requests sent from now on belong to this release. */
  during(version: string): void;
  /** Sends nothing more; resolves when every request has its answer. */
  stop(): Promise<void>;
}

/** Longer than the proxy's own limit, so that it is the proxy who answers. */
const timeoutMs = 15_000;
const tickMs = 20;

export function startLoad(record: (answer: Answer) => void): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: 500 });
  const inFlight = new Set<Promise<void>>();
  const timers = new Map<string, NodeJS.Timeout>();
  let release: string | null = null;

  const send = (environment: string, url: string) => {
    const during = release;
    const sentAtMs = performance.now();
    const done = new Promise<void>((resolve) => {
      const finish = (revision: string | null, failed: boolean) => {
        const latencyMs = performance.now() - sentAtMs;
        record({ environment, during, revision, failed, latencyMs, answeredAtMs: Date.now() });
        resolve();
      };
      const request = get(url, { agent, timeout: timeoutMs }, (response) => {
        const revision = String(response.headers['x-sluice-revision'] ?? '') || null;
        response.resume();
        response.on('end', () => finish(revision, (response.statusCode ?? 500) >= 500));
        response.on('error', () => finish(revision, true));
      });
      request.on('timeout', () => request.destroy());
      request.on('error', () => finish(null, true));
    });
    inFlight.add(done);
    void done.then(() => inFlight.delete(done));
  };

  return {
    aim(environment, url, perSecond) {
      if (timers.has(environment)) return;
      // Open loop: what is due is sent, so that a slow answer never slows the load.
      const startedAtMs = performance.now();
      let sent = 0;
      const timer = setInterval(() => {
        const due = Math.floor(((performance.now() - startedAtMs) / 1000) * perSecond);
        for (; sent < due; sent += 1) send(environment, url);
      }, tickMs);
      timers.set(environment, timer);
    },
    during: (version) => {
      release = version;
    },
    async stop() {
      for (const timer of timers.values()) clearInterval(timer);
      await Promise.all(inFlight);
      agent.destroy();
    },
  };
}

/** Clients of the API: so many at once, each with its next request as soon as the last is answered. */
import { setTimeout as sleep } from 'node:timers/promises';
import { digest, version } from './pipelines.js';

/** Milliseconds at a share of them, all of them sorted first. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN) * 10) / 10;
}

async function post(url: string, path: string, owner: string, body: object): Promise<void> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${owner}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
}

export const release = (url: string, service: string): Promise<void> =>
  post(url, '/v1/releases', 'ci', { service, version, digest, reason: 'benchmark' });

export const approve = (url: string, service: string): Promise<void> =>
  post(url, `/v1/releases/${service}/${version}/approve`, 'lead', {
    ...{ environment: 'production', reason: 'benchmark' },
  });

export async function phaseOf(url: string, service: string): Promise<string> {
  const response = await fetch(`${url}/v1/releases/${service}/${version}`, {
    headers: { authorization: 'Bearer ci' },
  });
  const { phase } = (await response.json()) as { phase: string };
  return phase;
}

/** What each of `count` took, milliseconds, and all together, seconds. */
export async function atOnce(count: number, clients: number, act: (n: number) => Promise<void>) {
  const tookMs: number[] = [];
  let next = 0;
  const startedAtMs = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (next < count) {
        const n = next;
        next += 1;
        const fromMs = performance.now();
        await act(n);
        tookMs.push(performance.now() - fromMs);
      }
    }),
  );
  return { tookMs, seconds: (performance.now() - startedAtMs) / 1000 };
}

/** @throws when it is not so in ten minutes */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const endsAtMs = performance.now() + 600_000;
  while (!(await isSo())) {
    if (performance.now() > endsAtMs) throw new Error(`${what}: not in ten minutes`);
    await sleep(250);
  }
}

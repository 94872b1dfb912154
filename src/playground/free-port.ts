/** Finds ports that nobody listens on, outside the range from which systems take ports for outgoing connections. */
import { createServer } from 'node:net';

const lowest = 20_000;
const count = 12_000;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
      probe.close(() => resolve(true)),
    );
  });
}

/** @param taken ports promised to somebody who does not listen yet. @param from first port to try; random without it */
export async function findFreePort(taken: ReadonlySet<number>, from?: number): Promise<number> {
  const start = from ?? lowest + Math.floor(Math.random() * count);
  for (let step = 0; step < count; step += 1) {
    const port = from === undefined ? lowest + ((start - lowest + step) % count) : start + step;
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new Error(`no free port from ${start} on`);
}

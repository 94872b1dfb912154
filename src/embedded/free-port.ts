/** Finds TCP ports of this machine that nobody uses. */
import { createServer } from 'node:net';
import { Failure } from '../domain/failures.js';

/** A port one would like to have, and whether another may be taken when it is in use. */
export interface PortWish {
  readonly port: number;
  readonly strict: boolean;
}

const address = '127.0.0.1';

/** Resolves to the port that could be opened, or null when it is in use. 0 opens any free one. */
function tryOpen(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.unref();
    server.once('error', () => resolve(null));
    server.listen({ port, host: address, exclusive: true }, () => {
      const opened = server.address();
      server.close(() => resolve(typeof opened === 'object' ? (opened?.port ?? null) : null));
    });
  });
}

/**
 * One port for each wish, all different. A wish of null takes any.
 * @throws Conflict when a strict wish is in use
 */
export async function choosePorts<Name extends string>(
  wishes: Readonly<Record<Name, PortWish | null>>,
): Promise<Readonly<Record<Name, number>>> {
  const chosen: Partial<Record<Name, number>> = {};
  for (const name of Object.keys(wishes) as Name[]) {
    const wish = wishes[name];
    const taken = Object.values(chosen);
    let port = wish !== null && !taken.includes(wish.port) ? await tryOpen(wish.port) : null;
    if (port === null && wish?.strict) {
      throw new Failure('Conflict', `port ${wish.port} is in use`, {
        where: `the port of ${name}`,
        seen: wish.port,
        next: 'name another one, or leave it out to have a free one taken',
      });
    }
    while (port === null || taken.includes(port)) port = await tryOpen(0);
    chosen[name] = port;
  }
  return chosen as Readonly<Record<Name, number>>;
}

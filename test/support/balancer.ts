/** A load balancer in small: passes connections on to whichever replica says that it is ready, and hears late that one is not. One that takes no connection any more is passed over. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Balancer {
  readonly url: string;
  /** Resolves when it is ready and gets connections. */
  add(replicaUrl: string): Promise<void>;
  remove(replicaUrl: string): void;
  close(): void;
}

/** As often as it asks; until then a replica that goes still gets new connections. */
const probeEveryMs = 500;

export async function startBalancer(): Promise<Balancer> {
  const ready = new Map<string, boolean>();
  const open = new Set<Socket>();
  const stopping = new AbortController();
  let turn = 0;

  const keepProbing = async () => {
    while (!stopping.signal.aborted) {
      await Promise.all([...ready.keys()].map(probe));
      await sleep(probeEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const probe = async (replicaUrl: string) => {
    const answer = await fetch(`${replicaUrl}/readyz`).catch(() => null);
    await answer?.body?.cancel();
    if (ready.has(replicaUrl)) ready.set(replicaUrl, answer?.ok === true);
  };
  const server = createServer({ pauseOnConnect: true }, (client) => {
    open.add(client);
    client.on('error', () => client.destroy()).on('close', () => open.delete(client));
    passOn(client);
  });
  const passOn = (client: Socket) => {
    const fit = [...ready].filter(([, isReady]) => isReady).map(([url]) => url);
    turn += 1;
    const replica = fit[turn % Math.max(1, fit.length)];
    if (replica === undefined) return void client.destroy();
    const upstream = connect(Number(new URL(replica).port), '127.0.0.1');
    const refused = () => {
      ready.set(replica, false);
      passOn(client);
    };
    upstream.once('error', refused);
    upstream.once('connect', () => {
      open.add(upstream);
      upstream.off('error', refused).on('error', () => client.destroy());
      upstream.on('close', () => {
        open.delete(upstream);
        client.destroySoon();
      });
      client.on('close', () => upstream.destroySoon());
      client.setNoDelay();
      upstream.setNoDelay();
      client.pipe(upstream).pipe(client);
    });
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  void keepProbing();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async add(replicaUrl) {
      ready.set(replicaUrl, false);
      while (ready.get(replicaUrl) !== true) {
        await probe(replicaUrl);
        await sleep(20);
      }
    },
    remove: (replicaUrl) => void ready.delete(replicaUrl),
    close() {
      stopping.abort();
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

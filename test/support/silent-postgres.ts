/** A PostgreSQL that lets everybody in and then never answers: what a database that hangs looks like to its clients. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface SilentPostgres {
  readonly url: string;
  /** Resolves when somebody has asked something. */
  readonly asked: Promise<void>;
  /** Whether one of them has given up waiting. */
  wasLeft(): boolean;
  stop(): Promise<void>;
}

/** AuthenticationOk and ReadyForQuery, of the protocol's version 3. */
const welcome = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);

export async function startSilentPostgres(): Promise<SilentPostgres> {
  const sockets = new Set<Socket>();
  let left = false;
  let hear = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    hear = resolve;
  });
  const server = createServer((socket) => {
    sockets.add(socket);
    socket
      .on('error', () => undefined)
      .on('close', () => {
        left = true;
      });
    socket.once('data', () => {
      socket.write(welcome);
      socket.on('data', () => hear());
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `postgres://sluice:none@127.0.0.1:${(server.address() as AddressInfo).port}/sluice`,
    asked,
    wasLeft: () => left,
    async stop() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server.close(), 'close');
    },
  };
}

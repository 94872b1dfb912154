/** A real server on this machine that counts who connects, and a spy on every socket this process opens. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';

export interface LocalServer {
  readonly port: number;
  readonly base: string;
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

export async function startServer(listener: RequestListener): Promise<LocalServer> {
  let connections = 0;
  const server = createServer(listener);
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    base: `http://127.0.0.1:${port}`,
    connections: () => connections,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers `/status/<n>` with that status. */
export const answerStatus: RequestListener = (request, response) => {
  const status = Number(/^\/status\/(\d+)$/.exec(request.url ?? '')?.[1] ?? 404);
  request.resume().on('end', () => response.writeHead(status).end('body of the answer'));
};

/** Addresses that were tried while the act ran, plain or TLS, whether they answered or not. */
export async function attemptsDuring(act: () => Promise<unknown>): Promise<readonly string[]> {
  const attempts: string[] = [];
  const original = Socket.prototype.connect;
  Socket.prototype.connect = function spied(this: Socket, ...given: unknown[]) {
    this.on('connectionAttempt', (address: string) => attempts.push(address));
    return Reflect.apply(original, this, given);
  } as typeof original;
  try {
    await act();
  } finally {
    Socket.prototype.connect = original;
  }
  return attempts;
}

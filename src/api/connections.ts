/** Who may stay connected: places for so many, given up first by those who ask for nothing or take nothing. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export interface ConnectionLimits {
  readonly most: number;
  /** Requests sent on one connection before the first of them is answered; browsers and our own clients send one. */
  readonly mostAhead: number;
  /** A reader who takes nothing of what is there for him is gone after this. */
  readonly stuckMs: number;
}

export const defaultConnections: ConnectionLimits = {
  most: 2000,
  mostAhead: 8,
  stuckMs: 30_000,
};

/**
 * When there is no place for a newcomer, the connection that has been silent longest makes room, before those between
 * two requests do; one whose request is under way stays. So a flood of connections that say nothing pushes out its own.
 */
export function keepConnections(server: Server, limits: ConnectionLimits): void {
  // The oldest first, each.
  const silent = new Set<Duplex>();
  const between = new Set<Duplex>();
  const asking = new Map<Duplex, Set<ServerResponse>>();

  server.on('connection', (socket: Duplex) => {
    silent.add(socket);
    socket.once('close', () => {
      const cutOff = asking.get(socket) ?? new Set();
      silent.delete(socket);
      between.delete(socket);
      asking.delete(socket);
      // Node tells this to the first of them alone: of those in line behind it nobody would ever hear again.
      setImmediate(() => {
        for (const response of cutOff) response.emit('close');
      });
    });
    if (silent.size + between.size + asking.size <= limits.most) return;
    const [oldest] = silent.size > 1 ? silent : [...between, socket];
    oldest?.destroy();
  });

  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const ahead = asking.get(socket) ?? new Set();
    silent.delete(socket);
    between.delete(socket);
    asking.set(socket, ahead.add(response));
    response.once('close', () => {
      ahead.delete(response);
      if (ahead.size > 0 || !asking.delete(socket)) return;
      if (!socket.destroyed) between.add(socket);
    });
    if (ahead.size > limits.mostAhead) socket.destroy();
  });

  server.timeout = limits.stuckMs;
  // Also called when a connection between two requests has been kept for long enough.
  server.on('timeout', (socket: Duplex) => {
    if (!asking.has(socket) || socket.writableLength > 0) socket.destroy();
  });
}

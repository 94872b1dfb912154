/** Who may stay connected: places for so many, given up first by those who ask for nothing or take nothing. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  readonly most: number;
  /** Requests sent on one connection before the first of them is answered; browsers and our own clients send one. */
  readonly mostAhead: number;
  /** A reader who takes nothing of what is there for him is gone after this. */
  readonly stuckMs: number;
}

export const defaultConnections: ConnectionLimits = {
  most: 4000,
  mostAhead: 8,
  stuckMs: 30_000,
};

/**
 * When there is no place for a newcomer, the connection that has been silent longest makes room, before those between
 * two requests do; one whose request is under way stays. So a flood of connections that say nothing pushes out its own.
 */
export function keepConnections(server: Server, limits: ConnectionLimits): void {
  // The oldest first, each.
  const silent = new Set<Socket>();
  const between = new Set<Socket>();
  const asking = new Map<Socket, number>();

  server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => {
      silent.delete(socket);
      between.delete(socket);
      asking.delete(socket);
    });
    if (silent.size + between.size + asking.size <= limits.most) return;
    const [oldest] = silent.size > 1 ? silent : [...between, socket];
    oldest?.destroy();
  });

  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const ahead = (asking.get(socket) ?? 0) + 1;
    silent.delete(socket);
    between.delete(socket);
    asking.set(socket, ahead);
    if (ahead > limits.mostAhead) return void socket.destroy();
    response.once('close', () => {
      const left = (asking.get(socket) ?? 1) - 1;
      if (left > 0) return void asking.set(socket, left);
      asking.delete(socket);
      if (!socket.destroyed) between.add(socket);
    });
  });

  server.timeout = limits.stuckMs;
  // Also called when a connection between two requests has been kept for long enough.
  server.on('timeout', (socket: Socket) => {
    if (!asking.has(socket) || socket.writableLength > 0) socket.destroy();
  });
}

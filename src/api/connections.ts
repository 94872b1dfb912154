/** Who may stay connected: places for so many, given up first by those who ask for nothing or take nothing. */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
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

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * When there is no place for a newcomer, the connection that has been silent longest makes room, before those between
 * two requests do; one whose request is under way stays. So a flood of connections that say nothing pushes out its own.
 * Requests in line on one connection are answered one after the other: those behind cost little until it is their turn.
 */
export function keepConnections(
  server: Server,
  limits: ConnectionLimits,
  answer: RequestListener,
  refused: () => void = () => {},
): void {
  // The oldest first, each.
  const silent = new Set<Duplex>();
  const between = new Set<Duplex>();
  const asking = new Map<Duplex, Exchange[]>();

  server.on('connection', (socket: Duplex) => {
    silent.add(socket);
    socket.once('close', () => {
      const cutOff = asking.get(socket) ?? [];
      silent.delete(socket);
      between.delete(socket);
      asking.delete(socket);
      // Node tells this to the first of them alone: of those in line behind it nobody would ever hear again.
      setImmediate(() => {
        for (const { response } of cutOff.slice(1)) response.emit('close');
      });
    });
    if (silent.size + between.size + asking.size <= limits.most) return;
    const [oldest] = silent.size > 1 ? silent : [...between, socket];
    refused();
    oldest?.destroy();
  });

  function answerFirst(socket: Duplex, line: Exchange[]): void {
    const [first] = line;
    if (first === undefined) {
      asking.delete(socket);
      between.add(socket);
      return;
    }
    first.response.once('close', () => {
      if (socket.destroyed) return;
      line.shift();
      answerFirst(socket, line);
    });
    answer(first.request, first.response);
  }

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    if (socket.destroyed) return;
    const line = asking.get(socket) ?? [];
    line.push({ request, response });
    if (line.length > limits.mostAhead) {
      refused();
      return void socket.destroy();
    }
    if (line.length > 1) return;
    silent.delete(socket);
    between.delete(socket);
    asking.set(socket, line);
    answerFirst(socket, line);
  });

  server.timeout = limits.stuckMs;
  // Also called when a connection between two requests has been kept for long enough.
  server.on('timeout', (socket: Duplex) => {
    if (!asking.has(socket) || socket.writableLength > 0) socket.destroy();
  });
}

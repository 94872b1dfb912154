/** Ends a server without cutting anybody off: it answers on for a while, saying that it goes, and then closes what is idle. */
import type { Server, ServerResponse } from 'node:http';
import type { PortionedSocket } from './portioned-socket.js';

export interface DrainTime {
  /** So long it takes new connections and requests, for those who have not heard yet that it goes. */
  readonly lingerMs: number;
  /** After this, of which the linger is a part, whatever is left is cut off. */
  readonly drainMs: number;
}

const sweepEveryMs = 50;
/** A connection that has said nothing for so long after the last was taken, such as a browser opens in advance, is left. */
const silentMs = 500;

/** To be asked for when the server is made; the function resolves when the last connection is closed. */
export function prepareDrain(server: Server): (time: DrainTime) => Promise<void> {
  const answering = new Set<ServerResponse>();
  const sockets = new Set<PortionedSocket>();
  let isLeaving = false;
  server.on('connection', (socket: PortionedSocket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // Before whoever answers: a header is too late once the first bytes are out.
  server.prependListener('request', (_request, response: ServerResponse) => {
    answering.add(response);
    response.once('close', () => answering.delete(response));
    if (isLeaving) response.setHeader('Connection', 'close');
  });

  return async ({ lingerMs, drainMs }) => {
    isLeaving = true;
    const end = setTimeout(() => server.closeAllConnections(), drainMs);
    // Whose connection is kept sends the next request on it, and that would meet nobody.
    for (const response of answering) {
      if (!response.headersSent) response.setHeader('Connection', 'close');
    }
    await new Promise((resolve) => setTimeout(resolve, lingerMs));
    const closedAtMs = performance.now();
    // Node closes what is idle once, but not what becomes idle later.
    const sweep = setInterval(() => {
      server.closeIdleConnections();
      if (performance.now() - closedAtMs < silentMs) return;
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    }, sweepEveryMs);
    await new Promise<void>((resolve) => server.close(() => resolve()));
    clearTimeout(end);
    clearInterval(sweep);
  };
}

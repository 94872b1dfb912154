/** Serves the application with time limits against slow callers, and stops without cutting anybody off. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RequestListener } from 'node:http';
import { type ConnectionLimits, defaultConnections, keepConnections } from './connections.js';
import { Failure } from '../domain/failures.js';
import { type DrainTime, prepareDrain } from './drain.js';
import { portionConnections } from './portioned-socket.js';
import { problemContentType, problemOf } from './problem.js';

const checkEveryMs = 1000;
const headersMs = 10_000;
const defaultRequestMs = 30_000;
/** Longer than balancers keep an idle connection, so that they never write into one that closes. */
const keepAliveMs = 65_000;
const largestHeadersBytes = 16 * 1024;

export interface Serving {
  readonly url: string;
  /** Goes on for a while, then stops accepting and lets answers finish, for at most `drainMs` in all. */
  stop(time: DrainTime): Promise<void>;
}

/** Conflict when the port is taken. */
export async function serve(
  listener: RequestListener,
  {
    host,
    port,
    requestMs = defaultRequestMs,
    connections = defaultConnections,
    refused = () => {},
  }: {
    readonly host: string;
    readonly port: number;
    /** Within this a request must be here with its body. */
    readonly requestMs?: number;
    readonly connections?: ConnectionLimits;
    /** Told of every connection that has to make room. */
    readonly refused?: () => void;
  },
): Promise<Serving> {
  const server = createServer({
    headersTimeout: Math.min(headersMs, requestMs),
    requestTimeout: requestMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: checkEveryMs,
    maxHeaderSize: largestHeadersBytes,
  });
  portionConnections(server, Math.min(headersMs, requestMs));
  keepConnections(server, connections, listener, refused);
  answerMalformed(server, requestMs);
  const drain = prepareDrain(server);
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { url: `http://${name}:${address.port}`, stop: drain };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        taken
          ? new Failure('Conflict', `Port ${port} is taken`, {
              where: `${host}:${port}`,
              next: 'choose another: export SLUICE_API_PORT=0 takes a free one',
            })
          : error,
      );
    });
    server.listen(port, host, resolve);
  });
}

/** What is not even HTTP, or too slow to be: a problem written by hand, because no request exists. */
function answerMalformed(server: Server, requestMs: number): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
    const { failure, status } = malformed(error.code, requestMs);
    const problem = { ...problemOf(failure), status: Number(status.slice(0, 3)) };
    const body = JSON.stringify(problem);
    socket.end(
      `HTTP/1.1 ${status}\r\nContent-Type: ${problemContentType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  });
}

function malformed(
  code: string | undefined,
  requestMs: number,
): { failure: Failure; status: string } {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW': {
      const failure = new Failure('PayloadTooLarge', 'The headers are too large', {
        limit: `${largestHeadersBytes} bytes`,
      });
      return { failure, status: '431 Request Header Fields Too Large' };
    }
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW': {
      const failure = new Failure('PayloadTooLarge', 'The pieces of the body say too much');
      return { failure, status: '413 Payload Too Large' };
    }
    case 'ERR_HTTP_REQUEST_TIMEOUT': {
      const failure = new Failure('DeadlineExceeded', 'The request came too slowly', {
        limit: `${headersMs} ms for the headers, ${requestMs} ms for all of it`,
      });
      return { failure, status: '408 Request Timeout' };
    }
    default:
      return {
        failure: new Failure('InvalidInput', 'This is not HTTP'),
        status: '400 Bad Request',
      };
  }
}

/** An address of its own for Prometheus: the metrics of this process, and whether it is ready, and nothing else. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from '../domain/failures.js';

const metricsPath = '/metrics';
const readyPath = '/readyz';

export interface Scraped {
  /** In the text format of Prometheus. */
  readonly text: string;
  readonly contentType: string;
}

export interface ScrapedProcess {
  readonly read: () => Promise<Scraped>;
  /** Whether it does its work; half a word for people. */
  readonly readiness: () => { readonly isReady: boolean; readonly said: string };
  /** The variable that named the address. */
  readonly variable: string;
}

export interface ServedMetrics {
  readonly url: string;
  stop(): Promise<void>;
}

/** Conflict when the port is taken. */
export async function listenForScrapes(
  { host, port }: { readonly host: string; readonly port: number },
  { read, readiness, variable }: ScrapedProcess,
): Promise<ServedMetrics> {
  const server = createServer((request, response) => {
    const asked = request.url?.split('?')[0];
    if (asked !== metricsPath && asked !== readyPath)
      return say(response, 404, `only ${metricsPath} and ${readyPath} are here\n`);
    if (request.method !== 'GET') return say(response, 405, `only GET ${asked}\n`);
    if (asked === readyPath) {
      const { isReady, said } = readiness();
      return say(response, isReady ? 200 : 503, `${said}\n`);
    }
    read().then(
      ({ text, contentType }) => say(response, 200, text, contentType),
      (error: unknown) => say(response, 500, `${String(error)}\n`),
    );
  });
  // A process that failed must end, whoever may still want to look at it.
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const next = 'name another address of this machine, or port 0 for a free one';
      reject(
        new Failure('Conflict', `the metrics cannot listen: ${error.code}`, {
          ...{ where: variable, next, seen: `${host}:${port}` },
        }),
      );
    });
    server.listen(port, host, resolve);
  });
  const { address, family, port: taken } = server.address() as AddressInfo;
  const name = family === 'IPv6' ? `[${address}]` : address;
  return {
    url: `http://${name}:${taken}${metricsPath}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function say(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response.writeHead(status, { 'Content-Type': type }).end(text);
}

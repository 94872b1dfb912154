/** Stands before the gateway's metrics and can be shut: connections are refused, or taken and never answered. */
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';

export type DoorState = 'open' | 'refusing' | 'silent';

export interface MetricsDoor {
  readonly url: string;
  set(state: DoorState): void;
  close(): void;
}

export async function startMetricsDoor(metricsUrl: string): Promise<MetricsDoor> {
  let state: DoorState = 'open';
  const server = createServer((asked, answer) => {
    if (state === 'refusing') asked.socket.destroy();
    if (state !== 'open') return;
    get(metricsUrl, (found) => {
      answer.writeHead(found.statusCode ?? 502, found.headers);
      found.pipe(answer);
    }).on('error', () => answer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/metrics`,
    set(next) {
      state = next;
      if (state !== 'open') server.closeAllConnections();
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

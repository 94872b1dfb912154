/** The endpoint that the API server reads a container's log from, as a kubelet serves it. */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { RunningPod } from './pod.js';

export interface LogServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string };
  find(namespace: string, name: string): RunningPod | undefined;
}

/** Answers `/containerLogs/<namespace>/<pod>/<container>` with `tailLines` and `previous`; it does not follow. */
export async function serveLogs({ host, port, tls, find }: LogServerOptions): Promise<void> {
  const server = createServer(tls, (request, response) => {
    const url = new URL(request.url ?? '/', 'https://kubelet');
    const [, kind, namespace = '', name = '', container = ''] = url.pathname.split('/');
    const pod = kind === 'containerLogs' ? find(namespace, name) : undefined;
    const status = pod?.containers.find(({ spec }) => spec.name === container)?.status();
    if (pod === undefined || status === undefined) {
      response.writeHead(404).end('no such container');
      return;
    }
    const run = status.restartCount - (url.searchParams.get('previous') === 'true' ? 1 : 0);
    const file = pod.logFile(container, run);
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [''];
    const tail = url.searchParams.get('tailLines');
    // The text ends with a line break, so its last piece is empty and no line.
    const kept = tail === null ? lines : lines.slice(Math.max(0, lines.length - 1 - Number(tail)));
    response.writeHead(200, { 'content-type': 'text/plain' }).end(kept.join('\n'));
  });
  server.listen(port, host);
  await once(server, 'listening');
}

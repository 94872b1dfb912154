/** Probes of a container: HTTP, TCP or a command, at their period, until their thresholds are met. */
import { execFile } from 'node:child_process';
import { get } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Container, V1Probe } from '@kubernetes/client-node';

export interface ProbeTarget {
  readonly container: V1Container;
  readonly podIp: string;
  readonly env: Record<string, string>;
}

/**
 * Probes until the signal says to stop. `told` hears a result once its threshold is met, and again
 * only when it changes; the message of a failure is the kubelet's.
 */
export async function runProbe(
  probe: V1Probe,
  target: ProbeTarget,
  signal: AbortSignal,
  told: (succeeded: boolean, message: string) => void,
): Promise<void> {
  const periodMs = (probe.periodSeconds ?? 10) * 1000;
  let last: boolean | null = null;
  let sameInARow = 0;
  let before: boolean | null = null;
  const wait = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);
  await wait((probe.initialDelaySeconds ?? 0) * 1000);
  while (!signal.aborted) {
    const startedAtMs = Date.now();
    const fault = await probeOnce(probe, target);
    if (signal.aborted) return;
    const succeeded = fault === null;
    sameInARow = succeeded === before ? sameInARow + 1 : 1;
    before = succeeded;
    const threshold = succeeded ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
    if (sameInARow >= threshold && last !== succeeded) {
      last = succeeded;
      told(succeeded, fault ?? '');
    }
    await wait(Math.max(0, periodMs - (Date.now() - startedAtMs)));
  }
}

/** @returns what went wrong; null when the container is well */
async function probeOnce(probe: V1Probe, target: ProbeTarget): Promise<string | null> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  const { httpGet, tcpSocket, exec } = probe;
  if (httpGet) {
    const port = portOf(target.container, httpGet.port);
    return await overHttp(target.podIp, port, httpGet.path ?? '/', timeoutMs);
  }
  if (tcpSocket) {
    return await overTcp(target.podIp, portOf(target.container, tcpSocket.port), timeoutMs);
  }
  if (exec) return await byCommand(exec.command ?? [], target.env, timeoutMs);
  return null;
}

function portOf(container: V1Container, port: number | string): number {
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  return named ?? Number(port);
}

function overHttp(host: string, port: number, path: string, timeoutMs: number) {
  return new Promise<string | null>((resolve) => {
    const request = get({ host, port, path, agent: false, timeout: timeoutMs }, (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      resolve(status < 400 ? null : `HTTP probe failed with statuscode: ${status}`);
    });
    request.on('timeout', () => request.destroy(new Error('context deadline exceeded')));
    request.on('error', (error) => {
      resolve(`Get "http://${host}:${port}${path}": ${error.message}`);
    });
  });
}

function overTcp(host: string, port: number, timeoutMs: number) {
  return new Promise<string | null>((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (fault: string | null) => {
      socket.destroy();
      resolve(fault);
    };
    socket.on('connect', () => end(null));
    socket.on('timeout', () => end('i/o timeout'));
    socket.on('error', (error) => end(error.message));
  });
}

function byCommand(command: readonly string[], env: Record<string, string>, timeoutMs: number) {
  const [file = '', ...args] = command;
  return new Promise<string | null>((resolve) => {
    execFile(file, args, { env, timeout: timeoutMs }, (error) => resolve(error?.message ?? null));
  });
}

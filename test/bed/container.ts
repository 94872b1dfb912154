/** One container of a pod as a local process: started, restarted with growing pauses, and reported as a kubelet does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants } from 'node:os';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import type { V1Container, V1ContainerState, V1ContainerStatus } from '@kubernetes/client-node';
import type { Images } from './images.js';
import { MissingReference } from './environment.js';
import { type ProbeTarget, runProbe } from './probe.js';

const podAddress = pathToFileURL(join(import.meta.dirname, 'pod-address.mjs')).href;

/** A kubelet's pauses are 10 s to 5 min; tests wait for the same states a tenth as long. */
const firstBackOffMs = 1000;
const longestBackOffMs = 30_000;

export interface ContainerContext {
  readonly spec: V1Container;
  readonly podIp: string;
  readonly restartPolicy: string;
  readonly images: Images;
  /** Of the n-th run, counted from 0. */
  logFile(run: number): string;
  environment(): Promise<Record<string, string>>;
  changed(): void;
  event(type: 'Normal' | 'Warning', reason: string, message: string): void;
}

export interface RunningContainer {
  readonly spec: V1Container;
  status(): V1ContainerStatus;
  /** The whole process group of the container; false when none runs. */
  signal(signal: NodeJS.Signals): boolean;
  /** Runs preStop, then SIGTERM, then SIGKILL when the grace is over; resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
}

export function startContainer(context: ContainerContext): RunningContainer {
  const { spec, podIp, images, changed, event } = context;
  const stopping = new AbortController();
  let child: ChildProcess | null = null;
  let env: Record<string, string> = {};
  let imageId = '';
  let ready = false;
  let restarts = 0;
  let state: V1ContainerState = { waiting: { reason: 'ContainerCreating' } };
  let lastState: V1ContainerState = {};

  const set = (next: V1ContainerState) => {
    state = next;
    changed();
  };

  /** Waits before another attempt; false once the pod is ending. */
  async function pause(ms: number): Promise<boolean> {
    await sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
    return !stopping.signal.aborted;
  }

  async function run(): Promise<void> {
    let faults = 0;
    do {
      const command = await prepare();
      if (command === null) {
        faults += 1;
        continue;
      }
      faults = 0;
      const exit = await live(command);
      if (stopping.signal.aborted || !isRestarted(exit)) return;
      lastState = state;
      const pauseMs =
        restarts === 0 ? 0 : Math.min(firstBackOffMs * 2 ** (restarts - 1), longestBackOffMs);
      restarts += 1;
      if (pauseMs > 0) {
        const message = `back-off ${pauseMs / 1000}s restarting failed container=${spec.name}`;
        event('Warning', 'BackOff', message);
        set({ waiting: { reason: 'CrashLoopBackOff', message } });
      }
      if (!(await pause(pauseMs))) return;
    } while (await pause(faults === 0 ? 0 : Math.min(500 * 2 ** faults, longestBackOffMs)));
  }

  /** @returns what to start; null when something it needs is missing, as the state then tells */
  async function prepare(): Promise<{
    readonly argv: readonly string[];
    readonly directory: string;
  } | null> {
    const image = images.find(spec.image ?? '');
    if (image.kind === 'missing') {
      const again = state.waiting?.reason === 'ErrImagePull';
      event('Warning', 'Failed', image.message);
      const message = again ? `Back-off pulling image "${spec.image}"` : image.message;
      set({ waiting: { reason: again ? 'ImagePullBackOff' : 'ErrImagePull', message } });
      return null;
    }
    imageId = image.id;
    try {
      env = { ...imageEnvironment(), ...(await context.environment()) };
    } catch (error) {
      if (!(error instanceof MissingReference)) event('Warning', 'Failed', String(error));
      const { message } = error as Error;
      set({ waiting: { reason: 'CreateContainerConfigError', message } });
      return null;
    }
    const argv = [...(spec.command ?? image.command), ...(spec.args ?? [])];
    if (argv.length > 0) return { argv, directory: image.directory };
    set({ waiting: { reason: 'RunContainerError', message: 'no command specified' } });
    return null;
  }

  function imageEnvironment(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOSTNAME: podIp,
      PORT: String(spec.ports?.[0]?.containerPort ?? 8080),
      POD_IP: podIp,
      NODE_OPTIONS: `--import=${podAddress}`,
    };
  }

  async function live(command: { readonly argv: readonly string[]; readonly directory: string }) {
    const [file = '', ...args] = command.argv;
    const logFile = context.logFile(restarts);
    const log = openSync(logFile, 'a');
    const startedAt = new Date();
    // A process group of its own, so that what a shell starts ends with it.
    const started = spawn(file, args, {
      ...{ cwd: spec.workingDir ?? command.directory, env },
      ...{ detached: true, stdio: ['ignore', log, log] as const },
    });
    closeSync(log);
    child = started;
    const ended = new AbortController();
    const exited = new Promise<{ exitCode: number; signal: number }>((resolve) => {
      started.once('error', (error) => {
        event('Warning', 'Failed', error.message);
        resolve({ exitCode: 128, signal: 0 });
      });
      started.once('exit', (code, name) => {
        const signal = name === null ? 0 : constants.signals[name];
        resolve({ exitCode: code ?? 128 + signal, signal });
      });
    });
    ready = spec.readinessProbe === undefined && spec.startupProbe === undefined;
    event('Normal', 'Started', `Started container ${spec.name}`);
    set({ running: { startedAt } });
    void watchHealth({ container: spec, podIp, env }, started, ended.signal);
    const { exitCode, signal } = await exited;
    ended.abort();
    child = null;
    ready = false;
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    const message = terminationMessage(logFile, exitCode);
    set({
      terminated: {
        ...{ exitCode, reason, startedAt, finishedAt: new Date() },
        ...(signal === 0 ? {} : { signal }),
        ...(message === '' ? {} : { message }),
      },
    });
    return exitCode;
  }

  async function watchHealth(target: ProbeTarget, process: ChildProcess, signal: AbortSignal) {
    const fail = (kind: string, message: string) =>
      event('Warning', 'Unhealthy', `${kind} probe failed: ${message}`);
    const { startupProbe, readinessProbe, livenessProbe } = spec;
    const kill = (kind: string) => (succeeded: boolean, message: string) => {
      if (succeeded) return;
      fail(kind, message);
      killGroup(process, 'SIGTERM');
    };
    if (startupProbe) {
      const started = new AbortController();
      const either = AbortSignal.any([signal, started.signal]);
      await runProbe(startupProbe, target, either, (succeeded, message) => {
        if (succeeded) started.abort();
        else kill('Startup')(succeeded, message);
      });
      if (signal.aborted) return;
      ready = readinessProbe === undefined;
      changed();
    }
    if (livenessProbe) void runProbe(livenessProbe, target, signal, kill('Liveness'));
    if (readinessProbe === undefined) return;
    await runProbe(readinessProbe, target, signal, (succeeded, message) => {
      if (!succeeded) fail('Readiness', message);
      if (ready === succeeded) return;
      ready = succeeded;
      changed();
    });
  }

  function isRestarted(exitCode: number): boolean {
    if (context.restartPolicy === 'Never') return false;
    return context.restartPolicy === 'Always' || exitCode !== 0;
  }

  function terminationMessage(logFile: string, exitCode: number): string {
    if (spec.terminationMessagePolicy !== 'FallbackToLogsOnError' || exitCode === 0) return '';
    return readFileSync(logFile, 'utf8').slice(-2048);
  }

  const finished = run();
  return {
    spec,
    status: () => ({
      ...{ name: spec.name, image: spec.image ?? '', imageID: imageId, ready, state, lastState },
      ...{ restartCount: restarts, started: state.running !== undefined },
    }),
    signal: (signal) => child !== null && killGroup(child, signal),
    async stop(graceMs) {
      stopping.abort();
      const untilMs = Date.now() + graceMs;
      const preStopMs = (spec.lifecycle?.preStop?.sleep?.seconds ?? 0) * 1000;
      if (child !== null && preStopMs > 0) {
        await Promise.race([finished, sleep(Math.min(preStopMs, graceMs))]);
      }
      if (child !== null) killGroup(child, 'SIGTERM');
      const timer = setTimeout(
        () => child !== null && killGroup(child, 'SIGKILL'),
        Math.max(0, untilMs - Date.now()),
      );
      await finished;
      clearTimeout(timer);
    },
  };
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): boolean {
  if (child.pid === undefined) return false;
  try {
    return process.kill(-child.pid, signal);
  } catch {
    return false;
  }
}

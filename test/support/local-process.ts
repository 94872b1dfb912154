/** One process of a stack under test: started as the embedded stack starts it, killed and started again at will. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Guard } from '../../src/embedded/guard.js';
import type { ProcessSpec, ReadyLine } from '../../src/embedded/supervised-process.js';

export interface LocalProcess {
  pid(): number;
  isRunning(): boolean;
  /** Resolves when it is ready. */
  start(): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, then SIGKILL when it takes too long. The exit code; null when it was killed or did not run. */
  stop(): Promise<number | null>;
  /** Everything it has written to stderr. */
  log(): string;
}

/** The guard ends it when the test's own process dies. */
export function createLocalProcess(spec: ProcessSpec, guard: Guard): LocalProcess {
  let child: ChildProcess | null = null;
  let exited: Promise<number | null> = Promise.resolve(null);
  const isRunning = () => child !== null && child.exitCode === null && child.signalCode === null;
  const log = () => readFileSync(spec.logFile, 'utf8');

  return {
    ...{ log, isRunning },
    pid: () => child?.pid ?? 0,
    async start() {
      const [program = '', ...args] = spec.command;
      const logFile = openSync(spec.logFile, 'a', 0o600);
      const started = spawn(program, args, {
        env: spec.env,
        stdio: ['ignore', 'pipe', logFile],
        detached: true,
      });
      closeSync(logFile);
      child = started;
      const pid = started.pid as number;
      guard.tell({ watch: pid });
      exited = once(started, 'exit').then(([code]) => {
        guard.tell({ forget: pid });
        return code as number | null;
      });
      const signal = AbortSignal.timeout(spec.readyWithinMs);
      const ready = spec.isReady(readyLine(started), signal).then(() => true);
      try {
        if (await Promise.race([ready, exited.then(() => false)])) return;
      } catch (error) {
        // Else whoever tries again finds the ports taken, for ever.
        started.kill('SIGKILL');
        await exited;
        throw error;
      }
      throw new Error(`${spec.name} ended before it was ready\n${log().slice(-2000)}`);
    },
    async kill() {
      if (!isRunning()) return;
      child?.kill('SIGKILL');
      await exited;
    },
    async stop() {
      if (!isRunning()) return null;
      child?.kill('SIGTERM');
      const timer = setTimeout(() => child?.kill('SIGKILL'), spec.stopWithinMs);
      const code = await exited;
      clearTimeout(timer);
      return code;
    },
  };
}

/** Never resolves when no such line comes; the pipe is read to its end either way. */
function readyLine(child: ChildProcess): Promise<ReadyLine> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      if (line.startsWith('{"ready":true')) resolve(JSON.parse(line) as ReadyLine);
    });
  });
}

/** A long-running program of the bed: started, waited for until it answers, its output kept in a file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Daemon {
  readonly name: string;
  readonly logFile: string;
  /** @throws when it ends, or does not answer in time; the message carries the end of its log */
  start(): Promise<void>;
  /** Resolves when the process is gone; `SIGSTOP` and `SIGCONT` only pause and resume it. */
  signal(signal: NodeJS.Signals): Promise<void>;
}

export interface DaemonSpec {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly withinMs: number;
  isReady(): Promise<boolean>;
}

export function createDaemon(spec: DaemonSpec): Daemon {
  const logFile = join(spec.folder, `${spec.name}.log`);
  let child: ChildProcess | null = null;
  return {
    name: spec.name,
    logFile,
    async start() {
      const log = openSync(logFile, 'a');
      const started = spawn(spec.program, spec.args, {
        cwd: spec.folder,
        stdio: ['ignore', log, log],
      });
      closeSync(log);
      child = started;
      let fault: string | null = null;
      started.once('error', (error) => {
        fault = error.message;
      });
      for (const untilMs = Date.now() + spec.withinMs; Date.now() < untilMs; await sleep(50)) {
        if (started.exitCode !== null) fault = `ended with ${started.exitCode}`;
        if (started.signalCode !== null) fault = `ended by ${started.signalCode}`;
        if (fault !== null) throw new Error(`${spec.name} ${fault}\n${lastLines(logFile)}`);
        if (await spec.isReady().catch(() => false)) return;
      }
      throw new Error(`${spec.name} not ready in ${spec.withinMs} ms\n${lastLines(logFile)}`);
    },
    async signal(signal) {
      const running = child;
      if (running === null || running.exitCode !== null || running.signalCode !== null) return;
      const pausing = signal === 'SIGSTOP' || signal === 'SIGCONT';
      const exited = pausing ? null : once(running, 'exit');
      running.kill(signal);
      await exited;
    },
  };
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-15).join('\n');
}

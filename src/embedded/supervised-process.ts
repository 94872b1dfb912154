/** A child process that is started again when it dies, speaks its first words as JSON, and ends in order. */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../domain/failures.js';
import type { Guard } from './guard.js';

export interface ProcessSpec {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Everything it writes is appended here. */
  readonly logFile: string;
  /** Resolves when a started process serves; `line` is its first JSON line with `ready: true`. */
  readonly isReady: (line: Promise<ReadyLine>, signal: AbortSignal) => Promise<unknown>;
  readonly readyWithinMs: number;
  /** SIGTERM gets this long before SIGKILL. */
  readonly stopWithinMs: number;
}

export interface ReadyLine {
  readonly ready: true;
  readonly url?: string;
}

export interface SupervisedProcess {
  readonly name: string;
  pid(): number | null;
  /** Ends it for good. Resolves when it is gone. */
  stop(): Promise<void>;
}

interface Supervision {
  readonly guard: Guard;
  /** One line for people whenever the process ends or comes back. */
  readonly log: (line: string) => void;
  /** Aborted before it is ready: the process is ended again. */
  readonly givenUp: AbortSignal;
}

const firstBackoffMs = 250;
const longestBackoffMs = 10_000;
/** A process that lived this long starts again without delay. */
const soundAfterMs = 30_000;

interface Life {
  readonly child: ChildProcess;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  readonly startedAtMs: number;
}

/**
 * Starts the process and resolves once it is ready; from then on it is kept alive.
 * @throws Unavailable with the last lines of its log when it does not become ready
 */
export async function superviseProcess(
  spec: ProcessSpec,
  { guard, log, givenUp }: Supervision,
): Promise<SupervisedProcess> {
  const stopping = new AbortController();
  let life = await begin(spec, guard, givenUp);
  const keepAlive = async () => {
    let backoffMs = firstBackoffMs;
    for (;;) {
      const how = await life.ended;
      if (stopping.signal.aborted) return;
      if (Date.now() - life.startedAtMs > soundAfterMs) backoffMs = firstBackoffMs;
      log(`${spec.name} ${how}, starting it again in ${backoffMs} ms (${spec.logFile})`);
      await sleep(backoffMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      backoffMs = Math.min(2 * backoffMs, longestBackoffMs);
      life = await begin(spec, guard, stopping.signal).then(
        (next) => {
          log(`${spec.name} is back`);
          return next;
        },
        (error: Error) => ({ ...life, ended: Promise.resolve(`failed: ${error.message}`) }),
      );
    }
  };
  const kept = keepAlive();
  return {
    name: spec.name,
    pid: () => (life.child.exitCode === null ? (life.child.pid ?? null) : null),
    async stop() {
      stopping.abort();
      await end(life, spec.stopWithinMs);
      // One that was just being started again is given up, and ended by that.
      await kept;
    },
  };
}

async function begin(spec: ProcessSpec, guard: Guard, givenUp: AbortSignal): Promise<Life> {
  givenUp.throwIfAborted();
  const life = spawnProcess(spec, guard);
  const deadline = AbortSignal.timeout(spec.readyWithinMs);
  const over = new AbortController();
  const signal = AbortSignal.any([deadline, givenUp, over.signal]);
  const late = new Promise<string>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve(
        deadline.aborted ? `was not ready after ${spec.readyWithinMs / 1000} s` : 'was given up',
      );
    });
  });
  try {
    const line = readyLine(life.child, spec.logFile);
    const ready = spec.isReady(line, signal).then(() => null);
    const how = await Promise.race([ready, life.ended, late]);
    if (how === null) return life;
    throw new Failure('Unavailable', `${spec.name} ${how}\n${lastLines(spec.logFile)}`, {
      where: spec.logFile,
    });
  } catch (error) {
    await end(life, 1000);
    throw error;
  } finally {
    over.abort();
  }
}

function spawnProcess(spec: ProcessSpec, guard: Guard): Life {
  const [program = '', ...args] = spec.command;
  const logFile = openSync(spec.logFile, 'a', 0o600);
  // Its own group: Ctrl-C in a terminal reaches the supervisor alone, which then stops in order.
  const child = spawn(program, args, {
    env: spec.env,
    stdio: ['ignore', 'pipe', logFile],
    detached: true,
  });
  closeSync(logFile);
  const { pid } = child;
  if (pid !== undefined) guard.tell({ watch: pid });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`cannot be started: ${error.message}`));
    child.once('exit', (code, signal) => {
      if (pid !== undefined) guard.tell({ forget: pid });
      resolve(signal === null ? `ended with code ${code}` : `was ended by ${signal}`);
    });
  });
  return { child, ended, startedAtMs: Date.now() };
}

/** Never resolves when no such line comes: the process' end or the deadline decides then. */
function readyLine(child: ChildProcess, logFile: string): Promise<ReadyLine> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      try {
        appendFileSync(logFile, `${line}\n`);
      } catch {
        // A full disk or a removed folder must not end the supervisor.
      }
      if (!line.startsWith('{')) return;
      try {
        const said = JSON.parse(line) as Partial<ReadyLine>;
        if (said.ready === true) resolve(said as ReadyLine);
      } catch {
        // A log line that only looks like JSON.
      }
    });
  });
}

async function end({ child, ended }: Life, withinMs: number): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), withinMs);
  await ended;
  clearTimeout(timer);
}

function lastLines(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
  } catch {
    return '';
  }
}

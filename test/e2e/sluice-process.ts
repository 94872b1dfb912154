/** Runs `sluice` as people do, as a process of its own, and finds whatever it leaves behind. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compiledProgram } from '../support/compiled-program.js';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A temporary folder whose name stands in the environment of everything that is started, down to the services. */
export interface Sandbox {
  readonly folder: string;
  start(...args: string[]): Running;
  /** A program of its own, in a working folder of its own. */
  startIn(cwd: string, program: string, ...args: string[]): Running;
  /** Processes that carry the folder in their environment, as `pid command`; on Linux only. */
  leftovers(): readonly string[];
  /** Fails unless every process is gone in time. */
  assertNothingLeft(withinMs: number): Promise<void>;
  remove(): void;
}

export interface Running {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<Ended>;
}

export function createSandbox(): Sandbox {
  const folder = mkdtempSync(join(tmpdir(), 'e2e-'));
  const [program = '', ...first] = compiledProgram('cli/main');
  const leftovers = () => processesWith(`TMPDIR=${folder}`);
  return {
    folder,
    leftovers,
    start: (...args) => start(folder, '.', program, [...first, ...args]),
    startIn: (cwd, program, ...args) => start(folder, cwd, program, args),
    async assertNothingLeft(withinMs) {
      const untilMs = Date.now() + withinMs;
      while (leftovers().length > 0 && Date.now() < untilMs) await sleep(50);
      assert.deepEqual(leftovers(), []);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function start(folder: string, cwd: string, program: string, args: readonly string[]): Running {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended: once(child, 'exit').then(([code]) => ({ code: code as number | null, stdout, stderr })),
  };
}

/** One that has ended and only waits to be reaped has no environment any more. */
function processesWith(variable: string): readonly string[] {
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return numbers.flatMap((pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(variable)) return [];
      return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`];
    } catch {
      return [];
    }
  });
}

export async function until<Value>(
  what: string,
  read: () => Promise<Value | null | undefined | false> | Value | null | undefined | false,
  withinMs: number,
): Promise<Value> {
  const untilMs = Date.now() + withinMs;
  for (;;) {
    const value = await read();
    if (value) return value;
    if (Date.now() > untilMs) assert.fail(`not within ${withinMs} ms: ${what}`);
    await sleep(100);
  }
}

/** One child process: started with nothing of our own environment but what it needs, and ended for certain. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessRecords } from './process-records.js';
import { signalGroup } from './process-records.js';

export interface Child {
  /** Resolves once, with one line that says how it ended. */
  readonly exited: Promise<string>;
  /** SIGTERM, then SIGKILL after `killAfterMs`. Resolves when the process is gone. */
  stop(killAfterMs: number): Promise<void>;
  kill(): void;
}

/** The parent's other variables (among them where its token lies) are no business of a service. */
const inherited = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'SystemRoot'];

export function startChild(request: {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly parentEnv: Readonly<Record<string, string | undefined>>;
  readonly records: ProcessRecords;
}): Child {
  const [program = '', ...args] = request.command;
  const env = Object.fromEntries(inherited.map((name) => [name, request.parentEnv[name]]));
  // stdin stays open as long as this process lives: its end tells the child that its parent is gone.
  const child = spawn(program, args, {
    cwd: request.directory,
    env: { ...env, ...request.env },
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  const { pid } = child;
  if (pid !== undefined) request.records.add(pid);

  let lastLine = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    const lines = (lastLine + text).split('\n').filter((line) => line.trim() !== '');
    lastLine = (lines.at(-1) ?? '').slice(-300);
    if (text.endsWith('\n')) lastLine += '\n';
  });
  child.stdin.on('error', () => undefined);

  let gone = false;
  const exited = new Promise<string>((resolve) => {
    const finish = (reason: string) => {
      gone = true;
      if (pid !== undefined) request.records.remove(pid);
      resolve(reason);
    };
    child.once('error', (error) => finish(`cannot start ${program}: ${error.message}`));
    child.once('exit', (code, signal) => {
      // A service that was started through another program must not outlive it.
      if (pid !== undefined) signalGroup(pid, 'SIGKILL');
      const how = signal === null ? `exited with code ${code}` : `ended by ${signal}`;
      // What was written last may still be in the pipe.
      child.stderr.once('close', () => finish(say(how, lastLine)));
      setTimeout(() => finish(say(how, lastLine)), 200).unref();
    });
  });

  const signal = (name: NodeJS.Signals) => {
    if (!gone && pid !== undefined) signalGroup(pid, name);
  };
  return {
    exited,
    kill: () => signal('SIGKILL'),
    async stop(killAfterMs) {
      signal('SIGTERM');
      const late = Symbol('late');
      const timer = new AbortController();
      const first = await Promise.race([
        exited,
        sleep(killAfterMs, late, { signal: timer.signal, ref: false }).catch(() => late),
      ]);
      timer.abort();
      if (first === late) {
        signal('SIGKILL');
        await exited;
      }
    },
  };
}

function say(how: string, lastLine: string): string {
  const line = lastLine.trim();
  return line === '' ? how : `${how}: ${line}`;
}

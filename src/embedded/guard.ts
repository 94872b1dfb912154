/** The supervisor's side of the guard: starts it, tells it what to watch, and finds the guard of another stack. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { Failure } from '../domain/failures.js';
import type { GuardGreeting, GuardOrder, GuardReady } from './guard-protocol.js';
import { ownProgram } from '../programs/own-program.js';

export interface Guard {
  readonly port: number;
  readonly pid: number;
  tell(order: GuardOrder): void;
  /** Resolves when the guard has ended everything still watched, and itself. */
  close(): Promise<void>;
}

/** `id` is what its port answers to those who ask whose it is. */
export async function startGuard(id: string): Promise<Guard> {
  const [program, ...args] = ownProgram('embedded/main');
  // A group of its own, so that Ctrl-C in a terminal does not reach it.
  const child = spawn(program, [...args, id], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
    env: {},
  });
  const exited = once(child, 'exit');
  child.stdin.on('error', () => undefined);
  const ready = await firstLine(child, exited);
  return {
    port: ready.port,
    pid: child.pid as number,
    tell: (order) => {
      child.stdin.write(`${JSON.stringify(order)}\n`);
    },
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}

async function firstLine(child: ChildProcess, exited: Promise<unknown>): Promise<GuardReady> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const first = await Promise.race([once(lines, 'line'), exited.then(() => null)]);
  if (first === null) throw new Failure('Unavailable', 'the guard process ended at its start');
  return JSON.parse(String(first[0])) as GuardReady;
}

/** A port that nobody holds refuses at once; who holds it may be on a machine with much else to do. */
const answerWithinMs = 10_000;

/** What the guard at the port says; null when nobody with that id is there. */
export function askGuard(port: number, id: string): Promise<GuardGreeting | null> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let text = '';
    const finish = (answer: GuardGreeting | null) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setEncoding('utf8').setTimeout(answerWithinMs, () => finish(null));
    socket.on('error', () => finish(null));
    socket.on('data', (part: string) => {
      text = (text + part).slice(0, 1000);
    });
    socket.on('end', () => {
      try {
        const greeting = JSON.parse(text) as GuardGreeting;
        finish(greeting.id === id ? greeting : null);
      } catch {
        finish(null);
      }
    });
  });
}

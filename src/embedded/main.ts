/** The guard: outlives its supervisor by just long enough to end everything that it had started. */
import { readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GuardGreeting, GuardOrder } from './guard-protocol.js';

/** Graceful until then: the playground drains its own children, workers finish their task. */
const termGraceMs = 4000;
const killGraceMs = 3000;

const watched = new Set<number>();
const folders = new Set<string>();
let supervised = true;

/** Signals a whole process group; one of which nothing is left is fine. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nothing is left.
  }
}

/** Also true for a process that has ended and only waits to be reaped, which can take seconds in a container. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return true;
  }
  try {
    return /^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function obey(order: GuardOrder): void {
  if ('watch' in order) watched.add(order.watch);
  else if ('forget' in order) watched.delete(order.forget);
  else folders.add(order.removeFolder);
}

async function endAll(signal: NodeJS.Signals, withinMs: number): Promise<void> {
  for (const pid of watched) signalGroup(pid, signal);
  const untilMs = Date.now() + withinMs;
  for (;;) {
    for (const pid of watched) {
      if (!isGone(pid)) continue;
      watched.delete(pid);
      signalGroup(pid, 'SIGKILL');
    }
    if (watched.size === 0 || Date.now() > untilMs) return;
    await sleep(50);
  }
}

async function cleanUp(): Promise<void> {
  supervised = false;
  await endAll('SIGTERM', termGraceMs);
  await endAll('SIGKILL', killGraceMs);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

// The supervisor decides about Ctrl-C and kill; the guard ends when its end of the pipe closes.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
// Whoever read the guard's words may be gone.
process.stdout.on('error', () => undefined);

const [id = ''] = process.argv.slice(2);
const supervisorPid = process.ppid;
const door = createServer((socket) => {
  const greeting: GuardGreeting = { id, supervisorPid, supervised };
  socket.on('error', () => undefined);
  socket.end(`${JSON.stringify(greeting)}\n`);
});
door.listen(0, '127.0.0.1', () => {
  const { port } = door.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ ready: true, port })}\n`);
});

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => obey(JSON.parse(line) as GuardOrder));
lines.on('close', () => void cleanUp());

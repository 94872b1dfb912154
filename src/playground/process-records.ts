/** Which processes the playground started, on disk, so that the next one can end what a killed one left behind. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const recordSchema = z.object({ pid: z.int().positive(), startedAs: z.string() });

/** Tells a process from a later one with the same pid; null when there is no such process. */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name before the last ")" may hold anything; state is field 3 and start time field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    if (process.platform === 'linux') return null;
    try {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    } catch {
      return null;
    }
  }
}

/** Signals a child's whole process group, because `npm run …` and the like put the service one level deeper. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export interface ProcessRecords {
  add(pid: number): void;
  remove(pid: number): void;
  /** Kills every recorded process that still is the one recorded. Returns their pids. */
  reap(): Promise<readonly number[]>;
  /** Kills what this process started and has not seen end: the last act of a process that ends. */
  killAll(): void;
}

export function createProcessRecords(folder: string): ProcessRecords {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fileOf = (pid: number) => join(folder, `${pid}.json`);
  const own = new Set<number>();
  return {
    // Synchronous: between start and record there must be no moment at which a kill loses the child.
    add(pid) {
      own.add(pid);
      const startedAs = processStart(pid);
      if (startedAs !== null) writeFileSync(fileOf(pid), JSON.stringify({ pid, startedAs }));
    },
    remove(pid) {
      own.delete(pid);
      rmSync(fileOf(pid), { force: true });
    },
    async reap() {
      const killed: number[] = [];
      for (const file of readdirSync(folder)) {
        const path = join(folder, file);
        const record = readRecord(path);
        if (record !== null && processStart(record.pid) === record.startedAs) {
          signalGroup(record.pid, 'SIGKILL');
          killed.push(record.pid);
          for (let waited = 0; processStart(record.pid) === record.startedAs && waited < 2000; ) {
            await sleep(20);
            waited += 20;
          }
        }
        rmSync(path, { force: true });
      }
      return killed;
    },
    killAll() {
      for (const pid of own) signalGroup(pid, 'SIGKILL');
    },
  };
}

function readRecord(path: string): z.infer<typeof recordSchema> | null {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // Half a record was written by a process that died at that moment; the child then saw its stdin close.
    return null;
  }
}

/**
 * Claims a data folder for this process; the claim of a dead process is taken over.
 * Returns the pid of the living owner, or null when the claim was made.
 */
export function claimFolder(folder: string): number | null {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'owner.json');
  const owner = readRecord(path);
  if (owner !== null && owner.pid !== process.pid && processStart(owner.pid) === owner.startedAs) {
    return owner.pid;
  }
  const startedAs = processStart(process.pid) ?? '';
  writeFileSync(path, JSON.stringify({ pid: process.pid, startedAs }), { mode: 0o600 });
  return null;
}

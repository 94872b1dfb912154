/** Whether a process still runs. */
import { spawnSync } from 'node:child_process';

/** False for one that has ended and only waits to be reaped by a stranger. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}

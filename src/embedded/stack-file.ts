/** `stack.json`: where a running stack is reached; also what keeps two stacks out of one data directory. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Failure } from '../domain/failures.js';
import { askGuard } from './guard.js';

const stackSchema = z.object({
  /** The guard's id: tells a running stack from a file that was left behind. */
  id: z.string(),
  guardPort: z.int(),
  apiUrl: z.string(),
  temporalAddress: z.string(),
  temporalUiUrl: z.string(),
  playgroundUrl: z.string(),
  /** Of the stand-in, where one was asked for. */
  githubUrl: z.string().optional(),
  /** File with the secret of the token to use. */
  tokenFile: z.string(),
  approverTokenFile: z.string(),
  configPath: z.string(),
  startedAt: z.iso.datetime(),
  /** As they were at the start; a process that was started again has another. */
  pids: z.record(z.string(), z.int()),
});

export type StackInfo = Readonly<z.output<typeof stackSchema>>;

const fileName = 'stack.json';

function stackFile(dataDir: string): string {
  return join(dataDir, fileName);
}

/** What the data directory's last stack wrote; null when there is none or it cannot be read. */
async function readStackFile(dataDir: string): Promise<StackInfo | null> {
  try {
    return stackSchema.parse(JSON.parse(await readFile(stackFile(dataDir), 'utf8')));
  } catch {
    return null;
  }
}

export async function writeStackFile(dataDir: string, info: StackInfo): Promise<void> {
  const draft = `${stackFile(dataDir)}.tmp`;
  await writeFile(draft, `${JSON.stringify(info, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, stackFile(dataDir));
}

/** Only what the stack itself wrote: its folder may have been made anew by another. */
export async function removeStackFile(dataDir: string, id: string): Promise<void> {
  const last = await readStackFile(dataDir);
  if (last === null || last.id === id) await rm(stackFile(dataDir), { force: true });
}

/** Longer than a guard takes to end what a killed supervisor left. */
const leftoversWithinMs = 15_000;

/**
 * Resolves when the data directory is free, with what its last stack wrote.
 * @throws Conflict when a stack is running in it
 */
export async function awaitFreeDataDir(dataDir: string): Promise<StackInfo | null> {
  const last = await readStackFile(dataDir);
  if (last === null) return null;
  const untilMs = Date.now() + leftoversWithinMs;
  for (;;) {
    const guard = await askGuard(last.guardPort, last.id);
    if (guard === null) return last;
    if (guard.supervised || Date.now() > untilMs) {
      throw new Failure('Conflict', 'a stack is already running in this data directory', {
        where: dataDir,
        seen: `process ${guard.supervisorPid}, ${last.apiUrl}`,
        next: `use it, stop it (kill ${guard.supervisorPid}), or choose another --data-dir`,
      });
    }
    await sleep(100);
  }
}

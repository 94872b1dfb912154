/** Runs a real playground process for a test, with a folder of its own, and ends it for certain. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { compiledProgram } from './compiled-program.js';

export interface PlaygroundProcess {
  readonly url: string;
  readonly tokenFile: string;
  readonly folder: string;
  readonly pid: number;
  token(): string;
  /** Ends the process by a signal and waits for its exit; the folder stays. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** Starts it anew on the same folder and port. */
  restart(): Promise<PlaygroundProcess>;
  /** SIGTERM, then the folder goes away. */
  dispose(): Promise<void>;
}

export async function startPlayground(
  env: Readonly<Record<string, string>> = {},
  folder = mkdtempSync(join(tmpdir(), 'sluice-playground-')),
): Promise<PlaygroundProcess> {
  const tokenFile = join(folder, 'token');
  const [program = '', ...args] = compiledProgram('playground/main');
  const child = spawn(program, args, {
    env: {
      ...process.env,
      SLUICE_PLAYGROUND_DATA: folder,
      SLUICE_PLAYGROUND_TOKEN_FILE: tokenFile,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await readyUrl(child);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  return {
    url,
    tokenFile,
    folder,
    pid: child.pid as number,
    token: () => readFileSync(tokenFile, 'utf8').trim(),
    end,
    restart: () => startPlayground({ ...env, SLUICE_PLAYGROUND_PORT: new URL(url).port }, folder),
    async dispose() {
      await end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function readyUrl(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const line = await Promise.race([
    once(lines, 'line').then(([first]) => String(first)),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the playground ended with ${code} before it was ready`);
    }),
  ]);
  return (JSON.parse(line) as { url: string }).url;
}

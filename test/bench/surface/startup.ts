/** How long `sluice up` takes until its API is ready, with an empty data directory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Seconds. */
export async function measureStartup(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-up-'));
  const startedAtMs = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...['--import', 'tsx', 'src/cli/main.ts', 'up', '--data-dir', join(folder, 'data')],
      ...['--config', 'examples/checkout/sluice.demo.yaml'],
    ],
    { stdio: ['ignore', 'pipe', 2], env: { ...process.env, TMPDIR: folder } },
  );
  const exit = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      // The last line, which says how it is ended, is printed when everything answers.
      if (text.includes('Ctrl-C')) resolve();
    });
    child.on('exit', (code) => reject(new Error(`sluice up ended with ${code}`)));
  });
  const seconds = (performance.now() - startedAtMs) / 1000;
  child.kill('SIGINT');
  await exit;
  rmSync(folder, { recursive: true, force: true });
  return seconds;
}

/** The careless tool, run as a command: the least that a driver of a command says. */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { carelessFormat } from './careless-format.js';
import { createCommandLineDriver } from './command-line-driver.js';
import type { ToolDriver } from './driver.js';

const script = fileURLToPath(new URL('./careless-tool.ts', import.meta.url));
/** The command runs in a clone, where the loader is not to be found by its name. */
const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

export function createCarelessDriver(): ToolDriver {
  return createCommandLineDriver({
    ...{ name: 'careless', version: 'careless-tool.ts' },
    commands: [[process.execPath, '--import', loader, script]],
    ...{ folder: 'issues', format: carelessFormat },
  });
}

/** Bundles the workflows as the worker will, which fails when they reach what the sandbox forbids. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';

const entry = resolve('src/workflows/index.ts');
const folder = dirname(entry);
const interceptors = existsSync(folder)
  ? readdirSync(folder)
      .filter((name) => name.endsWith('-interceptor.ts'))
      .map((name) => join(folder, name))
  : [];
/** zod triples the memory of every cached workflow; the rest does not run or is not the same twice. */
const unwanted =
  /node_modules\/(zod|pino|express|undici|yaml|@opentelemetry|@temporalio\/(client|worker|activity))\//;

/** @param {string} code a bundle that ends in its own source map */
function sourcesOf(code) {
  const map =
    /sourceMappingURL=data:application\/json;(?:charset=[\w-]+;)?base64,([\w+/=]+)\s*$/.exec(code);
  if (map?.[1] === undefined) throw new Error('the bundle carries no source map to read');
  /** @type {{ sources: string[] }} */
  const { sources } = JSON.parse(Buffer.from(map[1], 'base64').toString('utf8'));
  return sources;
}

if (!existsSync(entry)) {
  console.log('skipped: src/workflows/index.ts does not exist yet');
} else {
  /** @type {string[]} */
  const said = [];
  /** @param {string} message */
  const listen = (message) => said.push(message);
  const silent = () => undefined;
  const logger = {
    log: silent,
    trace: silent,
    debug: silent,
    info: silent,
    warn: listen,
    error: listen,
  };
  try {
    const { code } = await bundleWorkflowCode({
      workflowsPath: entry,
      workflowInterceptorModules: interceptors,
      logger,
    });
    const sources = sourcesOf(code);
    const faults = sources.filter((source) => unwanted.test(source));
    for (const fault of faults) console.error(`forbidden in workflows: ${fault}`);
    console.log(
      `${sources.length} modules, ${Math.round(code.length / 1024)} kB, ${faults.length} faults`,
    );
    process.exitCode = faults.length > 0 ? 1 : 0;
  } catch (error) {
    for (const line of said) console.error(line);
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

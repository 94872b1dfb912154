/** Builds the test bed's programs from pinned Go modules, once; `node test/bed/build.mjs` prints where they are. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withLock } from '../../scripts/setup/lock.mjs';
import {
  chatter,
  onInterrupted,
  run,
  SetupFault,
  tail,
  tellFault,
} from '../../scripts/setup/run.mjs';
import { cacheFolder, gatewayApi, linkerFlags, moduleFolder, parts, versionOf } from './parts.mjs';

const tellEveryMs = 15_000;
const remedy = `install Go 1.26 or newer (Debian: apt-get install golang-go) and put it on PATH;
etcd and kube-apiserver may also come from a folder: export KUBEBUILDER_ASSETS=/path/to/envtest/binaries;
what needs no pods can be tested on a cluster of your own: npm run test:kubernetes -- --kubeconfig FILE`;

/**
 * Leaves every program in the cache and tells their paths by name; `crds` is a folder of the Gateway API's CRDs.
 * Each program is published on its own, so a build that was interrupted goes on where it was.
 * @param {NodeJS.ProcessEnv} env
 * @param {readonly string[] | null} only names of programs; null: everything
 * @returns {Promise<Record<string, string>>}
 */
export async function buildBed(env, only = null) {
  const paths = await buildParts(
    parts.filter(({ name }) => only?.includes(name) ?? true),
    env,
  );
  paths.crds = join(cacheFolder(gatewayApi, env), 'crds');
  if (only !== null || existsSync(paths.crds)) return paths;
  await ensureGo([], env);
  await published(gatewayApi, 'crds', env, (target) => copyCrds(target, env));
  return paths;
}

/**
 * @param {readonly import('./parts.mjs').Part[]} wanted
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Record<string, string>>}
 */
export async function buildParts(wanted, env) {
  /** @type {Record<string, string>} */
  const paths = {};
  const missing = [];
  for (const part of wanted) {
    const path = given(part, env) ?? join(cacheFolder(part, env), part.name);
    paths[part.name] = path;
    if (!existsSync(path)) missing.push(part);
  }
  if (missing.length === 0) return paths;
  await ensureGo(missing, env);
  const startedAtMs = Date.now();
  for (const [index, part] of missing.entries()) {
    await published(part, part.name, env, async (target) => {
      const title = `${part.name} ${versionOf(part)} (${index + 1} of ${missing.length})`;
      chatter.say(`building ${title}, about ${part.cold} when Go has nothing cached ...`);
      await goBuild(part, target, title, env);
    });
  }
  chatter.say(`everything is built, ${seconds(startedAtMs)} s`);
  return paths;
}

/** @param {import('./parts.mjs').Part} part @param {NodeJS.ProcessEnv} env */
function given(part, env) {
  const folder = env.KUBEBUILDER_ASSETS;
  if (folder === undefined || folder === '') return undefined;
  if (!existsSync(folder)) {
    throw new SetupFault(
      `KUBEBUILDER_ASSETS names ${folder}, which is not there`,
      'correct the variable, or unset it to have everything built: unset KUBEBUILDER_ASSETS',
    );
  }
  const path = join(folder, part.name);
  return existsSync(path) ? path : undefined;
}

/** @param {readonly import('./parts.mjs').Part[]} missing @param {NodeJS.ProcessEnv} env */
async function ensureGo(missing, env) {
  const { ok } = await run('go', ['version'], { env });
  if (ok) return;
  const names = missing.map(({ name }) => name).join(', ') || 'the CRDs of the Gateway API';
  throw new SetupFault(`Go is not on PATH, and the test bed still needs ${names}`, remedy);
}

/**
 * Has `make` write a temporary file or folder and moves it into place whole; several builds at once wait in line.
 * @param {{ module: string, requires: string, keptAs?: string }} part
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 * @param {(target: string) => Promise<void>} make
 */
async function published(part, name, env, make) {
  const folder = cacheFolder(part, env);
  const path = join(folder, name);
  if (existsSync(path)) return;
  mkdirSync(folder, { recursive: true });
  await withLock(join(folder, `${name}.lock`), async () => {
    if (existsSync(path)) return;
    const temporary = mkdtempSync(join(folder, 'build-'));
    const clean = () => rmSync(temporary, { recursive: true, force: true });
    const forget = onInterrupted(clean);
    try {
      await make(join(temporary, name));
      renameSync(join(temporary, name), path);
    } finally {
      forget();
      clean();
    }
  });
}

/**
 * @param {import('./parts.mjs').Part} part
 * @param {string} target
 * @param {string} title
 * @param {NodeJS.ProcessEnv} env
 */
async function goBuild(part, target, title, env) {
  const startedAtMs = Date.now();
  const ticker = setInterval(() => {
    chatter.say(`still building ${title}, ${seconds(startedAtMs)} s so far`);
  }, tellEveryMs);
  const flags = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', linkerFlags(part)];
  if (part.tags !== undefined) flags.push('-tags', part.tags);
  try {
    if (part.instead !== undefined) {
      const modfile = await replaceFile(part, part.instead, `${target}.instead`, env);
      flags.push(`-modfile=${modfile}`);
    }
    const { ok, output } = await run('go', ['build', ...flags, '-o', target, part.target], {
      cwd: moduleFolder(part),
      env,
    });
    if (!ok) {
      throw new SetupFault(
        `${part.name} could not be built:\n${tail(output)}`,
        'mend the cause above (often the network or a full disk), then run the same again',
      );
    }
  } finally {
    clearInterval(ticker);
  }
  chatter.say(`built ${title} in ${seconds(startedAtMs)} s`);
}

/**
 * A module with one file of ours in place of its own, for those that offer no build tag to leave a thing out.
 * @param {import('./parts.mjs').Part} part
 * @param {{ module: string, file: string, by: string }} instead
 * @param {string} folder where its copy goes
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>} a go.mod that names the copy
 */
async function replaceFile(part, { module, file, by }, folder, env) {
  const own = moduleFolder(part);
  const copy = join(folder, 'module');
  cpSync(await fetched(part, module, env), copy, { recursive: true });
  // Go's cache is read-only, and so would be what is copied from it, for ever.
  for (const path of ['', ...readdirSync(copy, { encoding: 'utf8', recursive: true })]) {
    chmodSync(join(copy, path), 0o755);
  }
  cpSync(join(own, by), join(copy, file));
  const modfile = join(folder, 'go.mod');
  const text = readFileSync(join(own, 'go.mod'), 'utf8');
  writeFileSync(modfile, `${text}\nreplace ${module} => ${copy}\n`);
  cpSync(join(own, 'go.sum'), join(folder, 'go.sum'));
  return modfile;
}

/**
 * The folder of a Go module that a part requires, in Go's cache.
 * @param {{ module: string }} part
 * @param {string} module
 * @param {NodeJS.ProcessEnv} env
 */
async function fetched(part, module, env) {
  const cwd = moduleFolder(part);
  await run('go', ['mod', 'download', module], { cwd, env });
  const { ok, stdout, output } = await run(
    'go',
    ['list', '-mod=readonly', '-m', '-f', '{{.Dir}}', module],
    { cwd, env },
  );
  if (!ok || stdout.trim() === '') {
    throw new SetupFault(
      `${module} could not be fetched:\n${tail(output)}`,
      'mend the cause above (often the network), then run again: npm run test:kubernetes',
    );
  }
  return stdout.trim();
}

/** @param {string} target @param {NodeJS.ProcessEnv} env */
async function copyCrds(target, env) {
  const folder = await fetched(gatewayApi, gatewayApi.requires, env);
  const source = join(folder, 'config', 'crd', 'standard');
  mkdirSync(target);
  for (const file of readdirSync(source).filter((name) => /^gateway\..*\.yaml$/.test(name))) {
    cpSync(join(source, file), join(target, file));
  }
}

/** @param {number} sinceMs */
function seconds(sinceMs) {
  return Math.round((Date.now() - sinceMs) / 1000);
}

async function main() {
  try {
    process.stdout.write(`${JSON.stringify(await buildBed(process.env), null, 2)}\n`);
  } catch (error) {
    tellFault(error);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) void main();

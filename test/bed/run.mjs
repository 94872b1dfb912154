/**
 * Builds the test bed, then runs tests inside a private network and process namespace that takes everything with it.
 * `--kubeconfig FILE` first (or SLUICE_TEST_KUBECONFIG) runs them against that cluster instead, as far as they can.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  chatter,
  run,
  SetupFault,
  stopWatchingSignals,
  tellFault,
} from '../../scripts/setup/run.mjs';
import { buildBed } from './build.mjs';
import { runOn } from './foreign.mjs';

/**
 * Every address of these ranges is local in here, so that each pod's process binds its own pod's
 * address. Bash stays as the namespace's first process, because it reaps what others leave behind.
 */
const inside = `ip link set lo up &&
ip route add local 10.244.0.0/16 dev lo && ip route add local 10.96.0.0/16 dev lo || exit 70
"$@"
exit $?`;

const separate = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** A plain user becomes root of a user namespace of their own; root needs none. */
async function namespaceFlags() {
  const flags = process.getuid?.() === 0 ? separate : ['--map-root-user', ...separate];
  const { ok, output } = await run('unshare', [...flags, 'bash', '-c', inside, 'bed', 'true']);
  if (ok) return flags;
  throw new SetupFault(
    `no private namespace can be made: ${output.trim().split('\n').at(-1) || 'unshare failed'}`,
    `Linux with util-linux and iproute2 is needed (Debian: apt-get install util-linux iproute2),
and the right to use namespaces: be root, or sysctl kernel.unprivileged_userns_clone=1`,
  );
}

/** @param {readonly string[]} command @returns {Promise<number>} exit code */
async function runInside(command) {
  const programs = await buildBed(process.env);
  const flags = await namespaceFlags();
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bed-'));
  // Even when this process is killed outright, the kernel ends unshare and it the namespace.
  const bound = ['--pdeathsig', 'KILL', 'unshare', ...flags, 'bash', '-c', inside, 'bed'];
  const child = spawn('setpriv', [...bound, ...command], {
    stdio: 'inherit',
    env: {
      ...process.env,
      SLUICE_BED_PROGRAMS: JSON.stringify(programs),
      SLUICE_BED_FOLDER: folder,
    },
  });
  stopWatchingSignals();
  // unshare itself passes over the gentle signals; its death takes the whole namespace with it.
  const end = () => child.kill('SIGKILL');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) =>
        resolve(code ?? 128 + (constants.signals[signal ?? 'SIGKILL'] ?? 9)),
      );
    });
  } finally {
    if (process.env.SLUICE_BED_KEEP) chatter.say(`the test bed's logs are in ${folder}`);
    else rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Each in a namespace and a bed of its own, one after the other: two at once leave two cores no time for what is held to seconds. */
const scenarios = 'test/kubernetes/{scenarios*,routers,platform*}.test.ts';
const refusals = 'test/kubernetes/refusals-*.test.ts';
const others = ['test/kubernetes/**/*.test.ts', '--ignore', scenarios, '--ignore', refusals];

/** All suites. @param {readonly string[]} options @returns {Promise<number>} exit code */
async function runAll(options) {
  await buildBed(process.env);
  let worst = 0;
  for (const files of [[scenarios], [refusals], others]) {
    const code = await runNode([import.meta.filename, '--', 'mocha', ...options, ...files]);
    worst = Math.max(worst, code);
    const wasTold = code >= 128;
    if (wasTold) break;
  }
  return worst;
}

/** @param {readonly string[]} args @returns {Promise<number>} exit code */
function runNode(args) {
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  stopWatchingSignals();
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.once(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** @param {readonly string[]} given @returns {{ kubeconfig: string, command?: string[], options: string[] }} */
function understood(given) {
  const rest = [...given];
  let kubeconfig = process.env.SLUICE_TEST_KUBECONFIG ?? '';
  if (rest[0] === '--kubeconfig') {
    kubeconfig = rest[1] ?? '';
    rest.splice(0, 2);
    if (kubeconfig === '') {
      throw new SetupFault(
        '--kubeconfig names no file',
        'npm run test:kubernetes -- --kubeconfig FILE',
      );
    }
  }
  if (rest[0] === '--') return { kubeconfig, command: rest.slice(1), options: [] };
  if (rest.some((each) => each.endsWith('.ts')))
    return { kubeconfig, command: ['mocha', ...rest], options: [] };
  if (kubeconfig === '') return { kubeconfig, options: rest };
  return { kubeconfig, command: ['mocha', ...rest, 'test/kubernetes/**/*.test.ts'], options: [] };
}

try {
  const { kubeconfig, command, options } = understood(process.argv.slice(2));
  if (command === undefined) process.exitCode = await runAll(options);
  else
    process.exitCode = await (kubeconfig === '' ? runInside(command) : runOn(kubeconfig, command));
} catch (error) {
  tellFault(error);
}

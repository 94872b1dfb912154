/** Runs the launched command as if it had been started itself: same streams, signals and exit. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { root } from './packages.mjs';
import { SetupFault, stopWatchingSignals } from './run.mjs';

/** npm hands on a terminal's Ctrl-C that has arrived here already; no person repeats one this fast. */
const sameSignalMs = 500;

/**
 * @param {readonly string[]} command
 * @param {Readonly<Record<string, string>>} extraEnv
 */
export async function launch(command, extraEnv) {
  const [name = '', ...args] = command;
  const program = name === 'node' ? process.execPath : name;
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH]
    .filter(Boolean)
    .join(delimiter);
  const env = { ...process.env, ...extraEnv, PATH: path };
  const child = spawn(program, args, { stdio: 'inherit', env });
  stopWatchingSignals();
  const stop = forwardSignals(child);
  const { code, signal } = await ended(child, name);
  stop();
  if (signal === null) process.exitCode = code ?? 1;
  else endBy(signal);
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {string} name
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
function ended(child, name) {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      reject(
        new SetupFault(`${name} cannot be started: ${error.message}`, 'check the command after --'),
      );
    });
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
}

/**
 * The command must see each signal once. A terminal sends Ctrl-C to the whole process group, the
 * command included, so there it is not sent again; everything else reaches only the launcher.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {() => void} stops forwarding
 */
function forwardSignals(child) {
  const onTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  /** @type {Map<NodeJS.Signals, number>} */
  const lastAtMs = new Map();
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    const nowMs = Date.now();
    const repeated = nowMs - (lastAtMs.get(signal) ?? 0) < sameSignalMs;
    lastAtMs.set(signal, nowMs);
    const reachedGroup = onTerminal && (signal === 'SIGINT' || signal === 'SIGQUIT');
    if (!repeated && !reachedGroup) child.kill(signal);
  };
  /** @type {readonly NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'];
  for (const signal of signals) process.on(signal, forward);
  return () => {
    for (const signal of signals) process.off(signal, forward);
  };
}

/** Ends by the same signal, so that the caller sees what ended the command. @param {NodeJS.Signals} signal */
function endBy(signal) {
  process.exitCode = 128 + (constants.signals[signal] ?? 0);
  process.kill(process.pid, signal);
}

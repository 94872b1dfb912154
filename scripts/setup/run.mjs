/** Running set-up's own child processes, and speaking about it on stderr only (stdout may carry JSON). */
import { spawn } from 'node:child_process';

/** A missing or broken thing, with the command that mends it. */
export class SetupFault extends Error {
  /**
   * @param {string} message what is wrong, in one line
   * @param {string} remedy what to do about it
   */
  constructor(message, remedy) {
    super(message);
    this.remedy = remedy;
  }
}

export const chatter = {
  quiet: false,
  /** Always shown: something slow begins, or something is wrong. @param {string} line */
  say(line) {
    process.stderr.write(`setup: ${line}\n`);
  },
  /** Hidden by --quiet. @param {string} line */
  detail(line) {
    if (!chatter.quiet) chatter.say(line);
  },
};

/** Says what is wrong and what to do, and has the process end with 1; whatever is no fault of the set-up is thrown on. @param {unknown} fault */
export function tellFault(fault) {
  if (!(fault instanceof SetupFault)) throw fault;
  chatter.say(`${fault.message}\n${fault.remedy.replace(/^/gm, '  ')}`);
  process.exitCode = 1;
}

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
/** @type {Set<() => void>} */
const undo = new Set();

/**
 * Registers something to undo when a signal ends set-up half-way (a lock, a temporary folder).
 * @param {() => void} step
 * @returns {() => void} forgets the step again
 */
export function onInterrupted(step) {
  undo.add(step);
  return () => undo.delete(step);
}

/** @param {NodeJS.Signals} signal */
function interrupted(signal) {
  for (const child of running) child.kill(signal);
  for (const step of undo) step();
  stopWatchingSignals();
  process.kill(process.pid, signal);
}

/** @type {readonly NodeJS.Signals[]} */
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'];
for (const signal of endings) process.on(signal, interrupted);

/** Called before the launched command starts: from then on the launcher has its own signal rules. */
export function stopWatchingSignals() {
  for (const signal of endings) process.off(signal, interrupted);
}

/**
 * Runs a command to its end; never rejects, because a failing tool is a normal answer here.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number }} [options]
 * @returns {Promise<{ ok: boolean, stdout: string, output: string }>} `output` is stdout and stderr as they came
 */
export function run(command, args, { timeoutMs = 0, ...options } = {}) {
  return new Promise((resolve) => {
    let stdout = '';
    let output = '';
    const child = spawn(command, args, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    // Not spawn's own timeout: its timer outlives a command that could not be started.
    const timer = timeoutMs > 0 ? setTimeout(() => child.kill('SIGKILL'), timeoutMs) : undefined;
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    /** @param {boolean} ok */
    const finish = (ok) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ ok, stdout, output });
    };
    child.on('error', (error) => {
      output += error.message;
      finish(false);
    });
    child.on('close', (code) => finish(code === 0));
  });
}

/** The last lines of a tool's output, for a message that must stay readable. @param {string} text */
export function tail(text) {
  return text.trim().split('\n').slice(-12).join('\n');
}

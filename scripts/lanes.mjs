/**
 * Runs tests in two lanes side by side: `node scripts/lanes.mjs <files> <those of the first lane> [options of mocha]`.
 * The first lane is what mostly waits for servers. `--bed` first gives each lane a Kubernetes bed of its own.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

const given = process.argv.slice(2);
const [command = '', ...before] =
  given[0] === '--bed' ? ['node', 'test/bed/run.mjs', '--', 'mocha'] : ['mocha'];
const [files = '', waiting = '', ...options] = given.slice(given[0] === '--bed' ? 1 : 0);
const closing = /^tests: (\d+) passed, (\d+) failed, (\d+) skipped/m;

/** @type {import('node:child_process').ChildProcess[]} */
const running = [];
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => {
    for (const child of running) child.kill(signal);
  });
}

/**
 * @param {string[]} which
 * @param {(text: string) => unknown} show
 * @returns {Promise<{ code: number, counts: number[] }>}
 */
function run(which, show) {
  const colour = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
  const child = spawn(command, [...before, ...options, ...which], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...colour },
  });
  running.push(child);
  let tail = '';
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        tail = (tail + text).slice(-20_000);
        show(text);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      const counts = (closing.exec(tail) ?? []).slice(1).map(Number);
      resolve({ code: code ?? 1, counts });
    });
  });
}

const startedAtMs = Date.now();
let kept = '';
let isFirstOver = false;
const first = run([waiting], (text) => process.stdout.write(text));
// One core gains nothing by two lanes.
if (availableParallelism() < 2) await first;
const second = run(['--ignore', waiting, files], (text) => {
  if (isFirstOver) process.stdout.write(text);
  else kept += text;
});
const ends = [await first];
isFirstOver = true;
process.stdout.write(kept);
ends.push(await second);
const [passed = 0, failed = 0, skipped = 0] = [0, 1, 2].map((n) =>
  ends.reduce((sum, { counts }) => sum + (counts[n] ?? 0), 0),
);
const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
console.log(`all tests: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`);
process.exitCode = Math.max(...ends.map(({ code }) => code));

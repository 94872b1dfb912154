/**
 * Runs tests in lanes side by side: `node scripts/lanes.mjs <files> <those of the first lane> … [options of mocha]`; what is
 * of no lane makes the last one. Lanes are named for what mostly waits for servers.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

const words = process.argv.slice(2);
const firstOption = words.findIndex((word) => word.startsWith('-'));
const [files = '', ...named] = firstOption === -1 ? words : words.slice(0, firstOption);
const options = firstOption === -1 ? [] : words.slice(firstOption);
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
  const child = spawn('mocha', [...options, ...which], {
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
const rest = [...named.flatMap((lane) => ['--ignore', lane]), files];
/** What the lanes after the one that is shown have said. */
const kept = named.map(() => '');
let shown = 0;
/** @type {Promise<{ code: number, counts: number[] }>[]} */
const lanes = [];
for (const [n, which] of [...named.map((lane) => [lane]), rest].entries()) {
  lanes.push(
    run(which, (text) => {
      if (n === shown) process.stdout.write(text);
      else kept[n - 1] += text;
    }),
  );
  // One core gains nothing by two lanes.
  if (availableParallelism() < 2) await lanes[n];
}
/** @type {{ code: number, counts: number[] }[]} */
const ends = [];
for (const lane of lanes) {
  ends.push(await lane);
  process.stdout.write(kept[shown] ?? '');
  shown += 1;
}
const [passed = 0, failed = 0, skipped = 0] = [0, 1, 2].map((n) =>
  ends.reduce((sum, { counts }) => sum + (counts[n] ?? 0), 0),
);
const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
console.log(`all tests: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`);
process.exitCode = Math.max(...ends.map(({ code }) => code));

/** How soon a change of one side is seen on the other, from its event: webhook, API, workflow, both adapters. */
import { webhookSecret } from '../../support/api-under-test.js';
import { changeFiles, changeIssues, pathsOf, textOf } from './edits.js';
import type { SyncScene } from './scene.js';
import { seed } from './seed.js';

export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly events: number;
}

export interface Latency {
  /** Of both directions together. */
  readonly p50: number;
  readonly p99: number;
  readonly toGithub: Spread;
  readonly toFile: Spread;
}

const lookEveryMs = 25;
const withinMs = 120_000;

/** One change at a time, the next as soon as the last is seen: our own commits and writes echo meanwhile. */
export async function measureLatency(scene: SyncScene, events: number): Promise<Latency> {
  const { control, engine } = scene;
  const key = await scene.repository();
  await seed(control, key, { issues: 100, pulls: 0, comments: 0 });
  await engine.begin(key);
  control.addHook(key, { url: await engine.hookUrl(), secret: webhookSecret });
  const [first = ''] = await pathsOf(control, key);
  const seen: Record<'toGithub' | 'toFile', number[]> = { toGithub: [], toFile: [] };
  // The first of each pays for what is begun once.
  for (let n = 0; n <= events; n += 1) {
    await changeFiles(control, key, 1, `at ${n}, from the file`);
    const toGithub = await timeUntil(async () =>
      (control.item(key, 1).body ?? '').includes(`at ${n}, from the file`),
    );
    await changeIssues(control, key, 1, `at ${n}, from GitHub`);
    const toFile = await timeUntil(async () =>
      (await textOf(control, key, first)).includes(`at ${n}, from GitHub`),
    );
    if (n === 0) continue;
    seen.toGithub.push(toGithub);
    seen.toFile.push(toFile);
  }
  for (const hook of control.repository(key).hooks.values()) hook.active = false;
  const { p50, p99 } = spreadOf([...seen.toGithub, ...seen.toFile]);
  return { p50, p99, toGithub: spreadOf(seen.toGithub), toFile: spreadOf(seen.toFile) };
}

/** Seconds. */
async function timeUntil(isSeen: () => Promise<boolean>): Promise<number> {
  const startedAt = performance.now();
  while (!(await isSeen())) {
    if (performance.now() - startedAt > withinMs) throw new Error('it was never seen');
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  return (performance.now() - startedAt) / 1000;
}

function spreadOf(seconds: readonly number[]): Spread {
  const sorted = seconds.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Math.round((sorted[Math.ceil(share * sorted.length) - 1] ?? 0) * 100) / 100;
  return { p50: at(0.5), p99: at(0.99), max: at(1), events: seconds.length };
}

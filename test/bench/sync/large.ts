/** Many issues: what the first pass takes, and what later ones take by how much has changed. */
import type { RepositoryKey } from '../../../src/domain/repository/names.js';
import { issueCalls, otherCalls } from './calls.js';
import { changeFiles, changeIssues } from './edits.js';
import type { Taken } from './engine-process.js';
import type { Calls, SyncScene } from './scene.js';
import { seed } from './seed.js';

export interface PassTaken {
  readonly issues: number;
  /** Of that many issues: in their files, at GitHub, or not at all. */
  readonly changed: number;
  readonly side: 'files' | 'github' | 'none';
  /** Whether every issue was asked for. */
  readonly isFull: boolean;
  readonly seconds: number;
  /** Of the worker's process. */
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  readonly calls: number;
  readonly otherCalls: number;
}

export interface LargeCost {
  readonly issues: number;
  /** For the first pass over all of them. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Resident memory of the worker's process at its most, and when the pass began. */
  readonly peakMiB: number;
  readonly beforeMiB: number;
  readonly calls: number;
  readonly changed: readonly PassTaken[];
}

const round = (value: number): number => Math.round(value * 100) / 100;

export async function measureLarge(
  scene: SyncScene,
  sizes: readonly number[],
  counts: readonly number[],
): Promise<LargeCost> {
  const changed: PassTaken[] = [];
  let first: Omit<LargeCost, 'changed'> | null = null;
  for (const issues of sizes) {
    const key = await scene.repository();
    await seed(scene.control, key, { issues, pulls: 0, comments: issues / 10 });
    const { result, calls } = await scene.counted(() => scene.engine.begin(key));
    const { seconds, cpuSeconds, peakMiB, beforeMiB, view } = result;
    if (view.lastWrite?.files !== issues) throw new Error(`${view.lastWrite?.files} files`);
    first = {
      ...{ issues, seconds: round(seconds), cpuSeconds: round(cpuSeconds) },
      ...{ peakMiB: Math.round(peakMiB), beforeMiB: Math.round(beforeMiB) },
      calls: issueCalls(calls),
    };
    const pass = async (count: number, side: PassTaken['side'], isFull = false) => {
      await changeOn(scene, key, count, side);
      const told = await scene.counted(() => scene.engine.pass(key, isFull));
      changed.push({ issues, changed: count, side, isFull, ...passOf(told.result, told.calls) });
    };
    // The one after a first pass finds what all passes find, and keeps it.
    await scene.engine.pass(key, false);
    await pass(0, 'none');
    for (const count of counts) await pass(count, 'files');
    for (const count of counts) await pass(count, 'github');
    await pass(0, 'none', true);
  }
  if (first === null) throw new Error('no sizes');
  return { ...first, changed };
}

let edits = 0;
async function changeOn(
  { control }: SyncScene,
  key: RepositoryKey,
  count: number,
  side: PassTaken['side'],
): Promise<void> {
  edits += 1;
  if (side === 'files') await changeFiles(control, key, count, `edit ${edits}`);
  if (side === 'github') await changeIssues(control, key, count, `edit ${edits}`);
}

function passOf({ seconds, cpuSeconds, peakMiB }: Taken, calls: Calls) {
  return {
    ...{ seconds: round(seconds), cpuSeconds: round(cpuSeconds), peakMiB: Math.round(peakMiB) },
    ...{ calls: issueCalls(calls), otherCalls: otherCalls(calls) },
  };
}

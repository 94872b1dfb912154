/** Records every split that a target shows, so that a test can tell how often each decision was written. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TargetKey } from '../../src/domain/names.js';
import { compareFences, type Fence, formatFence } from '../../src/domain/rollout/fence.js';
import { type Split, sameSplit } from '../../src/domain/rollout/split.js';
import type { LocalStack } from './local-stack.js';

interface Seen {
  readonly atMs: number;
  readonly fence: Fence | null;
  readonly split: Split;
}

export interface SplitRecord {
  /** Milliseconds during which the candidate had weight. */
  exposedMs(): number;
  /** Fails unless fences only ever rise and none of them changed the split twice. Ends the record. */
  assertWrittenOnce(): Promise<void>;
}

export function recordSplits(stack: LocalStack, target: TargetKey): SplitRecord {
  const seen: Seen[] = [];
  const ending = new AbortController();
  const record = async () => {
    while (!ending.signal.aborted) {
      const reading = await stack.platform.router.readSplit(target);
      const last = seen.at(-1);
      const isSame =
        last && sameSplit(last.split, reading.split) && equalFences(last.fence, reading.fence);
      if (!isSame) seen.push({ atMs: Date.now(), fence: reading.fence, split: reading.split });
      await sleep(15, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  };
  const recorded = record();
  return {
    exposedMs() {
      const from = seen.find(({ split }) => split.weight > 0);
      const to = seen.findLast((one, at) => one.split.weight === 0 && weightAt(seen, at - 1) > 0);
      return from && to ? to.atMs - from.atMs : 0;
    },
    async assertWrittenOnce() {
      ending.abort();
      await recorded;
      const changes = new Map<string, number>();
      for (const [at, { fence, split }] of seen.entries()) {
        const before = seen[at - 1];
        if (!before || !fence) continue;
        const rises = before.fence === null || compareFences(fence, before.fence) >= 0;
        assert.ok(rises, `the fence went back to ${formatFence(fence)}`);
        if (sameSplit(before.split, split)) continue;
        const name = formatFence(fence);
        changes.set(name, (changes.get(name) ?? 0) + 1);
      }
      const twice = [...changes].filter(([, count]) => count > 1);
      assert.deepEqual(twice, [], 'decisions that changed the split more than once');
    },
  };
}

function weightAt(seen: readonly Seen[], at: number): number {
  return seen[at]?.split.weight ?? 0;
}

function equalFences(a: Fence | null, b: Fence | null): boolean {
  return a === null || b === null ? a === b : compareFences(a, b) === 0;
}

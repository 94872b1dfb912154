/** Reads back the fence that was noted on an object. */
import type { Fence } from '../../domain/rollout/fence.js';

/** Null for what was never written. */
export function parseFence(text: string | undefined): Fence | null {
  const match = /^(\d+)\.(\d+)$/.exec(text ?? '');
  return match === null ? null : { rollout: Number(match[1]), sequence: Number(match[2]) };
}

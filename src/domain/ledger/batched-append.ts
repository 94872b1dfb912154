/** Appends in turns: what is handed over while a write is under way is written together by the next one. */
import type { LedgerEvent } from '../ledger-event.js';

type Append = (events: readonly LedgerEvent[]) => Promise<void>;

interface Waiting {
  readonly events: readonly LedgerEvent[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** @param write is never called while it runs, and never with nothing */
export function createBatchedAppend(write: Append): Append {
  let waiting: Waiting[] = [];
  let isWriting = false;

  async function writeAll(): Promise<void> {
    isWriting = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await write(batch.flatMap(({ events }) => events));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    isWriting = false;
  }

  return async (events) => {
    if (events.length === 0) return;
    await new Promise<void>((resolve, reject) => {
      waiting.push({ events, resolve, reject });
      if (!isWriting) void writeAll();
    });
  };
}

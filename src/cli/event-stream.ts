/** Server-sent events of the API as they come, cut into their parts. */
import { cutEvents, type StreamedEvent } from '../domain/streamed-event.js';

/** A line or event that is longer than anything we send is not ours. */
const longestEvent = 16 * 1024 * 1024;

/** Until the stream ends; throws when it breaks, and when nothing at all comes for `silentMs`, heartbeats included. */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  silentMs: number,
): AsyncGenerator<StreamedEvent, void> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let kept = '';
  try {
    for (;;) {
      const { done, value } = await within(silentMs, reader.read());
      if (done) return;
      const { events, rest } = cutEvents(kept + value);
      kept = rest;
      if (kept.length > longestEvent) throw new Error('an event without an end');
      yield* events;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing for ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

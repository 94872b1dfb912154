/** Server-sent events: the newest snapshot, then every change, until the caller goes or the process is asked to end. */
import type { Request, Response } from 'express';
import { Failure } from '../domain/failures.js';
import { scrubSecrets } from '../domain/secret-text.js';
import { problemOf } from './problem.js';
import { soon } from './retry-after.js';
import type { Sighting } from './views.js';

/** Below the 60 s after which balancers cut what is silent. */
const beatEveryMs = 15_000;
/** A reader that takes nothing for so long is gone. */
const stuckMs = 30_000;
const comeBackMs = 2000;

/**
 * Sends nothing before the first sighting, so that what fails until then is answered as a problem.
 * @param stillAdmitted throws once the token is not good any more; asked at every beat
 */
export async function sendEvents(
  request: Request,
  response: Response,
  events: AsyncGenerator<Sighting, void>,
  {
    stillAdmitted,
    beatMs = beatEveryMs,
  }: { readonly stillAdmitted: () => Promise<void>; readonly beatMs?: number },
): Promise<void> {
  let beat: NodeJS.Timeout | undefined;
  try {
    const first = await events.next();
    response.status(200).set({
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      // Else nginx keeps events back until there are enough of them.
      'X-Accel-Buffering': 'no',
      // A connection that came to its end with the stream holds up nobody's shutdown.
      Connection: 'close',
    });
    response.flushHeaders();
    if (request.method === 'HEAD') return;
    // Everybody is turned away at the same moment when a replica goes, and must not come back at the same moment.
    response.write(`retry: ${soon(comeBackMs)}\n\n`);
    beat = setInterval(() => {
      response.write(':\n\n');
      stillAdmitted().catch(() => response.end());
    }, beatMs);
    const isKnown = !first.done && isOfVersion(first.value, request.get('last-event-id'));
    if (!first.done && !isKnown) await send(response, first.value);
    for await (const sighting of events) await send(response, sighting);
  } catch (error) {
    if (!response.headersSent || !(error instanceof Failure)) throw error;
    response.write(written(error));
  } finally {
    clearInterval(beat);
    await events.return();
    if (response.headersSent) response.end();
  }
}

function isOfVersion(sighting: Sighting, version: string | undefined): boolean {
  return sighting.kind === 'snapshot' && sighting.stateVersion === version;
}

/** Whoever reads slowly gets fewer snapshots, each the newest: nothing more is pulled before this one is taken. */
async function send(response: Response, sighting: Sighting): Promise<void> {
  if (response.write(written(sighting)) || response.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      response.off('drain', done).off('close', done);
      resolve();
    };
    const timer = setTimeout(() => response.destroy(), stuckMs);
    response.once('drain', done).once('close', done);
  });
}

/** However many watch a workflow, each of its snapshots is written once. */
const writtenSnapshots = new WeakMap<Sighting, Buffer>();

function written(sighting: Sighting | Failure): string | Buffer {
  if (sighting instanceof Failure) return event('problem', problemOf(sighting));
  switch (sighting.kind) {
    case 'snapshot': {
      const known = writtenSnapshots.get(sighting);
      if (known !== undefined) return known;
      const text = `id: ${sighting.stateVersion}\n${event('snapshot', sighting.view)}`;
      const bytes = Buffer.from(text);
      writtenSnapshots.set(sighting, bytes);
      return bytes;
    }
    case 'aside':
      return event('watch', sighting.aside);
    case 'trouble':
      return event('problem', problemOf(sighting.failure));
  }
}

/** JSON has no line breaks of its own, so one `data` line is enough. */
function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${scrubSecrets(JSON.stringify(data))}\n\n`;
}

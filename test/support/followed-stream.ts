/** A client that follows a stream for as long as it takes: comes back after every end with the last id, and notes faults. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Events, openEvents } from './events.js';

export interface Snapshot<View> {
  readonly id: string;
  readonly view: View;
}

export interface FollowedStream<View> {
  /** Of the newest snapshot; null before the first. */
  last(): Snapshot<View> | null;
  /** Snapshots seen in all. */
  count(): number;
  /** How connections ended: properly, in the middle, with a problem instead of a stream, or before anybody answered. */
  readonly ends: Readonly<Record<'ended' | 'cut' | 'refused' | 'unreachable', number>>;
  /** What a client may never see, in words. */
  readonly faults: readonly string[];
  /** Resolves when it is connected and has heard from the server. */
  isLive(): boolean;
  stop(): Promise<void>;
}

const soonMs = 300;

/** @param urlOf asked before every connection: the replacement may be elsewhere */
export function followStream<View extends object>(
  name: string,
  urlOf: () => string,
  token: string,
  options: {
    /** Says what is wrong with a view after another; null: nothing. */
    readonly compare: (before: View, after: View) => string | null;
    /** Statuses that may be answered while parts of the stack are down. */
    readonly bearable: readonly number[];
  },
): FollowedStream<View> {
  const ends = { ended: 0, cut: 0, refused: 0, unreachable: 0 };
  const faults: string[] = [];
  const stopping = new AbortController();
  let last: Snapshot<View> | null = null;
  let count = 0;
  let open: Events | null = null;
  let isLive = false;

  const take = (id: string, view: View) => {
    const fault = last && options.compare(last.view, view);
    if (fault) faults.push(`${name}: ${fault}`);
    last = { id, view };
    count += 1;
  };
  const read = async (events: Events, lastId: string | null) => {
    let isFirst = true;
    for (let event = await events.next(); event !== null; event = await events.next()) {
      isLive = true;
      if (event.event === 'snapshot') {
        if (event.id === null) faults.push(`${name}: a snapshot without an id`);
        // After a problem the same may come again, to say that it can be read again.
        if (isFirst && event.id === lastId) faults.push(`${name}: ${lastId} came again`);
        take(event.id ?? '', JSON.parse(event.data) as View);
      }
      isFirst = false;
    }
  };
  const follow = async () => {
    while (!stopping.signal.aborted) {
      const lastId = last?.id ?? null;
      let waitMs = soonMs;
      try {
        const headers = lastId === null ? {} : { 'last-event-id': lastId };
        open = await openEvents(urlOf(), token, headers, stopping);
      } catch (error) {
        if (stopping.signal.aborted) return;
        const [, status] = /^no stream: (\d+)/.exec((error as Error).message) ?? [];
        ends[status === undefined ? 'unreachable' : 'refused'] += 1;
        if (status !== undefined && !options.bearable.includes(Number(status)))
          faults.push(`${name}: ${(error as Error).message}`);
      }
      if (open !== null) {
        const events: Events = open;
        // With nothing new to tell a stream is silent: being answered is all there is to hear.
        isLive = true;
        try {
          await read(events, lastId);
          ends.ended += 1;
        } catch {
          if (!stopping.signal.aborted) ends.cut += 1;
        }
        isLive = false;
        open = null;
        waitMs = Number(/^retry: (\d+)$/m.exec(events.text())?.[1] ?? soonMs);
      }
      await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const followed = follow();
  return {
    ends,
    faults,
    last: () => last,
    count: () => count,
    isLive: () => isLive,
    async stop() {
      stopping.abort();
      await followed;
    },
  };
}

interface Telling {
  readonly timeline: readonly object[];
}

/** What was told once is told for ever. */
export function timelineGrows(before: Telling, after: Telling): string | null {
  const told = before.timeline.findIndex(
    (entry, at) => JSON.stringify(entry) !== JSON.stringify(after.timeline[at]),
  );
  if (told === -1) return null;
  const [was, is] = [before.timeline[told], after.timeline[told]].map((one) => JSON.stringify(one));
  return `its timeline lost what it had told: ${was} is ${is}, ${told + 1} of ${before.timeline.length}`;
}

/** Views of workflows as they change: however many watch one of them, Temporal is asked once for all. */
import { setImmediate as turn } from 'node:timers/promises';
import { Failure, failureRules } from '../domain/failures.js';
import type { ApiDeps } from './deps.js';
import { createPlaces } from './places.js';
import { describeWorkflow, readView } from './temporal.js';
import { type SharedViews, type Sighting, versionOf, type Watched } from './views.js';

/** While something happens, when nothing has for a while, after the end, and while nobody answers. */
const lookEveryMs = { lively: 250, quiet: 750, ended: 5000, troubled: 1000 };
const livelyForMs = 10_000;
const wokenATurn = 10;

/** What is known of one workflow, and who waits for more. */
interface Lookout {
  readonly waiting: Set<() => void>;
  watchers: number;
  /** Looks that have begun, and the newest that is over. */
  begun: number;
  done: number;
  /** Of the newest look that got through. */
  snapshot: Extract<Sighting, { kind: 'snapshot' }> | null;
  aside: { readonly value: object; readonly version: string } | null;
  /** Of the newest look; null when it got through. */
  fault: Error | null;
  hasten: () => void;
}

export function shareViews(temporal: Pick<ApiDeps, 'client' | 'limits'>): SharedViews {
  const lookouts = new Map<string, Lookout>();
  const places = createPlaces(temporal.limits.watches);

  /** With the look that shows what there is now: one that began before may show less than the caller has seen. */
  function join(watched: Watched): { readonly lookout: Lookout; readonly firstLook: number } {
    const found = lookouts.get(watched.workflowId);
    if (found !== undefined) {
      found.watchers += 1;
      found.hasten();
      return { lookout: found, firstLook: found.begun + 1 };
    }
    const lookout: Lookout = {
      ...{ waiting: new Set(), watchers: 1, begun: 0, done: 0 },
      ...{ snapshot: null, aside: null, fault: null, hasten: () => {} },
    };
    lookouts.set(watched.workflowId, lookout);
    void keepLooking(temporal, watched, lookout, () => lookouts.delete(watched.workflowId));
    return { lookout, firstLook: 1 };
  }

  return {
    async *watch(watched, { tokenId, signal }) {
      const leave = places.take(tokenId);
      const { lookout, firstLook } = join(watched);
      let told: string | null = null;
      let toldAside: string | null = null;
      let isTroubled = false;
      try {
        while (!signal.aborted) {
          const { snapshot, aside, fault, done } = lookout;
          if (done < firstLook) {
            await change(lookout, signal);
          } else if (fault !== null) {
            if (told === null || !(fault instanceof Failure) || isFinal(fault)) throw fault;
            if (isTroubled) await change(lookout, signal);
            else yield { kind: 'trouble', failure: fault };
            isTroubled = true;
          } else if (snapshot !== null && (isTroubled || snapshot.stateVersion !== told)) {
            isTroubled = false;
            told = snapshot.stateVersion;
            yield snapshot;
          } else if (aside !== null && aside.version !== toldAside) {
            toldAside = aside.version;
            yield { kind: 'aside', aside: aside.value };
          } else {
            await change(lookout, signal);
          }
        }
      } finally {
        lookout.watchers -= 1;
        leave();
      }
    },
  };
}

function isFinal({ code }: Failure): boolean {
  return failureRules[code].retry === 'never';
}

/** Looks for as long as anybody watches; resolves once the last one is gone. */
async function keepLooking(
  temporal: Pick<ApiDeps, 'client' | 'limits'>,
  watched: Watched,
  lookout: Lookout,
  end: () => void,
): Promise<void> {
  let seen: string | null = null;
  let changedAtMs = Date.now();
  while (lookout.watchers > 0) {
    lookout.begun += 1;
    let isHastened = false;
    lookout.hasten = () => {
      isHastened = true;
    };
    let isOpen = true;
    try {
      // Described before the view is read: an event in between then costs one look more and is never missed.
      const found = await describeWorkflow(temporal, watched.workflowId);
      const position = `${found?.runId}/${found?.historyLength}`;
      isOpen = found?.status.name === 'RUNNING';
      if (position !== seen) {
        const view = await readView(temporal, watched.workflowId, watched.query);
        lookout.snapshot = { kind: 'snapshot', view, stateVersion: versionOf(view) };
        seen = position;
        changedAtMs = Date.now();
      }
      const aside = found && watched.aside ? await watched.aside(found) : null;
      lookout.aside = aside && { value: aside, version: versionOf(aside) };
      lookout.fault = null;
    } catch (fault) {
      lookout.fault = fault instanceof Error ? fault : new Error(String(fault));
    }
    lookout.done = lookout.begun;
    await wakeAll(lookout);
    if (!isHastened) await pause(lookout, cadence(lookout, isOpen, changedAtMs));
  }
  end();
}

/** A few a turn of the event loop: however many watch one release, whoever asks for another is answered in between. */
async function wakeAll({ waiting }: Lookout): Promise<void> {
  for (const [at, wake] of [...waiting].entries()) {
    wake();
    if (at % wokenATurn === wokenATurn - 1) await turn();
  }
}

function cadence({ fault }: Lookout, isOpen: boolean, changedAtMs: number): number {
  if (fault !== null) return lookEveryMs.troubled;
  if (!isOpen) return lookEveryMs.ended;
  return Date.now() - changedAtMs < livelyForMs ? lookEveryMs.lively : lookEveryMs.quiet;
}

function pause(lookout: Lookout, ms: number): Promise<void> {
  return new Promise((resolve) => {
    // Nothing is kept alive by watching.
    const timer = setTimeout(resolve, ms).unref();
    lookout.hasten = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

/** Resolves after the next look, or with the signal. */
function change({ waiting }: Lookout, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      waiting.delete(done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    waiting.add(done);
    signal.addEventListener('abort', done, { once: true });
  });
}

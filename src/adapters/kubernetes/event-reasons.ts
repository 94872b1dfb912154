/** Why a pod is not ready where its status does not say: a volume that cannot be mounted, a probe that fails. */
import { Failure } from '../../domain/failures.js';
import type { Inspection } from './inspection.js';
import type { KubernetesObject, ObjectKind, Pod } from './objects.js';

interface PodEvent extends KubernetesObject {
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly lastObservedTime?: string };
}

const eventKind: ObjectKind<PodEvent> = { apiVersion: 'v1', kind: 'Event', plural: 'events' };

/** Most pods are ready sooner: they are not worth a question. */
const youngMs = 2_000;
/** Readiness is looked at many times a second; events are asked for this seldom. */
const restMs = 3_000;
/** Who may not read events is not told so at every look. */
const forbiddenMs = 60_000;
const mostKept = 1_000;
const longestReason = 300;

export type ExplainPod = (pod: Pod) => Promise<string | null>;

/** @param clock epoch milliseconds */
export function createEventReasons(
  cluster: Inspection,
  clock: () => number = Date.now,
): ExplainPod {
  const known = new Map<string, { readonly atMs: number; readonly reason: string | null }>();
  let silentUntilMs = 0;
  return async ({ metadata }) => {
    const { uid = '', creationTimestamp = '' } = metadata;
    const nowMs = clock();
    const before = known.get(uid);
    const isYoung = nowMs - Date.parse(creationTimestamp) < youngMs;
    const rests = before !== undefined && nowMs - before.atMs < restMs;
    if (isYoung || rests || nowMs < silentUntilMs) return before?.reason ?? null;
    if (known.size >= mostKept) known.clear();
    // Noted before it is asked, so that looks beside each other ask once.
    known.set(uid, { atMs: nowMs, reason: before?.reason ?? null });
    try {
      const events = await cluster.listBy(eventKind, `involvedObject.uid=${uid},type=Warning`);
      const reason = newestOf(events);
      known.set(uid, { atMs: nowMs, reason });
      return reason;
    } catch (error) {
      // A better word for what is not ready is worth no failure of its own.
      if (!(error instanceof Failure)) throw error;
      if (error.code === 'Forbidden') silentUntilMs = nowMs + forbiddenMs;
      return before?.reason ?? null;
    }
  };
}

function newestOf(events: readonly PodEvent[]): string | null {
  const [newest] = events.toSorted((one, other) => seenAtMs(other) - seenAtMs(one));
  if (newest === undefined) return null;
  const { reason = '', message = '' } = newest;
  return `${reason}: ${message}`.replace(/\s+/g, ' ').slice(0, longestReason);
}

function seenAtMs({ series, lastTimestamp, eventTime, metadata }: PodEvent): number {
  const text = series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp;
  return Date.parse(text ?? '') || 0;
}

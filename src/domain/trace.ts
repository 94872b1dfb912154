/** Where a piece of work stands in a trace, in the words of W3C Trace Context, as it travels between processes. */
import { holdsSecret } from './secret-text.js';

/** https://www.w3.org/TR/trace-context/#trace-context-http-headers-format */
export interface TraceContext {
  /** `00-<trace id>-<span id>-<flags>` */
  readonly traceparent: string;
  /** What other vendors wrote beside it, handed on as it is. */
  readonly tracestate?: string;
}

export interface TracePlace {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits: whatever comes now is beneath this span. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

/** The header of Temporal's calls that its own OpenTelemetry libraries use, in every language. */
export const traceHeader = '_tracer-data';

const form = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** Longer ones may be dropped, says the standard. */
const longestStateChars = 512;

/** Null for what is none; a broken one begins a trace of its own. */
export function placeOf({ traceparent }: TraceContext): TracePlace | null {
  const [, traceId, spanId, flags] = form.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** @param said headers of a request, or what came in a header of Temporal; null when there is none that can be read */
export function readTraceContext(said: unknown): TraceContext | null {
  const { traceparent, tracestate } = (said ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof traceparent !== 'string' || placeOf({ traceparent }) === null) return null;
  const isFit = typeof tracestate === 'string' && tracestate.length <= longestStateChars;
  // It comes from outside and stays in histories.
  const isKept = isFit && tracestate !== '' && !holdsSecret(tracestate);
  return { traceparent, ...(isKept && { tracestate }) };
}

/** The same trace, beneath another span of it. */
export function beneath(context: TraceContext, spanId: string): TraceContext {
  const { traceId, isSampled } = placeOf(context) ?? { traceId: '', isSampled: false };
  return { ...context, traceparent: `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}` };
}

/**
 * The id of the span that a workflow's run is. Made of the run's own id, a UUID, it is the same in every replay and
 * takes nothing from the workflow's random numbers, on which ids of children may depend.
 */
export function spanIdOfRun(runId: string): string {
  return runId.replaceAll('-', '').slice(-16);
}

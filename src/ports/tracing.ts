/** Tells a collector of traces what was done, beneath what, and how long it took. */
import type { TraceContext } from '../domain/trace.js';

/** Undefined ones are left out. Texts that look like secrets are masked. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface NewSpan {
  /** Of few kinds: ids are attributes. */
  readonly name: string;
  /** `server` and `consumer` answer somebody, `client` and `producer` ask; `internal` is neither. */
  readonly kind: 'server' | 'client' | 'producer' | 'consumer' | 'internal';
  readonly attributes?: SpanAttributes;
  /** Absent: beneath the span that is open around it. Null: a trace of its own. */
  readonly under?: TraceContext | null;
}

export interface OpenSpan {
  rename(name: string): void;
  set(attributes: SpanAttributes): void;
  /** The work ends well, and yet was not well done. */
  fail(reason: string): void;
}

/** One that was open elsewhere, where nothing can be sent from. */
export interface EndedSpan extends NewSpan {
  readonly under: TraceContext;
  /** 16 hex digits; absent: any. */
  readonly spanId?: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Null: it went well. */
  readonly fault: string | null;
}

export interface Tracing {
  /** Does the work as a span, which fails with it. What is done from within stands beneath it. */
  span<T>(span: NewSpan, work: (open: OpenSpan) => Promise<T>): Promise<T>;
  record(span: EndedSpan): void;
  /** The span around the caller; null outside of any. */
  here(): TraceContext | null;
  /** Sends what has not been sent yet, for at most a second. */
  close(): Promise<void>;
}

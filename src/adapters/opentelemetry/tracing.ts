/** Sends spans to a collector by OTLP over HTTP. Loaded only where traces are wished for. */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  type Context,
  createTraceState,
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  RandomIdGenerator,
} from '@opentelemetry/sdk-trace-base';
import { Failure } from '../../domain/failures.js';
import { scrubSecrets } from '../../domain/secret-text.js';
import { placeOf, type TraceContext } from '../../domain/trace.js';
import type { NewSpan, OpenSpan, SpanAttributes, Tracing } from '../../ports/tracing.js';

const closeWithinMs = 1_000;
const longestTextChars = 500;

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

/** Where to, how many and by what name: the standard variables of OpenTelemetry say it. */
export function createTracing(options: {
  /** Unless `OTEL_SERVICE_NAME` says another. */
  readonly service: string;
  readonly version: string;
  /** What keeps spans from being sent. */
  readonly onTrouble: (message: string) => void;
}): Tracing {
  const { service, version, onTrouble } = options;
  const warn = (message: string): void => onTrouble(scrubSecrets(message));
  const silent = (): void => undefined;
  const logger = { error: warn, warn, info: silent, debug: silent, verbose: silent };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const ids = createIds();
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': service, 'service.version': version }))
      .merge(detectResources({ detectors: [envDetector] })),
    idGenerator: ids.generator,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  const tracer = provider.getTracer('sluice', version);
  const around = new AsyncLocalStorage<Context>();

  function start({ name, kind, attributes = {}, under }: NewSpan, startMs = Date.now()) {
    const parent = under === undefined ? (around.getStore() ?? ROOT_CONTEXT) : contextOf(under);
    const options = {
      kind: kinds[kind],
      attributes: attributesOf(attributes),
      startTime: startMs,
    };
    const span = tracer.startSpan(name, options, parent);
    return { span, context: trace.setSpan(parent, span) };
  }

  return {
    async span(asked, work) {
      const { span, context } = start(asked);
      try {
        return await around.run(context, () => work(handleOf(span)));
      } catch (error) {
        markFailed(span, error);
        throw error;
      } finally {
        span.end();
      }
    },

    record({ spanId, startMs, endMs, fault, ...asked }) {
      const { span } = ids.giving(spanId, () => start(asked, startMs));
      if (fault !== null) setFault(span, fault);
      span.end(endMs);
    },

    here() {
      const context = trace.getSpanContext(around.getStore() ?? ROOT_CONTEXT);
      if (context === undefined) return null;
      const { traceId, spanId, traceFlags, traceState } = context;
      const flags = (traceFlags & TraceFlags.SAMPLED) === 0 ? '00' : '01';
      const tracestate = traceState?.serialize();
      return {
        traceparent: `00-${traceId}-${spanId}-${flags}`,
        ...(tracestate && { tracestate }),
      };
    },

    async close() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise((resolve) => {
        timer = setTimeout(resolve, closeWithinMs);
      });
      // A collector that is away must not keep a process that is told to stop.
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
      clearTimeout(timer);
    },
  };
}

/** Random ids, but for a span whose id was given out where it was open. */
function createIds() {
  const random = new RandomIdGenerator();
  let given: string | undefined;
  return {
    generator: {
      generateTraceId: () => random.generateTraceId(),
      generateSpanId: () => given ?? random.generateSpanId(),
    },
    giving<T>(spanId: string | undefined, begin: () => T): T {
      given = spanId;
      try {
        return begin();
      } finally {
        given = undefined;
      }
    },
  };
}

function contextOf(under: TraceContext | null): Context {
  const place = under && placeOf(under);
  if (!place) return ROOT_CONTEXT;
  const { traceId, spanId, isSampled } = place;
  const state = under?.tracestate;
  return trace.setSpanContext(ROOT_CONTEXT, {
    ...{ traceId, spanId, isRemote: true },
    traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    ...(state !== undefined && { traceState: createTraceState(state) }),
  });
}

function handleOf(span: Span): OpenSpan {
  return {
    rename: (name) => void span.updateName(name),
    set: (attributes) => void span.setAttributes(attributesOf(attributes)),
    fail: (reason) => setFault(span, reason),
  };
}

/** Messages of failures are for people to read; stacks and what lies behind them stay in the logs. */
function markFailed(span: Span, error: unknown): void {
  const { name, message, type } = (
    error instanceof Error ? error : new Error(String(error))
  ) as Error & { readonly type?: unknown };
  // Told to stop, it stopped.
  if (name === 'CancelledFailure' || name === 'AbortError') {
    span.setAttribute('sluice.cancelled', true);
    return;
  }
  const code = error instanceof Failure ? error.code : type;
  span.setAttribute('error.type', typeof code === 'string' ? code : name);
  setFault(span, message);
}

function setFault(span: Span, reason: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: textOf(reason) });
}

function attributesOf(attributes: SpanAttributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => {
      if (value === undefined) return [];
      return [[name, typeof value === 'string' ? textOf(value) : value]];
    }),
  );
}

function textOf(text: string): string {
  return scrubSecrets(text).slice(0, longestTextChars);
}

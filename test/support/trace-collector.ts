/** A collector of traces that takes OTLP over HTTP as protobuf, and keeps every span and every byte. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import protobuf from 'protobufjs';

/** What is read of https://github.com/open-telemetry/opentelemetry-proto, version 1. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Traces { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
    fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9;
    Status status = 15;
  }
  message Status { string message = 2; int32 code = 3; }
  message KeyValue { string key = 1; Value value = 2; }
  message Value { oneof value { string text = 1; bool flag = 2; int64 whole = 3; double number = 4; } }
`);
const traces = root.lookupType('Traces');
const readable = { bytes: String, longs: Number, oneofs: true, defaults: false } as const;

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, string | number | boolean>> & { readonly value: string };
}

interface Sent {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly KeyValue[] };
    readonly scopeSpans?: readonly {
      readonly spans?: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly name: string;
        readonly startTimeUnixNano: number;
        readonly endTimeUnixNano: number;
        readonly attributes?: readonly KeyValue[];
        readonly status?: { readonly message?: string; readonly code?: number };
      }[];
    }[];
  }[];
}

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SeenSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Null: a root. */
  readonly parentId: string | null;
  readonly name: string;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly tookMs: number;
  readonly failed: string | null;
}

export interface TraceCollector {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  readonly spans: readonly SeenSpan[];
  /** All bodies, one after the other. */
  bytes(): Buffer;
  stop(): Promise<void>;
}

export async function startTraceCollector(): Promise<TraceCollector> {
  const spans: SeenSpan[] = [];
  const bodies: Buffer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      bodies.push(body);
      const isOurs = request.url === '/v1/traces' && request.method === 'POST';
      if (isOurs) spans.push(...spansIn(body));
      response.writeHead(isOurs ? 200 : 404, { 'Content-Type': 'application/x-protobuf' }).end();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    bytes: () => Buffer.concat(bodies),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function spansIn(body: Buffer): SeenSpan[] {
  const { resourceSpans = [] } = traces.toObject(traces.decode(body), readable) as Sent;
  return resourceSpans.flatMap(({ resource: told, scopeSpans = [] }) => {
    const resource = attributesOf(told?.attributes);
    return scopeSpans.flatMap(({ spans = [] }) =>
      spans.map((span) => ({
        service: String(resource['service.name']),
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentId: span.parentSpanId === undefined ? null : hex(span.parentSpanId),
        name: span.name,
        attributes: attributesOf(span.attributes),
        resource,
        tookMs: (span.endTimeUnixNano - span.startTimeUnixNano) / 1e6,
        failed: span.status?.code === 2 ? (span.status.message ?? '') : null,
      })),
    );
  });
}

function attributesOf(pairs: readonly KeyValue[] = []): Attributes {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, value[value.value]]));
}

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

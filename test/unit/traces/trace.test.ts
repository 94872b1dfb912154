/** What of a caller's trace is taken over, and when traces are sent at all. */
import assert from 'node:assert/strict';
import { loadTracing } from '../../../src/adapters/opentelemetry/load-tracing.js';
import { beneath, placeOf, readTraceContext, spanIdOfRun } from '../../../src/domain/trace.js';

const [traceId, spanId] = ['a1'.repeat(16), 'b2'.repeat(8)];
const traceparent = `00-${traceId}-${spanId}-01`;

describe('a trace context', () => {
  const broken: Readonly<Record<string, unknown>> = {
    nothing: undefined,
    'no header': {},
    'another type': { traceparent: 7 },
    'several in one': { traceparent: `${traceparent},${traceparent}` },
    'a version that is none': { traceparent: `ff-${traceId}-${spanId}-01` },
    'no trace': { traceparent: `00-${'0'.repeat(32)}-${spanId}-01` },
    'no span': { traceparent: `00-${traceId}-${'0'.repeat(16)}-01` },
    'capital letters': { traceparent: traceparent.toUpperCase() },
    'too short': { traceparent: traceparent.slice(0, -3) },
  };
  for (const [name, said] of Object.entries(broken))
    it(`is none: ${name}`, () => assert.equal(readTraceContext(said), null));

  it('is taken over, also of a later version', () => {
    const later = { traceparent: `01-${traceId}-${spanId}-03-more` };
    assert.deepEqual(readTraceContext(later), later);
    assert.deepEqual(placeOf(later), { traceId, spanId, isSampled: true });
    assert.equal(placeOf({ traceparent: traceparent.replace(/1$/, '0') })?.isSampled, false);
  });

  it('keeps what vendors wrote, unless it is long or a secret', () => {
    const kept = (tracestate: string) =>
      readTraceContext({ traceparent, tracestate })?.tracestate ?? null;
    assert.equal(kept('vendor=1'), 'vendor=1');
    assert.equal(kept(`vendor=${'x'.repeat(512)}`), null);
    assert.equal(kept('vendor=slc_a-token-of-ours'), null);
  });

  it('goes on beneath a run, by an id that is the same in every replay', () => {
    const id = spanIdOfRun('01a1fd79-5e69-716c-9131-ab38bd5c78ac');
    assert.equal(id, '9131ab38bd5c78ac');
    const context = { traceparent, tracestate: 'vendor=1' };
    assert.deepEqual(beneath(context, id), {
      traceparent: `00-${traceId}-${id}-01`,
      tracestate: 'vendor=1',
    });
  });
});

describe('traces', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
  /** What is said about it; null: nothing. */
  const wish = async (env: Readonly<Record<string, string>>) => {
    const said: string[] = [];
    const onTrouble = (message: string): void => void said.push(message);
    const tracing = await loadTracing(env, { service: 'test', onTrouble });
    await tracing?.close();
    return { isOn: tracing !== null, said };
  };
  const rows: readonly (readonly [Readonly<Record<string, string>>, boolean])[] = [
    [{}, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false],
    [{ OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'always_on' }, false],
    [endpoint, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:9/v1/traces' }, true],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, true],
    [{ ...endpoint, OTEL_TRACES_EXPORTER: 'none' }, false],
    [{ ...endpoint, OTEL_SDK_DISABLED: 'true' }, false],
    [{ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }, true],
  ];
  for (const [env, isOn] of rows)
    it(`are ${isOn ? 'sent' : 'not sent'}: ${JSON.stringify(env)}`, async () =>
      assert.deepEqual(await wish(env), { isOn, said: [] }));

  const unknown = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_TRACES_EXPORTER: 'zipkin' };
  for (const [name, value] of Object.entries(unknown))
    it(`are not sent, and it is said: ${name}=${value}`, async () => {
      const { isOn, said } = await wish({ ...endpoint, [name]: value });
      assert.equal(isOn, false);
      assert.match(said.join(), new RegExp(`${name} is "${value}"`));
    });
});

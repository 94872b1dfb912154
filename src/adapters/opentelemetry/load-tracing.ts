/** Whether traces are wished for, by OpenTelemetry's own variables; everything finer its SDK reads by itself. */
import { createRequire } from 'node:module';
import type { Tracing } from '../../ports/tracing.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Null where no traces are sent: nothing of OpenTelemetry is loaded then. */
export async function loadTracing(
  env: Env,
  {
    service,
    onTrouble,
  }: { readonly service: string; readonly onTrouble: (message: string) => void },
): Promise<Tracing | null> {
  const wish = readWish(env);
  // As the standard wants it: what is not known is told and passed over.
  if (typeof wish === 'string') onTrouble(wish);
  if (wish !== true) return null;
  try {
    const { version } = createRequire(import.meta.url)('../../../package.json') as {
      readonly version: string;
    };
    const { createTracing } = await import('./tracing.js');
    return createTracing({ service, version, onTrouble });
  } catch (error) {
    // Releases go on, whatever is wrong with an address of a collector.
    onTrouble(`no traces are sent: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/** A text says why a wish is not met. */
function readWish(env: Env): boolean | string {
  const said = (...names: readonly string[]): readonly [string, string] => {
    const name = names.find((each) => (env[each] ?? '').trim() !== '') ?? '';
    return [name, (env[name] ?? '').trim().toLowerCase()];
  };
  const [, disabled] = said('OTEL_SDK_DISABLED');
  const [exporterName, exporter] = said('OTEL_TRACES_EXPORTER');
  const [endpoint] = said('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT');
  if (disabled === 'true' || exporter === 'none') return false;
  if (exporter === '' && endpoint === '') return false;
  if (exporter !== '' && exporter !== 'otlp') return unknown(exporterName, exporter, 'otlp, none');
  const [protocolName, protocol] = said(
    'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    'OTEL_EXPORTER_OTLP_PROTOCOL',
  );
  if (protocol === '' || protocol === 'http/protobuf') return true;
  return unknown(protocolName, protocol, 'http/protobuf');
}

function unknown(name: string, seen: string, known: string): string {
  return `no traces are sent: ${name} is "${seen.slice(0, 40)}", known is ${known}`;
}

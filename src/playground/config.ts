/** How the playground is told where to listen and where to keep its things. */
import { z } from 'zod';
import { Failure } from '../domain/failures.js';

const port = z.coerce.number().int().min(0).max(65_535);
const duration = z.coerce.number().int().positive();

const schema = z.object({
  /** 0 takes any free port. */
  SLUICE_PLAYGROUND_PORT: port.default(0),
  SLUICE_PLAYGROUND_DATA: z.string().min(1),
  SLUICE_PLAYGROUND_TOKEN_FILE: z.string().min(1),
  SLUICE_PLAYGROUND_PROXY_PORT_BASE: port.min(1).optional(),
  SLUICE_PLAYGROUND_UPSTREAM_TIMEOUT_MS: duration.default(10_000),
  SLUICE_PLAYGROUND_KEEP_SERIES_MS: duration.default(600_000),
});

export interface PlaygroundConfig {
  readonly port: number;
  readonly dataFolder: string;
  readonly tokenFile: string;
  readonly proxyPortBase: number | null;
  readonly upstreamTimeoutMs: number;
  readonly keepSeriesMs: number;
}

/** @throws InvalidInput naming every variable that is wrong */
export function loadPlaygroundConfig(
  env: Readonly<Record<string, string | undefined>>,
): PlaygroundConfig {
  const result = schema.safeParse(env);
  if (!result.success) {
    const faults = result.error.issues.map(({ path, message }) => ({
      where: path.join('.'),
      message,
    }));
    const said = faults.map(({ where, message }) => `${where}: ${message}`).join('; ');
    throw new Failure('InvalidInput', said, { faults });
  }
  const { data } = result;
  return Object.freeze({
    port: data.SLUICE_PLAYGROUND_PORT,
    dataFolder: data.SLUICE_PLAYGROUND_DATA,
    tokenFile: data.SLUICE_PLAYGROUND_TOKEN_FILE,
    proxyPortBase: data.SLUICE_PLAYGROUND_PROXY_PORT_BASE ?? null,
    upstreamTimeoutMs: data.SLUICE_PLAYGROUND_UPSTREAM_TIMEOUT_MS,
    keepSeriesMs: data.SLUICE_PLAYGROUND_KEEP_SERIES_MS,
  });
}

/** How every process of ours reaches Temporal: by its own environment and profiles, with payloads encrypted where there are keys. */
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';
import { createPayloadCodec, type KnownKey } from './payload-codec.js';

export interface TemporalAccess {
  readonly connectionOptions: ClientConnectConfig['connectionOptions'];
  readonly namespace: string;
  readonly dataConverter: DataConverter;
}

const written = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** Workflows that load it are bundled with it. */
const encodedFailuresPath = fileURLToPath(new URL(`encoded-failures.${written}`, import.meta.url));

/** @param keys none: nothing is encrypted, and what is encrypted is named when it is met */
export async function readTemporalAccess(
  keys: () => Promise<readonly KnownKey[]>,
): Promise<TemporalAccess> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  return { connectionOptions, namespace, dataConverter: await createDataConverter(keys) };
}

/** Of a client and of a worker alike. */
export async function createDataConverter(
  keys: () => Promise<readonly KnownKey[]>,
): Promise<DataConverter> {
  const isEncrypting = (await keys()).length > 0;
  return {
    payloadCodecs: [createPayloadCodec(keys)],
    ...(isEncrypting && { failureConverterPath: encodedFailuresPath }),
  };
}

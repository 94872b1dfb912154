/** The keys that payloads are encrypted under, as they lie in a file: the first encrypts, all decrypt. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { Failure } from '../domain/failures.js';
import { keepReading } from './kept-reading.js';

export interface PayloadKey {
  /** Stands in clear beside what was encrypted under the key, for ever. */
  readonly id: string;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

const keyBytes = 32;
const example = '{"keys": [{"id": "2026-01", "secret": "<openssl rand -base64 32>"}]}';

const secretText = z
  .base64({ error: `${keyBytes} bytes in base64` })
  .transform((text) => new Uint8Array(Buffer.from(text, 'base64')))
  .refine(({ length }) => length === keyBytes, { error: `${keyBytes} bytes in base64` });

const fileSchema = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        id: z
          .string()
          .regex(/^[A-Za-z0-9._-]{1,64}$/, { error: 'up to 64 letters, digits, dots, dashes' }),
        secret: secretText,
      }),
    )
    .min(1, { error: 'at least one key' })
    .max(50)
    .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, {
      error: 'an id for each key',
    }),
});

/**
 * In the order of the file, which is `{"keys": [{"id", "secret"}]}`.
 * @throws InvalidInput naming the place of the fault, never a secret
 */
export async function readPayloadKeys(path: string): Promise<readonly PayloadKey[]> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) throw faulty(path, 'cannot be read');
  let written: unknown;
  try {
    written = JSON.parse(text);
  } catch {
    // What a parser says of a file quotes it.
    throw faulty(path, 'is no JSON');
  }
  const parsed = fileSchema.safeParse(written);
  if (parsed.success) return parsed.data.keys;
  const [issue] = parsed.error.issues;
  throw faulty(path, `is not valid at ${issue?.path.join('.') || 'its top'}: ${issue?.message}`);
}

/**
 * Reads the keys whenever they are asked for, so that a new one counts within seconds and in every process.
 * @param path null: there are none, and nothing is encrypted
 * @throws InvalidInput when the file is faulty already
 */
export async function openPayloadKeys(
  path: string | null,
  clock: () => number,
): Promise<() => Promise<readonly PayloadKey[]>> {
  if (path === null) return async () => [];
  await readPayloadKeys(path);
  const read = () => readPayloadKeys(path);
  return keepReading({ read, clock, unreadable: (cause) => faulty(path, String(cause)) });
}

function faulty(path: string, what: string): Failure {
  return new Failure('InvalidInput', `the file of payload keys ${what}`, {
    where: path,
    limit: example,
    next: 'mend the file that SLUICE_PAYLOAD_KEYS_FILE names: docs/production.md',
  });
}

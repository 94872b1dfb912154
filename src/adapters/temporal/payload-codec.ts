/** Encrypts what Temporal keeps (AES-256-GCM) with the id of the key beside it, in the layout of Temporal's own samples. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { METADATA_ENCODING_KEY, type Payload, type PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { Failure } from '../../domain/failures.js';

export interface KnownKey {
  readonly id: string;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;
const algorithm = 'aes-256-gcm';
const encoding = 'binary/encrypted';
const keyIdField = 'encryption-key-id';
const nonceBytes = 12;
const tagBytes = 16;

/**
 * The first key encrypts, all of them decrypt; without any, payloads go as they are. What came unencrypted is read as
 * it is either way, so that an installation can begin to encrypt while workflows run.
 * @throws Unavailable from `decode` for what no key here opens: it may be read once the key is there
 */
export function createPayloadCodec(
  keys: () => Promise<readonly KnownKey[]>,
): Required<PayloadCodec> {
  return {
    async encode(payloads) {
      const [key] = await keys();
      return key === undefined ? payloads : payloads.map((payload) => encrypt(payload, key));
    },
    async decode(payloads) {
      if (!payloads.some(isEncrypted)) return payloads;
      const known = await keys();
      return payloads.map((payload) => (isEncrypted(payload) ? decrypt(payload, known) : payload));
    },
  };
}

function encrypt(payload: Payload, { id, secret }: KnownKey): Payload {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, secret, nonce);
  const sealed = cipher.update(PayloadMessage.encode(payload).finish());
  return {
    metadata: { [METADATA_ENCODING_KEY]: bytesOf(encoding), [keyIdField]: bytesOf(id) },
    data: Buffer.concat([nonce, sealed, cipher.final(), cipher.getAuthTag()]),
  };
}

function decrypt(payload: Payload, known: readonly KnownKey[]): Payload {
  const id = textOf(payload.metadata?.[keyIdField]);
  const key = known.find((each) => each.id === id);
  if (key === undefined)
    throw unreadable(id, known, `is encrypted under the key ${id}, which is not here`);
  const data = payload.data ?? new Uint8Array();
  try {
    const decipher = createDecipheriv(algorithm, key.secret, data.subarray(0, nonceBytes));
    decipher.setAuthTag(data.subarray(-tagBytes));
    const opened = decipher.update(data.subarray(nonceBytes, -tagBytes));
    return PayloadMessage.decode(Buffer.concat([opened, decipher.final()]));
  } catch {
    const what = `was encrypted under another key that is called ${id}, or was altered`;
    throw unreadable(id, known, what);
  }
}

function isEncrypted({ metadata }: Payload): boolean {
  return textOf(metadata?.[METADATA_ENCODING_KEY]) === encoding;
}

function unreadable(id: string, known: readonly KnownKey[], what: string): Failure {
  return new Failure('Unavailable', `A payload ${what}`, {
    where: 'SLUICE_PAYLOAD_KEYS_FILE',
    seen: `key ${id}`,
    limit: known.length === 0 ? 'no keys' : `keys ${known.map((key) => key.id).join(', ')}`,
    next: `put the key ${id} back into the file of payload keys: docs/production.md`,
  });
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | null | undefined): string =>
  new TextDecoder().decode(bytes ?? new Uint8Array());

/** Signatures over a raw body: who knows the secret wrote it, and not long ago. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Failure } from '../domain/failures.js';
import type { Bytes } from './read-bytes.js';

export const signatureHeader = 'Sluice-Signature';

const headerForm = 't=<unix seconds>,v1=<hex of HMAC-SHA256 over "<t>.<body>">';
/** Two while a secret is changed; nobody needs many. */
const mostSignatures = 4;

export interface SignatureCheck {
  readonly secret: string;
  readonly toleranceMs: number;
  readonly nowMs: number;
}

/**
 * Unauthenticated unless one of the header's signatures is the secret's over this time and body.
 * @param header `t=1767225600,v1=5257a8…`, with several `v1` while a secret is changed
 */
export function requireSignature(
  header: string,
  body: Bytes,
  { secret, toleranceMs, nowMs }: SignatureCheck,
): void {
  const { seconds, signatures } = readHeader(header);
  const hmac = createHmac('sha256', secret).update(`${seconds}.`);
  for (const block of body) hmac.update(block);
  const expected = hmac.digest();
  let known = false;
  for (const signature of signatures) if (timingSafeEqual(signature, expected)) known = true;
  if (!known) throw refused('The signature does not fit the body', 'sign the very bytes you send');
  const apartMs = Math.abs(nowMs - seconds * 1000);
  if (apartMs <= toleranceMs) return;
  throw new Failure('Unauthenticated', 'The signature is too old, or ahead of our clock', {
    where: signatureHeader,
    seen: `${Math.round(apartMs / 1000)} s`,
    limit: `${Math.round(toleranceMs / 1000)} s`,
    next: 'sign at the moment of sending, and set the clocks',
  });
}

function readHeader(header: string): { seconds: number; signatures: readonly Buffer[] } {
  const parts = header.split(',').map((part) => part.trim());
  const times = parts.flatMap((part) => /^t=(\d{1,12})$/.exec(part)?.[1] ?? []);
  const signatures = parts.flatMap((part) => /^v1=([0-9a-f]{64})$/i.exec(part)?.[1] ?? []);
  if (times.length !== 1 || signatures.length === 0 || signatures.length > mostSignatures) {
    throw refused('The signature cannot be read', `send ${signatureHeader}: ${headerForm}`);
  }
  return {
    seconds: Number(times[0]),
    signatures: signatures.map((hex) => Buffer.from(hex, 'hex')),
  };
}

function refused(message: string, next: string): Failure {
  return new Failure('Unauthenticated', message, { where: signatureHeader, next });
}

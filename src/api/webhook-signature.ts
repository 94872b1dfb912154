/** GitHub's signature over a raw body: HMAC-SHA256 by a secret that both know. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { Failure } from '../domain/failures.js';
import type { Bytes } from './read-bytes.js';

export const hubSignatureHeader = 'X-Hub-Signature-256';

/** Of 64 kB: about a millisecond's work. */
const blocksATurn = 8;

const headerPattern = /^sha256=([0-9a-fA-F]{64})$/;

/**
 * Unauthenticated unless one of the secrets made the signature; all are tried, whichever fits.
 * @param header `sha256=<64 hex digits>`
 */
export async function requireHubSignature(
  header: string,
  body: Bytes,
  secrets: readonly string[],
): Promise<void> {
  const [, hex] = headerPattern.exec(header) ?? [];
  if (hex === undefined) {
    throw refused(
      'The signature cannot be read',
      `send ${hubSignatureHeader}: sha256=<64 hex digits>`,
    );
  }
  const signature = Buffer.from(hex, 'hex');
  let known = false;
  for (const secret of secrets) {
    const hmac = createHmac('sha256', secret);
    for (const [at, block] of body.entries()) {
      hmac.update(block);
      // Whoever sends 25 MB unsigned keeps nobody waiting for it.
      if (at % blocksATurn === blocksATurn - 1) await turn();
    }
    if (timingSafeEqual(signature, hmac.digest())) known = true;
  }
  if (known) return;
  throw refused(
    'The signature does not fit the body',
    'give the webhook the secret that github.webhookSecrets of sluice.yaml names',
  );
}

function refused(message: string, next: string): Failure {
  return new Failure('Unauthenticated', message, { where: hubSignatureHeader, next });
}

/** Approval tickets signed with HMAC-SHA256 by a key that the API and the workers share. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Failure } from '../../domain/failures.js';
import type { ApprovalClaim, ApprovalTickets } from '../../ports/approval-ticket.js';

/** Signed along, so that the key's other uses, if there ever are any, make no tickets. */
const purpose = 'sluice-approval-1';
const shortestKeyBytes = 32;

export type HmacTicketOptions = {
  /** Epoch milliseconds. */
  readonly clock: () => number;
} & ({ readonly key: Uint8Array } | { readonly keyFile: string });

/** InvalidInput when the key is missing or shorter than 32 bytes. */
export function createHmacTickets(options: HmacTicketOptions): ApprovalTickets {
  const key = 'key' in options ? options.key : readKey(options.keyFile);
  if (key.length < shortestKeyBytes) {
    throw new Failure('InvalidInput', 'The ticket key is too short', {
      ...('keyFile' in options ? { where: options.keyFile } : {}),
      seen: `${key.length} bytes`,
      limit: `${shortestKeyBytes} bytes`,
      next: 'write 32 random bytes or more, for example: openssl rand -out <file> 32',
    });
  }
  const signatureOf = (payload: string): Buffer =>
    createHmac('sha256', key).update(`${purpose}.${payload}`).digest();

  return {
    issue(claim) {
      const { releaseId, environment, actor, expiresAtMs } = claim;
      const fields = [releaseId, environment, actor, expiresAtMs];
      const payload = Buffer.from(JSON.stringify(fields)).toString('base64url');
      return `${payload}.${signatureOf(payload).toString('base64url')}`;
    },

    verify(ticket, expected) {
      const refuse = (reason: string) => ({ valid: false, reason }) as const;
      const [payload, signature, ...more] = ticket.split('.');
      if (!payload || !signature || more.length > 0) return refuse('the ticket is malformed');
      const given = Buffer.from(signature, 'base64url');
      const wanted = signatureOf(payload);
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
        return refuse('the ticket was not signed by this installation');
      }
      const claim = readClaim(payload);
      if (claim === null) return refuse('the ticket is malformed');
      for (const field of ['releaseId', 'environment', 'actor'] as const) {
        if (claim[field] !== expected[field]) return refuse(`the ticket is for another ${field}`);
      }
      if (options.clock() >= claim.expiresAtMs) return refuse('the ticket has expired');
      return { valid: true, claim };
    },
  };
}

function readKey(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Failure(
      'InvalidInput',
      'The ticket key cannot be read',
      { where: path, next: `write 32 random bytes there: openssl rand -out ${path} 32` },
      error,
    );
  }
}

/** Only called on a payload whose signature holds; still null when it is not a claim. */
function readClaim(payload: string): ApprovalClaim | null {
  try {
    const fields: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    if (!Array.isArray(fields) || fields.length !== 4) return null;
    const [releaseId, environment, actor, expiresAtMs] = fields as unknown[];
    if (typeof releaseId !== 'string' || typeof environment !== 'string') return null;
    if (typeof actor !== 'string' || typeof expiresAtMs !== 'number') return null;
    return { releaseId, environment, actor, expiresAtMs };
  } catch {
    return null;
  }
}

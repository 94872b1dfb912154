/** The secrets of an embedded stack: made once, each in a file that only its owner reads. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createTicketKey,
  createTokenFile,
  hashToken,
  issueToken,
  readTokenFile,
} from '../config/token-file.js';
import { type TokenScope } from '../domain/access/scope.js';

export interface Credentials {
  readonly tokensFile: string;
  readonly approvalKeyFile: string;
  readonly playgroundTokenFile: string;
  /** Secret of a token that may do everything, for the user of this machine. */
  readonly userTokenFile: string;
  /** Secret of a second person's token, because nobody approves their own release. */
  readonly approverTokenFile: string;
}

const dayMs = 86_400_000;
const validMs = 90 * dayMs;
/** Replaced at a start when less is left. */
const renewBeforeMs = 7 * dayMs;

export async function ensureCredentials(dataDir: string, user: string): Promise<Credentials> {
  const files: Credentials = {
    tokensFile: join(dataDir, 'tokens.json'),
    approvalKeyFile: join(dataDir, 'approval.key'),
    playgroundTokenFile: join(dataDir, 'playground.token'),
    userTokenFile: join(dataDir, 'user.token'),
    approverTokenFile: join(dataDir, 'approver.token'),
  };
  await createTokenFile(files.tokensFile);
  await createTicketKey(files.approvalKeyFile);
  await ensureToken(files.tokensFile, files.userTokenFile, user, ['admin']);
  await ensureToken(files.tokensFile, files.approverTokenFile, `${user}-approver`, [
    'read',
    'approve',
  ]);
  return files;
}

async function ensureToken(
  tokensFile: string,
  secretFile: string,
  owner: string,
  scopes: readonly TokenScope[],
): Promise<void> {
  const nowMs = Date.now();
  const secret = (await readFile(secretFile, 'utf8').catch(() => '')).trim();
  const known = (await readTokenFile(tokensFile)).find(
    ({ sha256 }) => sha256 === hashToken(secret),
  );
  if (known && Date.parse(known.expiresAt) - nowMs > renewBeforeMs) return;
  const issued = await issueToken(tokensFile, { owner, scopes, expiresAtMs: nowMs + validMs });
  await writeFile(secretFile, `${issued.secret}\n`, { mode: 0o600 });
}

/** The file of API tokens: who may do what until when; the tokens themselves are kept only as SHA-256. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { type TokenScope, tokenScopes } from '../domain/access/scope.js';
import { Failure } from '../domain/failures.js';
import { nameText } from '../domain/schema-parts.js';
import { withFileLock } from './file-lock.js';

const tokenSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,64}$/),
  /** Shown as the actor of everything done with the token. */
  owner: z.string().min(1).max(200),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: z.array(z.enum(tokenScopes)).min(1),
  /** Left out: everywhere. */
  environments: z.array(nameText).min(1).exactOptional(),
  /** Left out: all of them, and what belongs to none. */
  services: z.array(nameText).min(1).exactOptional(),
  expiresAt: z.iso.datetime(),
});

const fileSchema = z.strictObject({ tokens: z.array(tokenSchema) });

export type StoredToken = Readonly<z.output<typeof tokenSchema>>;

export interface TokenGrant {
  readonly owner: string;
  readonly scopes: readonly TokenScope[];
  readonly environments?: readonly string[];
  readonly services?: readonly string[];
  /** Epoch milliseconds. */
  readonly expiresAtMs: number;
}

/** 256 random bits with a prefix that secret scanners can look for. */
function newSecret(): string {
  return `slc_${randomBytes(32).toString('base64url')}`;
}

export function hashToken(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** All tokens of the file; InvalidInput when it is missing or not of the expected shape. */
export async function readTokenFile(path: string): Promise<readonly StoredToken[]> {
  const faulty = (message: string, cause: unknown): Failure =>
    new Failure(
      'InvalidInput',
      message,
      { where: path, next: `sluice token create --file ${path} --owner <name> --scopes read` },
      cause,
    );
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw faulty('The token file cannot be read', error);
  }
  let written: unknown;
  try {
    written = JSON.parse(text);
  } catch (error) {
    throw faulty('The token file is not JSON', error);
  }
  const parsed = fileSchema.safeParse(written);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw faulty(
      `The token file is not valid at ${issue?.path.join('.')}: ${issue?.message}`,
      null,
    );
  }
  return parsed.data.tokens;
}

/** Makes an empty token file, readable by its owner alone; one that is there is left as it is. */
export async function createTokenFile(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, '{"tokens": []}\n', { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Adds a token to the file and returns it with its secret, which is never shown again. */
export async function issueToken(
  path: string,
  grant: TokenGrant,
): Promise<{ readonly secret: string; readonly token: StoredToken }> {
  const secret = newSecret();
  const token: StoredToken = {
    id: randomUUID().slice(0, 8),
    owner: grant.owner,
    sha256: hashToken(secret),
    scopes: [...grant.scopes],
    ...(grant.environments === undefined ? {} : { environments: [...grant.environments] }),
    ...(grant.services === undefined ? {} : { services: [...grant.services] }),
    expiresAt: new Date(grant.expiresAtMs).toISOString(),
  };
  await changeTokens(path, (tokens) => [...tokens, token]);
  return { secret, token };
}

/** Takes a token out of the file: the API refuses it within a second. NotFound when there is none of that id. */
export async function revokeToken(path: string, id: string): Promise<StoredToken> {
  let revoked: StoredToken | undefined;
  await changeTokens(path, (tokens) => {
    revoked = tokens.find((token) => token.id === id);
    return tokens.filter((token) => token.id !== id);
  });
  if (revoked !== undefined) return revoked;
  throw new Failure('NotFound', 'There is no token of this id', {
    where: path,
    seen: id,
    next: 'sluice token list',
  });
}

/** One after the other, whoever changes it: what another process has just written is not written over. */
async function changeTokens(
  path: string,
  change: (tokens: readonly StoredToken[]) => readonly StoredToken[],
): Promise<void> {
  await withFileLock(`${path}.lock`, async () => {
    const tokens = change(await readTokenFile(path));
    // Written beside and renamed, so that a reader never sees half a file.
    const draft = `${path}.${randomUUID()}.tmp`;
    await writeFile(draft, `${JSON.stringify({ tokens }, null, 2)}\n`, { mode: 0o600 });
    await rename(draft, path);
  });
}

/** Makes a random ticket key of 32 bytes, readable by its owner alone; one that is there is kept. */
export async function createTicketKey(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, randomBytes(32), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    await chmod(path, 0o600);
  }
}

/** Which API to ask and with which token: from flags, the environment, or the running embedded stack. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { Failure } from '../domain/failures.js';

export interface ConnectionFlags {
  readonly api?: string;
  readonly token?: string;
  readonly dataDir?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The part of `stack.json` that the command line needs. */
const stackSchema = z.object({
  apiUrl: z.url(),
  tokenFile: z.string(),
  temporalUiUrl: z.string().optional(),
  temporalAddress: z.string().optional(),
  playgroundUrl: z.string().optional(),
});

export function dataDirOf(flags: ConnectionFlags, env: Environment): string {
  return resolve(flags.dataDir ?? (env.SLUICE_DATA_DIR || '.sluice'));
}

/** InvalidInput when no API is named and no stack runs; Unauthenticated without a token. */
export async function resolveConnection(
  flags: ConnectionFlags,
  env: Environment,
): Promise<{ readonly apiUrl: string; readonly token: string }> {
  const dataDir = dataDirOf(flags, env);
  const named = flags.api ?? (env.SLUICE_API_URL || undefined);
  const stack = await readStack(dataDir);
  const apiUrl = named ?? stack?.apiUrl;
  if (apiUrl === undefined) {
    throw new Failure('InvalidInput', 'No API is named and no stack runs here', {
      where: join(dataDir, 'stack.json'),
      next: 'start one with: sluice up, or name one by --api <url> or SLUICE_API_URL',
    });
  }
  if (!/^https?:\/\//.test(apiUrl) || !URL.canParse(apiUrl)) {
    throw new Failure('InvalidInput', 'The API is not named by an http(s) URL', {
      seen: apiUrl,
      next: 'write it as http://127.0.0.1:7400',
    });
  }
  // The stack's token is for the stack's API: it is sent nowhere else.
  const isStack = stack !== null && new URL(stack.apiUrl).origin === new URL(apiUrl).origin;
  const token =
    flags.token ?? (env.SLUICE_TOKEN || (isStack ? await readSecret(stack.tokenFile) : undefined));
  if (token === undefined) {
    throw new Failure('Unauthenticated', 'There is no token for this API', {
      where: apiUrl,
      next: 'export SLUICE_TOKEN=<token>; make one with: sluice token create --owner <name> --scopes read',
    });
  }
  return { apiUrl, token };
}

/** Of the stack that runs here; null: none does. */
export async function readStack(dataDir: string): Promise<z.output<typeof stackSchema> | null> {
  try {
    return stackSchema.parse(JSON.parse(await readFile(join(dataDir, 'stack.json'), 'utf8')));
  } catch {
    // None is running here; that is told where an API is needed.
    return null;
  }
}

async function readSecret(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trim() || undefined;
}

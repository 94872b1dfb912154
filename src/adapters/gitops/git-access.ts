/** Where a repository is and who we are there: addresses, and credentials that travel in git's environment alone. */
import { readFile } from 'node:fs/promises';
import { Failure } from '../../domain/failures.js';

/** Where a credential lies; read at every use, so that it may be renewed. */
export type Credential = { readonly env: string } | { readonly file: string };

export interface RepositoryOptions {
  /** Absolute path, `https://…`, `ssh://…` or `user@host:path`; without a credential in it. */
  readonly url: string;
  readonly branch: string;
  /** For https the token or password, for ssh the file of the private key. */
  readonly auth?: Credential | undefined;
  /** Sent with the token. */
  readonly username?: string | undefined;
}

const tokenUser = 'x-access-token';

/**
 * Variables for a git command that talks to the repository.
 * @throws InvalidInput when the credential is not there
 */
export async function accessOf(
  { url, auth, username = tokenUser }: RepositoryOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, string>> {
  // Both must fail rather than ask, and an unknown host is for people to accept.
  const ssh = 'ssh -o BatchMode=yes -o ConnectTimeout=5';
  if (auth === undefined) return { GIT_SSH_COMMAND: ssh };
  if (!/^https?:/.test(url)) {
    if (!('file' in auth)) {
      throw new Failure('InvalidInput', 'a repository over ssh takes the file of a private key', {
        where: 'repository.auth',
        seen: 'env',
        limit: 'file',
      });
    }
    const quoted = `'${auth.file.replaceAll("'", `'\\''`)}'`;
    return { GIT_SSH_COMMAND: `${ssh} -o IdentitiesOnly=yes -i ${quoted}` };
  }
  const secret = await readCredential(auth, environment);
  const basic = Buffer.from(`${username}:${secret}`).toString('base64');
  const { origin } = new URL(url);
  const settings: readonly (readonly [string, string])[] = [
    [`http.${origin}.extraHeader`, `Authorization: Basic ${basic}`],
    // Whoever is redirected to must not see it.
    ['http.followRedirects', 'false'],
    ['credential.helper', ''],
  ];
  return {
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], n) => [
        [`GIT_CONFIG_KEY_${n}`, key],
        [`GIT_CONFIG_VALUE_${n}`, value],
      ]),
    ),
  };
}

async function readCredential(
  auth: Credential,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const where = 'env' in auth ? auth.env : auth.file;
  const text =
    'env' in auth
      ? environment[auth.env]
      : await readFile(auth.file, 'utf8').catch(() => undefined);
  const secret = text?.trim() ?? '';
  if (secret !== '') return secret;
  throw new Failure('InvalidInput', 'the credential of the repository is not there', {
    where,
    next: 'set it for every worker, then restart them',
  });
}

/** Reads a credential where the configuration says that it lies, at the moment it is used. */
import { readFile } from 'node:fs/promises';
import { Failure } from '../domain/failures.js';

export type Credential = { readonly env: string } | { readonly file: string };

/** A bearer token, or the password of a user. */
export type Authorization =
  | Credential
  | { readonly username: string; readonly password: Credential };

/**
 * Value of the header `Authorization`.
 * @throws InvalidInput naming the variable or file, never what is in it
 */
export async function readAuthorization(
  authorization: Authorization,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  if (!('username' in authorization)) return `Bearer ${await readCredential(authorization, env)}`;
  const { username, password } = authorization;
  const pair = `${username}:${await readCredential(password, env)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/**
 * The secret itself.
 * @throws InvalidInput naming the variable or file, never what is in it
 */
export async function readCredential(
  credential: Credential,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const secret = await readText(credential, env);
  if (secret !== '' && !/[\r\n]/.test(secret)) return secret;
  throw unusable(credential, secret === '' ? absent : 'has more than one line');
}

/**
 * A key as PEM; in a variable its lines may be parted by `\n` in letters.
 * @throws InvalidInput naming the variable or file, never what is in it
 */
export async function readPrivateKey(
  credential: Credential,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const key = (await readText(credential, env)).replace(/\\n/g, '\n');
  if (/^-----BEGIN [A-Z ]*PRIVATE KEY-----\s[\s\S]+-----END [A-Z ]*PRIVATE KEY-----$/.test(key))
    return key;
  throw unusable(credential, key === '' ? absent : 'is no private key in PEM');
}

const absent = 'is not there or empty';

async function readText(
  credential: Credential,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const found =
    'file' in credential
      ? await readFile(credential.file, 'utf8').catch(() => '')
      : env[credential.env];
  return found?.trim() ?? '';
}

function unusable(credential: Credential, state: string): Failure {
  const isFile = 'file' in credential;
  const where = isFile ? credential.file : credential.env;
  const what = isFile ? `file ${where}` : `environment variable ${where}`;
  return new Failure('InvalidInput', `the credential in ${what} ${state}`, {
    where,
    next: isFile
      ? `write it to ${where}, readable by the worker`
      : `start the worker with ${where} set`,
  });
}

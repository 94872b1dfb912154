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
  const isFile = 'file' in credential;
  const where = isFile ? credential.file : credential.env;
  const found = isFile ? await readFile(where, 'utf8').catch(() => '') : env[where];
  const secret = found?.trim() ?? '';
  if (secret !== '' && !/[\r\n]/.test(secret)) return secret;
  const state = secret === '' ? 'is not there or empty' : 'has more than one line';
  const what = isFile ? `file ${where}` : `environment variable ${where}`;
  throw new Failure('InvalidInput', `the credential in ${what} ${state}`, {
    where,
    next: isFile
      ? `write it to ${where}, readable by the worker`
      : `start the worker with ${where} set`,
  });
}

/** The bearer token that opens the control API: made once, kept in a file that only its owner reads. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from '../domain/failures.js';

/** @throws InvalidInput when others can read the file, or it holds no usable token */
export function loadOrCreateToken(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
    chmodSync(path, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
    const next = `chmod 600 ${path}`;
    const seen = mode.toString(8);
    throw new Failure('InvalidInput', 'others can read the token file', {
      where: path,
      seen,
      next,
    });
  }
  const token = readFileSync(path, 'utf8').trim();
  if (token.length < 32) {
    const details = { where: path, seen: token.length, limit: 32, next: `rm ${path}` };
    throw new Failure('InvalidInput', 'the token file holds no token', details);
  }
  return token;
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Checks an `Authorization` header in a time that says nothing about the token. */
export function createTokenCheck(token: string): (authorization: string | undefined) => boolean {
  const expected = digest(`Bearer ${token}`);
  return (authorization) => timingSafeEqual(digest(authorization ?? ''), expected);
}

/** Tokens checked with the keys that their issuer publishes, and what is said of one that does not hold. */
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { z } from 'zod';
import { Failure } from '../../domain/failures.js';

/** Clocks differ; issuers' tokens begin at the second they are made. */
const clockToleranceS = 30;

export interface VerifierOptions {
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** How the keys are read. */
  readonly fetch: typeof fetch;
}

export interface VerifierWords {
  /** `access.…`: the setting that says where the keys lie. */
  readonly keysSetting: string;
  /** What is wrong with the token, and at which claim. */
  readonly refused: (what: string, where: string) => Failure;
  /** Of signed claims that are not what we need. */
  readonly misread: (error: z.ZodError) => Failure;
}

export type Verify = <T>(
  token: string,
  trust: JWTVerifyOptions & { readonly keysUrl: string },
  read: (payload: JWTPayload) => T,
) => Promise<T>;

/**
 * What is wrong with a token is said; what cannot be known because nobody answers is not held against it.
 * @throws Unavailable when the keys cannot be read; else what `words` make of it
 */
export function createVerifier(options: VerifierOptions, words: VerifierWords): Verify {
  // One set for each address ever named: it keeps the keys, and asks at most every 30 s for one it does not know.
  const sets = new Map<string, JWTVerifyGetKey>();

  function keysOf(url: string): JWTVerifyGetKey {
    const set = sets.get(url) ?? createRemoteJWKSet(new URL(url), { [customFetch]: options.fetch });
    sets.set(url, set);
    return set;
  }

  return async (token, { keysUrl, ...wanted }, read) => {
    try {
      const { payload } = await jwtVerify(token, keysOf(keysUrl), {
        ...wanted,
        clockTolerance: clockToleranceS,
        currentDate: new Date(options.clock()),
      });
      return read(payload);
    } catch (error) {
      throw failureOf(error, words);
    }
  };
}

function failureOf(error: unknown, { keysSetting, refused, misread }: VerifierWords): Failure {
  if (error instanceof errors.JWTExpired) return refused('has expired', 'exp');
  if (error instanceof errors.JWTClaimValidationFailed) {
    return refused(`does not hold: ${error.claim}`, error.claim);
  }
  if (error instanceof z.ZodError) return misread(error);
  const isOutage =
    !(error instanceof errors.JOSEError) ||
    [errors.JWKSTimeout.code, errors.JWKSInvalid.code, errors.JOSEError.code].includes(error.code);
  if (!isOutage) return refused('is not signed by whom this installation trusts', 'signature');
  return new Failure(
    'Unavailable',
    'The keys of the issuer cannot be read',
    { where: keysSetting, next: 'ask again in a moment', retryAfterMs: 5000 },
    error,
  );
}

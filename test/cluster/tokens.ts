/** Tokens as Temporal's own claim mapper reads them, signed with a key whose public half lies in a file. */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export interface TokenIssuer {
  /** What a Temporal server reads the keys from. */
  readonly keysUrl: string;
  /** @param permissions such as `shop:write`, and `temporal-system:admin` over everything */
  issue(subject: string, permissions: readonly string[]): Promise<string>;
}

const algorithm = 'ES256';
const kid = 'of this test';

/** @param file is written */
export async function createTokenIssuer(file: string): Promise<TokenIssuer> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm);
  const key = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' };
  writeFileSync(file, JSON.stringify({ keys: [key] }));
  return {
    keysUrl: pathToFileURL(file).href,
    issue: (subject, permissions) =>
      new SignJWT({ permissions })
        .setProtectedHeader({ alg: algorithm, kid })
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime('1 day')
        .sign(privateKey),
  };
}

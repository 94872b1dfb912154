/** The headers that a metric source is asked with: credentials read where they lie, other values as they are written. */
import {
  type Authorization,
  type Credential,
  readAuthorization,
  readCredential,
} from './credential.js';

type Env = Readonly<Record<string, string | undefined>>;

export interface HeaderSettings {
  readonly auth?: Authorization | undefined;
  readonly headers?: Readonly<Record<string, string | Credential>> | undefined;
}

/** @throws InvalidInput naming the variable or file that a credential is missing in */
export async function readHeaders({ auth, headers = {} }: HeaderSettings, env: Env) {
  const authorization = auth && (await readAuthorization(auth, env));
  const secrets = authorization === undefined ? [] : [authorization];
  // Whoever answers may repeat it as it was before it was wrapped.
  if (auth && 'password' in auth) secrets.push(await readCredential(auth.password, env));
  const read: Record<string, string> = authorization === undefined ? {} : { authorization };
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') {
      read[name] = value;
      continue;
    }
    const secret = await readCredential(value, env);
    read[name] = secret;
    secrets.push(secret);
  }
  return { headers: read, secrets };
}

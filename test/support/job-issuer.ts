/** A stand-in for the issuer of GitHub Actions: keys over HTTP, and tokens with whatever claims a test wants. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;
type Claims = Readonly<Record<string, unknown>>;

export interface JobIssuer {
  readonly url: string;
  /** Requests for the keys so far. */
  readonly reads: () => number;
  /** As GitHub writes them, but for what is given; `undefined` leaves a claim out. */
  claims(more?: Claims): Claims;
  sign(claims?: Claims, options?: SignOptions): Promise<string>;
  /** How the keys are answered from now on. */
  answer(how: 'well' | 'fails' | 'nonsense' | 'never'): void;
  /** New keys in place of the old ones. */
  rotate(): Promise<void>;
  stop(): Promise<void>;
}

interface SignOptions {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: Keys['privateKey'] | Uint8Array;
}

export const audience = 'https://sluice.example.test';

export async function startJobIssuer(): Promise<JobIssuer> {
  let serial = 1;
  let keys: Keys = await generateKeyPair('RS256');
  let jwk: JWK = await exportJWK(keys.publicKey);
  let how: Parameters<JobIssuer['answer']>[0] = 'well';
  let reads = 0;
  const kid = () => `key-${serial}`;
  const server = createServer((request, response) => {
    if (request.url !== '/.well-known/jwks') return void response.writeHead(404).end();
    reads += 1;
    if (how === 'never') return;
    if (how === 'fails') return void response.writeHead(500).end();
    const set = { keys: [{ ...jwk, kid: kid(), alg: 'RS256', use: 'sig' }] };
    response.setHeader('content-type', 'application/json');
    response.end(how === 'nonsense' ? '<html>' : JSON.stringify(set));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  function claims(more: Claims = {}): Claims {
    const nowS = Math.floor(Date.now() / 1000);
    return {
      iss: url,
      aud: audience,
      sub: 'repo:acme/checkout:ref:refs/heads/main',
      jti: crypto.randomUUID(),
      ...{ iat: nowS, nbf: nowS - 5, exp: nowS + 300 },
      repository: 'acme/checkout',
      repository_id: '74',
      repository_owner: 'acme',
      repository_owner_id: '9',
      repository_visibility: 'private',
      ref: 'refs/heads/main',
      ref_type: 'branch',
      sha: '9fceb02d0ae598e95dc970b74767f19372d61af8',
      event_name: 'push',
      environment: 'release',
      job_workflow_ref: 'acme/ci/.github/workflows/release.yml@refs/heads/main',
      actor: 'ann',
      actor_id: '12',
      ...{
        run_id: '5821',
        run_number: '10',
        run_attempt: '1',
        runner_environment: 'github-hosted',
      },
      ...more,
    };
  }

  return {
    url,
    reads: () => reads,
    claims,
    sign: (more = {}, { header = {}, key = keys.privateKey } = {}) =>
      new SignJWT(claims(more))
        .setProtectedHeader({ alg: 'RS256', kid: kid(), typ: 'JWT', ...header })
        .sign(key),
    answer: (next) => {
      how = next;
    },
    async rotate() {
      serial += 1;
      keys = await generateKeyPair('RS256');
      jwk = await exportJWK(keys.publicKey);
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

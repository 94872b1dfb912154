/** A shop on a stack of its own, with users who never stop and tokens for those who look at it. */
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReleaseBodyInput } from '../../src/api/schemas/release.js';
import { createStackClient, type StackClient } from '../../src/cli/demo/stack-client.js';
import { sendTraffic } from '../../src/cli/demo/steady-traffic.js';
import { issueToken } from '../../src/config/token-file.js';
import type { TokenScope } from '../../src/domain/access/scope.js';
import type { ReleaseView } from '../../src/domain/release/view.js';
import { type Stack, startStack } from '../../src/embedded/stack.js';

export const service = 'checkout';

export interface Stage {
  readonly stack: Stack;
  readonly client: StackClient;
  readonly url: string;
  token(owner: string, ...scopes: readonly TokenScope[]): Promise<string>;
  /** Writes the artifact and posts its release. */
  release(
    version: string,
    more?: Partial<ReleaseBodyInput>,
    behaviour?: Readonly<Record<string, number>>,
  ): Promise<void>;
  /** Waits until its release is as told, approving by another person what waits for that. */
  until(
    version: string,
    is: (view: ReleaseView) => boolean,
    approves?: boolean,
  ): Promise<ReleaseView>;
  stop(): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-stage-'));
  cpSync('examples/checkout', folder, { recursive: true });
  const stack = await startStack({
    dataDir: null,
    configPath: join(folder, 'sluice.demo.yaml'),
    env: process.env,
    log: () => undefined,
  });
  const token = async (owner: string, ...scopes: readonly TokenScope[]): Promise<string> => {
    const expiresAtMs = Date.now() + 3_600_000;
    const { tokensFile } = stack.credentials;
    const { secret } = await issueToken(tokensFile, { owner, scopes, expiresAtMs });
    // The API looks for new tokens now and then.
    const headers = { authorization: `Bearer ${secret}` };
    while (!(await fetch(`${stack.info.apiUrl}/v1/me`, { headers })).ok) await sleep(50);
    return secret;
  };
  const gone = new AbortController();
  const approver = await token('bea', 'read', 'approve');
  const client = await createStackClient(stack, approver, gone.signal);
  const users = sendTraffic(client, 40);
  return {
    stack,
    client,
    token,
    url: `${stack.info.apiUrl}/ui`,
    async release(version, more = {}, behaviour = {}) {
      const text = JSON.stringify({ version, ...behaviour });
      writeFileSync(join(folder, `artifacts/${service}-${version}.json`), text);
      const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
      await client.post({ service, version, digest, reason: 'for the shop', ...more });
    },
    async until(version, is, approves = true) {
      for (const untilMs = Date.now() + 40_000; Date.now() < untilMs; await sleep(100)) {
        const view = await client.release(service, version).catch(() => null);
        if (view === null) continue;
        if (is(view)) return view;
        const waiting = view.stages.find(({ phase }) => phase === 'AwaitingApproval');
        if (approves && waiting) {
          await client
            .approve(service, version, waiting.environment, 'staging looks good')
            .catch(() => undefined);
        }
      }
      throw new Error(`${version} did not get there`);
    },
    async stop() {
      await users.stop();
      gone.abort();
      await stack.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Token of the person who started the stack: everything is allowed. */
export function ownToken({ stack }: Stage): string {
  return readFileSync(stack.info.tokenFile, 'utf8').trim();
}

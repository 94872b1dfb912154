/** A GitHub in this process and the engine in another: every request between them is counted here. */
import { generateKeyPairSync } from 'node:crypto';
import type { RepositoryKey } from '../../../src/domain/repository/names.js';
import type { Control } from '../../../src/github-standin/control.js';
import type { Exchange } from '../../../src/github-standin/server.js';
import { startGithubStandin } from '../../../src/github-standin/standin.js';
import { policyFile } from '../../support/policy-file.js';
import { startChild } from '../child.js';
import type { EngineCalls, Place, Taken } from './engine-process.js';

export interface SyncScene {
  readonly control: Control;
  readonly engine: Omit<EngineCalls, 'stop'>;
  /** With that policy and those files, all of it approved beforehand. */
  repository(sync?: object, files?: Readonly<Record<string, string>>): Promise<RepositoryKey>;
  /** What a piece of work asked of GitHub. */
  counted<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly calls: Calls }>;
  stop(): Promise<void>;
}

/** How often each was asked, by GitHub's name of the operation or the name of the query. */
export interface Calls {
  readonly by: Readonly<Record<string, number>>;
  /** Answered `304`, which GitHub does not count. */
  readonly unchanged: number;
}

const everythingGoes = {
  ...{ firstPass: 'go', every: '1d', fullEvery: '30d' },
  guard: { issues: 1_000_000, share: '100%' },
};

export async function startSyncScene(): Promise<SyncScene> {
  const watched: Exchange[] = [];
  let git: readonly string[] = [];
  const standin = await startGithubStandin({ watch: (exchange) => void watched.push(exchange) });
  const { control, url } = standin;
  control.limits.primaryPerHour = 1_000_000_000;
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const start: RepositoryKey = { owner: 'acme', name: 'start' };
  await control.createRepository({ ...start, isOrganization: true });
  const { app } = control.createApp({ publicKey, owner: start.owner });
  const child = await startEngineProcess({ url, appId: app.id, privateKey });
  let count = 0;
  return {
    control,
    engine: child.engine,
    async repository(sync = {}, files = {}) {
      count += 1;
      const key = { owner: start.owner, name: `bench-${count}` };
      const policy = policyFile(`sync: ${JSON.stringify({ ...everythingGoes, ...sync })}`);
      await control.createRepository({ ...key, files: { 'sluice.yaml': policy, ...files } });
      return key;
    },
    async counted(work) {
      watched.length = 0;
      control.clearLog();
      const result = await work();
      git = control.log.flatMap(({ operation }) =>
        /^git\/(fetch|push)$/.test(operation) ? [operation] : [],
      );
      const by: Record<string, number> = {};
      for (const name of [...watched.map(nameOf), ...git]) by[name] = (by[name] ?? 0) + 1;
      return {
        result,
        calls: { by, unchanged: watched.filter(({ status }) => status === 304).length },
      };
    },
    async stop() {
      await child.stop();
      await standin.close();
    },
  };
}

function nameOf({ operation, requestBody }: Exchange): string {
  const text = (requestBody as { readonly query?: string } | null)?.query ?? '';
  return /^\s*(?:query|mutation)\s+(\w+)/.exec(text)?.[1] ?? operation;
}

async function startEngineProcess(place: Place) {
  const { ask, stop } = await startChild(new URL('./engine-process.ts', import.meta.url), place);
  const engine: Omit<EngineCalls, 'stop'> = {
    hookUrl: () => ask<string>('hookUrl'),
    begin: (key) => ask<Taken>('begin', key),
    pass: (key, isFull) => ask<Taken>('pass', key, isFull),
    view: (key) => ask('view', key),
  };
  return { engine, stop };
}

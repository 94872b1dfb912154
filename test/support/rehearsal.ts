/** A small shop on real processes, for rehearsals of disasters: commands are given as the pages of docs write them. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createPlaygroundPlatform } from '../../src/adapters/playground/platform.js';
import type { TargetKey } from '../../src/domain/names.js';
import type { SplitReading } from '../../src/ports/traffic-router.js';
import { compiledProgram } from './compiled-program.js';
import type { LocalProcess } from './local-process.js';
import { prepareStack } from './stack-parts.js';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Rehearsal {
  readonly dataDir: string;
  readonly temporalAddress: string;
  readonly parts: Readonly<Record<'temporal' | 'playground' | 'worker' | 'api', LocalProcess>>;
  /** A line as it is typed; `by` the approver where one is needed. Never rejects. */
  type(line: string, by?: 'ann' | 'approver'): Promise<Said>;
  /** The answer of a command that must succeed, by `--json`. */
  answer<Answer>(line: string, by?: 'ann' | 'approver'): Promise<Answer>;
  /** What the API has at a path; null where there is nothing. @throws when it answers otherwise than 200 and 404 */
  read<View>(path: string): Promise<View | null>;
  /** What became of a request of ann's; `code` is that of a problem. */
  post(path: string, body: object): Promise<{ readonly status: number; readonly code?: string }>;
  /** Writes the artifact of a version and returns its digest. */
  artifact(service: string, version: string): string;
  readSplit(target: TargetKey): Promise<SplitReading>;
  stop(): Promise<void>;
}

/** Starts the playground, Temporal with its database as a file, a worker and an API. */
export async function startRehearsal(
  workerEnv: Readonly<Record<string, string>> = {},
): Promise<Rehearsal> {
  const program = compiledProgram('cli/main');
  const stack = await prepareStack({ keepsHistory: true, configOf: writeShop });
  const { dataDir, addresses, credentials } = stack;
  const parts = {
    temporal: stack.prepare('temporal'),
    playground: stack.prepare('playground'),
    worker: stack.prepare('worker', workerEnv),
    api: stack.prepare('api'),
  };
  const platform = createPlaygroundPlatform({
    url: addresses.playgroundUrl,
    tokenFile: credentials.playgroundTokenFile,
  });
  const secretOf = { ann: credentials.userTokenFile, approver: credentials.approverTokenFile };
  const type: Rehearsal['type'] = (line, by = 'ann') =>
    runLine(program, line, {
      SLUICE_API_URL: addresses.apiUrl,
      SLUICE_TOKEN: readFileSync(secretOf[by], 'utf8').trim(),
      SLUICE_DATA_DIR: dataDir,
      SLUICE_CONFIG: join(dataDir, 'sluice.yaml'),
      TEMPORAL_CONFIG_FILE: join(dataDir, 'temporal.toml'),
    });
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${addresses.apiUrl}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${readFileSync(secretOf.ann, 'utf8').trim()}`,
        'content-type': 'application/json',
      },
    });
  try {
    await Promise.all([parts.playground.start(), parts.temporal.start()]);
    await Promise.all([parts.worker.start(), parts.api.start()]);
  } catch (error) {
    await stack.stop();
    throw error;
  }
  return {
    ...{ dataDir, parts, type, temporalAddress: addresses.temporalAddress },
    async answer<Answer>(line: string, by?: 'ann' | 'approver') {
      const { code, out, err } = await type(`${line} --json`, by);
      if (code !== 0) throw new Error(`${line} ended with ${code}\n${out}${err}`);
      return JSON.parse(out) as Answer;
    },
    async read<View>(path: string) {
      const answer = await ask(path);
      if (answer.status === 404) return null;
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
      return (await answer.json()) as View;
    },
    async post(path, body) {
      const answer = await ask(path, { method: 'POST', body: JSON.stringify(body) });
      const { code } = (await answer.json()) as { readonly code?: string };
      return { status: answer.status, ...(code === undefined ? {} : { code }) };
    },
    artifact(service, version) {
      const text = JSON.stringify({ service, version });
      writeFileSync(join(dataDir, 'artifacts', `${service}-${version}.json`), text);
      return `sha256:${createHash('sha256').update(text).digest('hex')}`;
    },
    readSplit: (target) => platform.router.readSplit(target),
    stop: () => stack.stop(),
  };
}

function runLine(
  program: readonly string[],
  line: string,
  env: Readonly<Record<string, string>>,
): Promise<Said> {
  const script = `sluice() { ${program.map((word) => `'${word}'`).join(' ')} "$@"; }\n${line}`;
  const options = { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((done) => {
    execFile('sh', ['-c', script], options, (error, out, err) => {
      done({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

/** Staging holds a candidate at half of the traffic for long; production wants an approval. */
function writeShop(dataDir: string): string {
  const path = join(dataDir, 'sluice.yaml');
  const server = resolve(import.meta.dirname, '../../examples/checkout/server.mjs');
  const service = (name: string) => ({
    workload: {
      ...{ command: [process.execPath, server, '{artifact}'], directory: dataDir, instances: 1 },
      ...{ artifact: `artifacts/${name}-{version}.json`, healthPath: '/healthz' },
    },
  });
  const canary = (...steps: readonly object[]) => ({
    canary: { steps, keepWarm: '1s', abortScaleDownDelay: '1s' },
  });
  const held = [{ setWeight: 50 }, { analysis: { for: '20m', deadline: '1h' } }];
  const health = { onInconclusive: 'advance', onNoData: 'advance' };
  const project = {
    ...{ apiVersion: 'sluice/v1', project: 'shop' },
    platforms: { local: { kind: 'playground' } },
    services: { cart: service('cart'), checkout: service('checkout') },
    environments: {
      staging: { platform: 'local', strategy: canary(...held), health },
      production: {
        ...{ platform: 'local', approvals: { required: 1 }, health },
        strategy: canary({ setWeight: 50 }),
      },
    },
  };
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(project));
  return path;
}

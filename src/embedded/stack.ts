/** The embedded stack: Temporal, playground, worker and API as supervised processes of this machine. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { type Credentials, ensureCredentials } from './credentials.js';
import { choosePorts, type PortWish } from './free-port.js';
import { prepareGithubStandin } from './github-standin.js';
import { type Guard, startGuard } from './guard.js';
import { ownProgram } from '../programs/own-program.js';
import { awaitFreeDataDir, removeStackFile, type StackInfo, writeStackFile } from './stack-file.js';
import { type PartName, stackSpecs } from './stack-specs.js';
import { type SupervisedProcess, superviseProcess } from './supervised-process.js';
import { findTemporalCli } from './temporal-cli.js';

export interface StackOptions {
  /** Kept between runs; null: a temporary one that goes with the stack. */
  readonly dataDir: string | null;
  readonly configPath: string;
  /** Strict: this port or a failure. Others are chosen as in the last run, or freely. */
  readonly ports?: { readonly api?: PortWish; readonly ui?: PortWish };
  /** The caller's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workerEnv?: Readonly<Record<string, string>>;
  /** Aborted while starting: everything begun is ended and startStack rejects. */
  readonly signal?: AbortSignal;
  /** One line for people whenever a part ends or comes back. */
  readonly log: (line: string) => void;
  /** A GitHub of this machine beside the others, that the configuration then leads to. */
  readonly hasGithub?: boolean;
  /** Stand-ins, for tests of the stack itself. */
  readonly programs?: Partial<Readonly<Record<'playground' | 'worker' | 'api', readonly string[]>>>;
}

export interface Stack {
  readonly dataDir: string;
  readonly info: StackInfo;
  readonly credentials: Credentials;
  /** Process id of a part now; null while it is down. */
  pid(part: PartName): number | null;
  /** Ends all parts in order; repeated calls wait for the same end. */
  stop(): Promise<void>;
}

/** @throws Conflict, NotFound (no Temporal CLI) or Unavailable; nothing is left running then */
export async function startStack(options: StackOptions): Promise<Stack> {
  const cli = findTemporalCli(options.env);
  const isTemporary = options.dataDir === null;
  const dataDir = isTemporary
    ? await mkdtemp(join(tmpdir(), 'sluice-'))
    : resolve(options.dataDir as string);
  await mkdir(join(dataDir, 'logs'), { recursive: true, mode: 0o700 });
  const last = await awaitFreeDataDir(dataDir);

  // A stack of an hour takes any ports: the usual ones belong to those who come back to them.
  const usually = (address: string | undefined, port: number): PortWish | null =>
    isTemporary ? null : wishOf(address, port);

  const id = randomUUID();
  const guard = await startGuard(id);
  if (isTemporary) guard.tell({ removeFolder: dataDir });
  const parts = new Map<PartName, SupervisedProcess>();
  const starting: Promise<unknown>[] = [];
  const givingUp = new AbortController();
  const giveUp = () => givingUp.abort();
  options.signal?.addEventListener('abort', giveUp, { once: true });
  if (options.signal?.aborted) giveUp();
  let stopped: Promise<void> | null = null;
  const stop = () =>
    (stopped ??= stopInOrder(parts, starting, guard, isTemporary ? dataDir : null));

  try {
    const [credentials, ports] = await Promise.all([
      ensureCredentials(dataDir, userInfo().username),
      choosePorts({
        temporal: usually(last?.temporalAddress, 7233),
        ui: options.ports?.ui ?? usually(last?.temporalUiUrl, 8233),
        api: options.ports?.api ?? usually(last?.apiUrl, 7400),
        playground: usually(last?.playgroundUrl, 7410),
        github: options.hasGithub ? usually(last?.githubUrl, 7420) : null,
      }),
    ]);
    const github = !options.hasGithub
      ? null
      : await prepareGithubStandin({
          dataDir,
          configPath: options.configPath,
          port: ports.github,
          apiUrl: `http://127.0.0.1:${ports.api}`,
        });
    const specs = stackSpecs({
      cli,
      dataDir,
      isTemporary,
      configPath: github?.configPath ?? resolve(options.configPath),
      ...(github && { github: { command: ownProgram('github-standin/main'), env: github.env } }),
      env: options.env,
      workerEnv: options.workerEnv ?? {},
      credentials,
      ports,
      programs: {
        playground: options.programs?.playground ?? ownProgram('playground/main'),
        worker: options.programs?.worker ?? ownProgram('workers/main'),
        api: options.programs?.api ?? ownProgram('api/main'),
      },
    });
    const start = async (name: PartName) => {
      const begun = superviseProcess(specs.processes[name], {
        guard,
        log: options.log,
        givenUp: givingUp.signal,
      });
      starting.push(begun);
      parts.set(name, await begun);
    };
    // The playground needs nobody; worker and API need Temporal at their start.
    await Promise.all([
      start('playground'),
      github === null ? null : start('github'),
      start('temporal').then(() => Promise.all([start('worker'), start('api')])),
    ]);
    const info: StackInfo = {
      id,
      guardPort: guard.port,
      ...specs.addresses,
      ...(github === null ? {} : { githubUrl: github.url }),
      tokenFile: credentials.userTokenFile,
      approverTokenFile: credentials.approverTokenFile,
      configPath: resolve(options.configPath),
      startedAt: new Date().toISOString(),
      pids: Object.fromEntries([...parts].map(([name, part]) => [name, part.pid() ?? 0])),
    };
    await writeStackFile(dataDir, info);
    return {
      dataDir,
      info,
      credentials,
      pid: (part) => parts.get(part)?.pid() ?? null,
      stop: async () => {
        await stop();
        if (!isTemporary) await removeStackFile(dataDir, id);
      },
    };
  } catch (error) {
    giveUp();
    await stop();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', giveUp);
  }
}

/** The port of an address of the last run, so that links stay good; else the usual one. */
function wishOf(lastAddress: string | undefined, usual: number): PortWish {
  const port = Number(/:(\d+)(?:\/|$)/.exec(lastAddress ?? '')?.[1] ?? usual);
  return { port, strict: false };
}

/** Requests end first, then work, then traffic, and the memory of it all last. */
async function stopInOrder(
  parts: ReadonlyMap<PartName, SupervisedProcess>,
  starting: readonly Promise<unknown>[],
  guard: Guard,
  temporaryDir: string | null,
): Promise<void> {
  await Promise.allSettled(starting);
  await parts.get('api')?.stop();
  await parts.get('worker')?.stop();
  await Promise.all([
    parts.get('playground')?.stop(),
    parts.get('github')?.stop(),
    parts.get('temporal')?.stop(),
  ]);
  await guard.close();
  if (temporaryDir !== null) await rm(temporaryDir, { recursive: true, force: true });
}

/**
 * Any tool that is a command run in a clone, such as an extension of `gh`: say what it is called with and how it writes its files.
 *
 * The command is given `GITHUB_API_URL`, `GITHUB_TOKEN` and `GITHUB_REPOSITORY`. A tool that knows another way to an API
 * than the public one is told in `environment`; one that insists on https needs something before the stand-in that speaks it
 * (`gh` takes a host by `GH_HOST`, and speaks https with it). What it leaves in the clone is committed and pushed for it,
 * unless it has done so itself.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ComparedPlace, FileChanges, FileFormat, ToolAtWork, ToolDriver } from './driver.js';

const run = promisify(execFile);
const commandMs = 120_000;

export interface CommandLineTool {
  readonly name: string;
  readonly version: string;
  /** The program and what it is called with for both directions, in the order in which its people would. */
  readonly commands: readonly (readonly [string, ...string[]])[];
  readonly environment?: (place: ComparedPlace) => Readonly<Record<string, string>>;
  /** Of its files of issues, in the clone. */
  readonly folder: string;
  readonly format: FileFormat;
  /** From what it printed: issues about which it asks somebody. */
  readonly asked?: (printed: string) => readonly number[];
  /** Where it keeps texts for people beside its files, in the clone. */
  readonly kept?: readonly string[];
}

export function createCommandLineDriver(tool: CommandLineTool): ToolDriver {
  return {
    ...{ name: tool.name, version: tool.version },
    begin: (place) => beginIn(tool, place),
    stop: () => Promise.resolve(),
  };
}

async function beginIn(tool: CommandLineTool, place: ComparedPlace): Promise<ToolAtWork> {
  const home = await mkdtemp(join(tmpdir(), 'compared-'));
  const clone = join(home, 'clone');
  const address = new URL(place.cloneUrl);
  Object.assign(address, { username: 'x-access-token', password: place.token });
  const git = (...args: readonly string[]) =>
    run('git', ['-C', clone, '-c', 'user.name=ann', '-c', 'user.email=ann@shop.test', ...args]);
  await run('git', ['clone', '--quiet', address.href, clone]);
  const push = async (message: string): Promise<void> => {
    await git('add', '--all');
    const { stdout } = await git('status', '--porcelain');
    if (stdout !== '') await git('commit', '--quiet', '-m', message);
    await git('pull', '--quiet', '--rebase');
    await git('push', '--quiet');
  };
  const environment = {
    ...process.env,
    GITHUB_API_URL: place.apiUrl,
    GITHUB_TOKEN: place.token,
    GITHUB_REPOSITORY: `${place.repository.owner}/${place.repository.name}`,
    ...tool.environment?.(place),
  };
  let printed = '';
  const textsIn = (folder: string) => readTexts(clone, folder);
  return {
    format: tool.format,
    async run() {
      await git('pull', '--quiet', '--rebase');
      printed = '';
      for (const [program, ...args] of tool.commands) {
        const options = { cwd: clone, env: environment, timeout: commandMs };
        // A tool that ends badly has ended: what it left is judged.
        const { stdout, stderr } = await run(program, args, options).catch(
          (error: { stdout?: string; stderr?: string }) => error,
        );
        printed += `${stdout ?? ''}${stderr ?? ''}`;
      }
      await push('What the tool did');
    },
    files: () => textsIn(tool.folder),
    async write(changes: FileChanges) {
      for (const [path, text] of Object.entries(changes)) {
        const file = join(clone, path);
        if (text === null) await rm(file);
        else {
          await mkdir(dirname(file), { recursive: true });
          await writeFile(file, text);
        }
      }
      await push('What somebody did');
    },
    asked: () => Promise.resolve(tool.asked?.(printed) ?? []),
    async elsewhere() {
      const all = await Promise.all((tool.kept ?? []).map(textsIn));
      return all.flatMap((texts) => [...texts.values()]);
    },
    stop: () => rm(home, { recursive: true, force: true }),
  };
}

async function readTexts(clone: string, folder: string): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  const names = await readdir(join(clone, folder), { recursive: true }).catch(() => []);
  for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) {
    if (!name.endsWith('.md')) continue;
    texts.set(`${folder}/${name}`, await readFile(join(clone, folder, name), 'utf8'));
  }
  return texts;
}

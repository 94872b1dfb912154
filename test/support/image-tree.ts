/** What the image holds, laid out in a folder without a container: the package, its dependencies, and nobody who may write. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageEnvironment } from './dockerfile.js';

/** As in the Dockerfile. */
const userId = 10_001;

export interface ImageTree {
  readonly app: string;
  readonly data: string;
  /** Starts a program as the image does: its user, its folder, its environment and nothing of ours. */
  start(command: readonly string[], env: Readonly<Record<string, string>>): ImageProcess;
  remove(): void;
}

export interface ImageProcess {
  readonly child: ChildProcess;
  said(): string;
  readonly ended: Promise<number | null>;
}

/**
 * Files are hard links where that can be, so they are read-only by their owner and the folders by their mode.
 * @param archive of the package, as `npm pack` writes it
 */
export function layOutImage(archive: string): ImageTree {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-image-'));
  const app = join(folder, 'app');
  const data = join(folder, 'var', 'lib', 'sluice');
  const scratch = join(folder, 'tmp');
  for (const path of [app, data, scratch]) mkdirSync(path, { recursive: true });
  execFileSync('tar', ['-xzf', archive, '-C', app, '--strip-components=1']);
  copyDependencies(app);
  const modules = join(app, 'node_modules');
  execFileSync(process.execPath, ['scripts/prune-dependencies.mjs', modules], { stdio: 'ignore' });
  execFileSync('find', [app, '-type', 'd', '-exec', 'chmod', '0555', '{}', '+']);
  chmodSync(folder, 0o755);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) for (const path of [data, scratch]) chownSync(path, userId, userId);
  const asUser = isRoot
    ? ['setpriv', `--reuid=${userId}`, `--regid=${userId}`, '--clear-groups', '--no-new-privs']
    : [];
  const placed = (text: string) =>
    text.replace(/^\/tmp(?=\/sluice$|$)/, scratch).replaceAll('/var/lib/sluice', data);
  return {
    ...{ app, data },
    start(command, env) {
      const given = Object.entries({ ...imageEnvironment(), ...env });
      return startProcess([...asUser, ...command], app, {
        PATH: process.env['PATH'] ?? '',
        ...Object.fromEntries(given.map(([key, value]) => [key, placed(value)])),
      });
    },
    remove() {
      execFileSync('find', [app, '-type', 'd', '-exec', 'chmod', '0755', '{}', '+']);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function startProcess(
  [program = '', ...args]: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): ImageProcess {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, said: () => said, ended };
}

/** Those that `npm ci --omit=dev` installs: what the lockfile does not call a development package. */
function copyDependencies(app: string): void {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  // Packages of other platforms are in the lockfile and not on the disk.
  const paths = Object.entries(packages).flatMap(([path, { dev }]) =>
    /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && dev !== true && existsSync(path) ? [path] : [],
  );
  const copy = (how: string) =>
    execFileSync('cp', [how, '--parents', ...paths, app], { stdio: 'pipe' });
  try {
    copy('-al');
  } catch {
    // Another file system: there are no links across.
    copy('-a');
  }
}

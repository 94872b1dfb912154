/** A real bare repository in a folder of its own, and other people who push to it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { launch } from '../../src/programs/launch.js';

const env = {
  PATH: process.env['PATH'] ?? '',
  ...{ GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
  ...{ GIT_AUTHOR_NAME: 'Ann', GIT_AUTHOR_EMAIL: 'ann@shop.test' },
  ...{ GIT_COMMITTER_NAME: 'Ann', GIT_COMMITTER_EMAIL: 'ann@shop.test' },
};

/** What it printed. @throws Error with what it said */
async function run(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await launch({ program: 'git', args, env });
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${stderr.toString()}`);
  return stdout.toString();
}

export interface GitRepository {
  /** Everything of the test lies in here. */
  readonly folder: string;
  /** Of the bare repository. */
  readonly url: string;
  git(...args: readonly string[]): Promise<string>;
  /** The tip of `main`. */
  tip(): Promise<string>;
  read(file: string, commit?: string): Promise<string>;
  /** First lines of the messages, oldest first, without the first commit. */
  subjects(): Promise<readonly string[]>;
  /** Somebody else's commit, pushed as people do: again until it lands. */
  pushAs(who: string, files: Readonly<Record<string, string>>): Promise<string>;
  dispose(): Promise<void>;
}

export async function createGitRepository(
  files: Readonly<Record<string, string>>,
): Promise<GitRepository> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-gitops-'));
  const url = join(folder, 'origin.git');
  const git = (...args: readonly string[]) => run('--git-dir', url, ...args);
  await git('init', '--quiet', '--bare', '--initial-branch=main', url);

  async function clone(who: string) {
    const place = await mkdtemp(join(folder, `${who}-`));
    const inside = (...args: readonly string[]) => run('-C', place, ...args);
    await run('clone', '--quiet', url, place);
    return { place, inside };
  }

  async function pushAs(who: string, changed: Readonly<Record<string, string>>): Promise<string> {
    const { place, inside } = await clone(who);
    for (const [name, text] of Object.entries(changed)) {
      await inside('checkout', '-q', '-B', 'main');
      await mkdir(dirname(join(place, name)), { recursive: true });
      await writeFile(join(place, name), text);
    }
    await inside('add', '-A');
    await inside('commit', '--quiet', '-m', `Change by ${who}`);
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const landed = await inside('push', '--quiet', 'origin', 'HEAD:main').catch(() => null);
      if (landed !== null) {
        const tip = await inside('rev-parse', 'HEAD');
        await rm(place, { recursive: true });
        return tip.trim();
      }
      await inside('pull', '--quiet', '--rebase', 'origin', 'main');
    }
    throw new Error(`${who} never came through`);
  }

  await pushAs('setup', files);
  return {
    folder,
    url,
    git,
    pushAs,
    async tip() {
      return (await git('rev-parse', 'main')).trim();
    },
    read: (file, commit = 'main') => git('show', `${commit}:${file}`),
    async subjects() {
      const lines = (await git('log', '--reverse', '--format=%s', 'main')).trim().split('\n');
      return lines.slice(1);
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

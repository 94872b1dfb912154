/** One call of the git program on a bare repository. */
import { launch } from '../../programs/launch.js';

export interface GitResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Settings of the machine and of its people say nothing here. */
export const gitEnv: Readonly<Record<string, string>> = {
  PATH: '/usr/local/bin:/opt/homebrew/bin:/usr/bin:/bin',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_AUTHOR_NAME: 'GitHub',
  GIT_AUTHOR_EMAIL: 'noreply@github.com',
  GIT_COMMITTER_NAME: 'GitHub',
  GIT_COMMITTER_EMAIL: 'noreply@github.com',
};

export async function runGit(
  folder: string,
  args: readonly string[],
  input: string | null = null,
): Promise<GitResult> {
  const call = { program: 'git', args, folder, env: gitEnv };
  const { code, stdout, stderr } = await launch({ ...call, input: input ?? '' });
  return { code: code ?? -1, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') };
}

/** @throws Error with what git said */
export async function gitText(folder: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runGit(folder, args);
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
}

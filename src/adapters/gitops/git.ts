/** Runs the git program: no shell, no prompt, a limit of time, and secrets in its environment alone. */
import { Failure } from '../../domain/failures.js';
import { LaunchFault, launch } from '../../programs/launch.js';

/** Work on the mirror takes milliseconds; slower is a disk that hangs. */
const localMs = 10_000;
const longestLine = 300;

/** What git may see of our surroundings; nothing of it redirects git's own files, hooks or traces. */
const passedOn = [
  ...['PATH', 'HOME', 'TMPDIR', 'SSH_AUTH_SOCK', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  ...['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'],
];

export interface GitAnswer {
  /** Null when it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface GitCall {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly forMs?: number;
  /** `latin1`: a character of the output for each byte. */
  readonly encoding?: 'utf8' | 'latin1';
}

export interface Git {
  /** How it ended, whatever that was. @throws Unavailable when there is no such program */
  ask(args: readonly string[], call?: GitCall): Promise<GitAnswer>;
  /** What it printed. @throws Unavailable when it ends otherwise than well */
  run(args: readonly string[], call?: GitCall): Promise<string>;
}

export interface GitOptions {
  /** The program. */
  readonly program: string;
  /** The bare repository to work in. */
  readonly folder: string;
  /** Our own environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export function createGit({ program, folder, environment }: GitOptions): Git {
  const inherited = passedOn.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const quiet = {
    ...Object.fromEntries(inherited),
    ...{ GIT_TERMINAL_PROMPT: '0', GIT_ALLOW_PROTOCOL: 'file:http:https:ssh' },
    ...{ GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
  };

  async function ask(args: readonly string[], call: GitCall = {}): Promise<GitAnswer> {
    const { input = '', env = {}, forMs = localMs, encoding = 'utf8' } = call;
    const settled = ['-c', 'core.hooksPath=/dev/null', '-c', 'gc.autoDetach=false'];
    try {
      const { code, stdout, stderr } = await launch({
        ...{ program, input, forMs, env: { ...quiet, ...env } },
        args: [...settled, `--git-dir=${folder}`, ...args],
      });
      return { code, stdout: stdout.toString(encoding), stderr: stderr.toString(encoding) };
    } catch (error) {
      if (!(error instanceof LaunchFault)) throw error;
      if (error.kind === 'lost') throw gitFailure(args[0] ?? 'git', stopped(error.message));
      const next = 'install git 2.30 or newer on every worker';
      throw new Failure('Unavailable', 'git cannot be started', { where: program, next }, error);
    }
  }

  return {
    ask,
    async run(args, call) {
      const answer = await ask(args, call);
      if (answer.code === 0) return answer.stdout;
      throw gitFailure(args[0] ?? 'git', answer);
    },
  };
}

const stopped = (why: string): GitAnswer => ({ code: null, stdout: '', stderr: why });

/** Git's own last word; it never holds a credential, because none is in a URL or an argument. */
export function lastWord({ code, stderr }: GitAnswer): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const word = lines.findLast((line) => /^(fatal|error|remote)/.test(line)) ?? lines.at(-1);
  return (word ?? (code === null ? 'it was stopped' : `it ended with ${code}`)).slice(
    0,
    longestLine,
  );
}

export function gitFailure(command: string, answer: GitAnswer): Failure {
  return new Failure('Unavailable', `git ${command} failed: ${lastWord(answer)}`, {
    where: `git ${command}`,
    seen: answer.code ?? 'stopped',
  });
}

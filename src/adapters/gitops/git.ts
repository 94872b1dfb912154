/** Runs the git program: no shell, no prompt, a limit of time, and secrets in its environment alone. */
import { spawn } from 'node:child_process';
import { Failure } from '../../domain/failures.js';

/** Work on the mirror takes milliseconds; slower is a disk that hangs. */
const localMs = 10_000;
const graceMs = 1000;
const longestLine = 300;
const readTo = 64 * 1024 * 1024;

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

  function ask(args: readonly string[], call: GitCall = {}): Promise<GitAnswer> {
    const { input = '', env = {}, forMs = localMs, encoding = 'utf8' } = call;
    const settled = ['-c', 'core.hooksPath=/dev/null', '-c', 'gc.autoDetach=false'];
    return new Promise((resolve, reject) => {
      const child = spawn(program, [...settled, `--git-dir=${folder}`, ...args], {
        env: { ...quiet, ...env },
        stdio: 'pipe',
      });
      const text = { stdout: '', stderr: '' };
      for (const stream of ['stdout', 'stderr'] as const) {
        child[stream].setEncoding(encoding).on('data', (part: string) => {
          if (text[stream].length < readTo) text[stream] += part;
        });
      }
      const timer = setTimeout(() => {
        // Asked to end, it takes its locks along.
        child.kill('SIGTERM');
        setTimeout(() => child.kill('SIGKILL'), graceMs).unref();
        // What it has started for the transport may hold them open.
        child.stdout.destroy();
        child.stderr.destroy();
      }, forMs);
      child.on('error', (error) => {
        clearTimeout(timer);
        const next = 'install git 2.30 or newer on every worker';
        reject(
          new Failure('Unavailable', 'git cannot be started', { where: program, next }, error),
        );
      });
      child.on('close', (code) => {
        clearTimeout(timer);
        resolve({ code, ...text });
      });
      // A git that ends early does not read to the end.
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
    });
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

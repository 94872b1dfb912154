/** Ref transactions through a `git update-ref` that stays: one after the other, each all or none. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { gitEnv } from './run-git.js';

export interface RefWriter {
  /** @param lines of git's own language, without start and commit @returns null, or why git refused */
  readonly run: (lines: readonly string[]) => Promise<string | null>;
  readonly close: () => void;
}

export function openRefWriter(folder: string): RefWriter {
  let child: ChildProcessWithoutNullStreams | null = null;
  let last: Promise<unknown> = Promise.resolve();

  const open = (): ChildProcessWithoutNullStreams => {
    const made = spawn('git', ['update-ref', '--stdin'], { cwd: folder, env: gitEnv });
    made.unref();
    made.stdin.on('error', () => {
      // Its end is told by `close`.
    });
    return made;
  };

  const transact = (lines: readonly string[]): Promise<string | null> => {
    const git = (child ??= open());
    return new Promise((resolve) => {
      let said = '';
      let refused = '';
      const done = (answer: string | null) => {
        git.stdout.off('data', onSaid);
        git.stderr.off('data', onRefused);
        git.off('close', onClose);
        resolve(answer);
      };
      const onSaid = (chunk: Buffer) => {
        said += chunk.toString('utf8');
        if (said.includes('commit: ok')) done(null);
      };
      const onRefused = (chunk: Buffer) => {
        refused += chunk.toString('utf8');
      };
      // It ends at the first refusal; the next transaction begins another.
      const onClose = () => {
        child = null;
        done(refused.trim() || 'git update-ref ended');
      };
      git.stdout.on('data', onSaid);
      git.stderr.on('data', onRefused);
      git.on('close', onClose);
      git.stdin.write(['start', ...lines, 'prepare', 'commit', ''].join('\n'));
    });
  };

  return {
    run: (lines) => {
      const turn = last.then(() => transact(lines));
      last = turn;
      return turn;
    },
    close: () => child?.kill(),
  };
}

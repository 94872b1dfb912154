/** A part of a benchmark in a process of its own, so that what is measured of it holds nothing else: told by messages. */
import { fork } from 'node:child_process';

interface Asked {
  readonly id: number;
  readonly call: string;
  readonly args: readonly unknown[];
}

interface Told {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

export type Ask = <T>(call: string, ...args: readonly unknown[]) => Promise<T>;
type Calls = Readonly<Record<string, (...given: never[]) => unknown>>;

/** Starts the file as a process; `start` there is called with `given`. */
export async function startChild(file: URL, given: unknown) {
  const child = fork(file, {
    execArgv: ['--import', 'tsx', '--expose-gc'],
    // What is printed here is the result, and nothing else.
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const waiting = new Map<number, (told: Told) => void>();
  child.on('message', (told: Told) => {
    waiting.get(told.id)?.(told);
    waiting.delete(told.id);
  });
  child.on('exit', (code) => {
    for (const tell of waiting.values())
      tell({ id: 0, error: `${file.pathname} ended with ${code}` });
  });
  let last = 0;
  const ask: Ask = <T>(call: string, ...args: readonly unknown[]): Promise<T> => {
    last += 1;
    const id = last;
    return new Promise<T>((resolve, reject) => {
      waiting.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result as T);
        else reject(new Error(error));
      });
      child.send({ id, call, args });
    });
  };
  await ask('start', given);
  return {
    ask,
    async stop() {
      await ask('stop');
      child.removeAllListeners('exit');
      child.kill();
    },
  };
}

/** In that process: answers calls by what `start` returned. Elsewhere it does nothing. */
export function answerCalls<Given>(start: (given: Given) => Promise<Calls>): void {
  if (process.send === undefined) return;
  let calls: Calls = {};
  const answer = async ({ call, args }: Asked): Promise<unknown> => {
    if (call === 'start') {
      calls = await start(args[0] as Given);
      return null;
    }
    return await calls[call]?.(...(args as never[]));
  };
  process.on('message', (asked: Asked) => {
    answer(asked).then(
      (result) => process.send?.({ id: asked.id, result: result ?? null }),
      (error: Error) => process.send?.({ id: asked.id, error: error.stack ?? error.message }),
    );
  });
  process.on('disconnect', () => process.exit(1));
}

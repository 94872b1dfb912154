/**
 * Starts programs by way of a launcher. A process that starts another is copied first, page tables and all: where 500 MB
 * are in use that stops everything it does for 10 to 50 ms, and each page costs once more when it is written again.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { AnswerMessage, CallMessage, ProgramAnswer, ProgramCall } from './launch-messages.js';
import { ownProgram } from './own-program.js';

/** `refused`: it could not be started. `lost`: it may have run; nobody can say how it ended. */
export class LaunchFault extends Error {
  override readonly name = 'LaunchFault';
  readonly kind: 'refused' | 'lost';
  constructor(kind: 'refused' | 'lost', message: string) {
    super(message);
    this.kind = kind;
  }
}

interface Pending {
  resolve(answer: ProgramAnswer): void;
  reject(fault: LaunchFault): void;
}

interface Launcher {
  readonly child: ChildProcess;
  readonly pending: Map<number, Pending>;
}

/** Beyond the limit of a call: by then the launcher has stopped it, or is stuck itself. */
const patienceMs = 10_000;

let launcher: Launcher | null = null;
let calls = 0;

/** How a program ended, whatever that was. @throws LaunchFault */
export async function launch(call: ProgramCall): Promise<ProgramAnswer> {
  launcher ??= startLauncher();
  const { child, pending } = launcher;
  calls += 1;
  const id = calls;
  const message: CallMessage = { id, call };
  const { forMs } = call;
  const stuck = forMs && setTimeout(() => child.kill('SIGKILL'), forMs + patienceMs);
  // While nothing runs, the launcher keeps nobody alive.
  if (pending.size === 0) child.channel?.ref();
  try {
    return await new Promise<ProgramAnswer>((resolve, reject) => {
      pending.set(id, { resolve, reject });
      // What cannot be sent has no launcher any more, and its end tells all who wait.
      child.send(message, () => undefined);
    });
  } finally {
    clearTimeout(stuck);
    if (pending.size === 0) child.channel?.unref();
  }
}

function startLauncher(): Launcher {
  const [program, ...rest] = ownProgram('programs/main');
  const child = fork(rest.at(-1) ?? '', [], {
    ...{ execPath: program, execArgv: rest.slice(0, -1), serialization: 'advanced' },
    // Of our surroundings, secrets among them, it gets what programs are called with and nothing else.
    env: {},
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const pending = new Map<number, Pending>();
  const started = { child, pending };
  child.unref();
  child.channel?.unref();
  child.on('message', (message: AnswerMessage) => {
    const waiting = pending.get(message.id);
    pending.delete(message.id);
    if ('answer' in message) waiting?.resolve(message.answer);
    else waiting?.reject(new LaunchFault('refused', message.refusal));
  });
  const end = (why: string) => {
    if (launcher === started) launcher = null;
    for (const { reject } of pending.values()) reject(new LaunchFault('lost', why));
    pending.clear();
  };
  child.on('disconnect', () => end('the launcher has gone'));
  child.on('error', (error) => end(`the launcher could not be started: ${error.message}`));
  return started;
}

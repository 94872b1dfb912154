/** One run of a program: no shell, all it says gathered, a limit of time. */
import { spawn } from 'node:child_process';
import type { ProgramAnswer, ProgramCall } from './launch-messages.js';

/** From the request to end to the kill. */
const graceMs = 1_000;
const gatheredTo = 64 * 1024 * 1024;

/** How it ended, whatever that was. @throws the system's error when there is no such program or folder */
export function runProgram(call: ProgramCall): Promise<ProgramAnswer> {
  const { program, args, env, folder, input = '', forMs } = call;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, cwd: folder, stdio: 'pipe' });
    const stdout = gather(child.stdout);
    const stderr = gather(child.stderr);
    let kill: NodeJS.Timeout | undefined;
    const stop = () => {
      // Asked to end, it takes its locks along.
      child.kill('SIGTERM');
      kill = setTimeout(() => child.kill('SIGKILL'), graceMs);
      // What it has started itself may hold them open.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const limit = forMs === undefined ? undefined : setTimeout(stop, forMs);
    const forget = () => {
      clearTimeout(limit);
      clearTimeout(kill);
    };
    child.on('error', (error) => {
      forget();
      reject(error);
    });
    child.on('close', (code) => {
      forget();
      resolve({ code, stdout: stdout(), stderr: stderr() });
    });
    // A program that ends early does not read to the end.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

function gather(stream: NodeJS.ReadableStream): () => Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  stream.on('data', (part: Buffer) => {
    if (length < gatheredTo) parts.push(part);
    length += part.length;
  });
  return () => Buffer.concat(parts).subarray(0, gatheredTo);
}

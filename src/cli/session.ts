/** What every command needs: the flags that all have, the API client, paint, and the way to answer. */
import type { Command } from 'commander';
import { Failure } from '../domain/failures.js';
import { readDuration } from '../domain/time.js';
import { type ApiClient, createApiClient } from './client.js';
import { type ConnectionFlags, dataDirOf, resolveConnection } from './connection.js';
import type { ExitName } from './exit-codes.js';
import { type Answers, type CliIo, createAnswers } from './output.js';
import { createPaint, type Paint } from './render/paint.js';

export interface GlobalFlags extends ConnectionFlags {
  readonly json?: boolean;
}

export interface Session {
  readonly io: CliIo;
  readonly answers: Answers;
  readonly paint: Paint;
  readonly dataDir: string;
  /** Connects at its first use: commands that need no API work without one. */
  client(): Promise<ApiClient>;
  exit(name: ExitName): void;
}

export function openSession(io: CliIo, command: Command): Session {
  const flags = command.optsWithGlobals<GlobalFlags>();
  const json = flags.json === true;
  return {
    io,
    answers: createAnswers(io, json),
    paint: createPaint({ isTerminal: !json && io.isTerminal, env: io.env }),
    dataDir: dataDirOf(flags, io.env),
    client: async () =>
      createApiClient({ ...(await resolveConnection(flags, io.env)), fetch: io.fetch }),
    exit: io.exit,
  };
}

/** Milliseconds of a flag's duration; InvalidInput names the flag. */
export function durationFlag(text: string, flag: string): number {
  const ms = readDuration(text);
  if (ms !== null) return ms;
  throw new Failure('InvalidInput', `${flag} is not a duration`, {
    where: flag,
    seen: text,
    next: 'write a duration such as 30s, 10m or 1h30m',
  });
}

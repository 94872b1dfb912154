/** Runs the command line from arguments to exit code, against an API that answers as it is told. */
import type { Command } from 'commander';
import { problemOf } from '../../src/api/problem.js';
import { exitCodes } from '../../src/cli/exit-codes.js';
import type { CliIo } from '../../src/cli/output.js';
import { runCli } from '../../src/cli/program.js';
import { Failure } from '../../src/domain/failures.js';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly headers: Headers;
}

export type Answers = Readonly<Record<string, (asked: Asked) => unknown>>;

/** Runs one command; `answers` are by method and path, a Failure in one is answered as its problem, a Response as it is. */
export async function runSluice(
  argv: readonly string[],
  answers: Answers = {},
  given: Partial<CliIo> = {},
  local: (io: CliIo) => readonly Command[] = () => [],
) {
  let out = '';
  let err = '';
  let code = 0;
  const asked: Asked[] = [];
  const io: CliIo = {
    write: (text) => {
      out += text;
    },
    writeError: (text) => {
      err += text;
    },
    env: { SLUICE_API_URL: 'http://api.test', SLUICE_TOKEN: 'slc_x', SLUICE_DATA_DIR: '/nowhere' },
    readInput: async () => '',
    folder: '/nowhere',
    home: '/nowhere',
    terminal: null,
    isTerminal: false,
    columns: () => 100,
    clock: () => 20_000,
    interrupted: new AbortController().signal,
    exit: (name) => {
      code = exitCodes[name].code;
    },
    fetch: async (input, init) => {
      const url = input as URL;
      const body: unknown = init?.body ? JSON.parse(init.body as string) : null;
      const headers = new Headers(init?.headers);
      const one = { method: init?.method ?? 'GET', path: url.pathname + url.search, body, headers };
      asked.push(one);
      const answer = answers[`${one.method} ${url.pathname}`];
      const value = answer?.(one) ?? new Failure('NotFound', 'there is no such thing here');
      if (value instanceof Response) return value;
      if (!(value instanceof Failure)) return Response.json(value, { headers: { etag: '"1"' } });
      const problem = problemOf(value);
      return Response.json(problem, { status: problem.status });
    },
    ...given,
  };
  await runCli(argv, io, local(io));
  return { out, err, code, asked };
}

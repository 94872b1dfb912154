/** The control over HTTP, for whoever is in another process: clock, faults, lags, seeds, the log. */
import type { Express, Request } from 'express';
import { z } from 'zod';
import type { Control } from './control.js';
import { Problem } from './problem.js';

const repository = z.object({ owner: z.string(), name: z.string() });
const files = z.record(z.string(), z.string().nullable());

const clockSchema = z.union([
  z.strictObject({ setMs: z.number() }),
  z.strictObject({ advanceMs: z.number().min(0) }),
]);

const faultSchema = z.strictObject({
  operation: z.string(),
  kind: z.enum([
    'errorAfterEffect',
    'errorBeforeEffect',
    'hangUp',
    'wrongTree',
    'gitOnly',
    'errorInside',
    'cutInside',
    'limitInside',
    'primaryLimit',
    'secondaryLimit',
  ]),
  status: z.int().optional(),
  times: z.int().optional(),
  after: z.int().optional(),
  retryAfterS: z.number().nullable().optional(),
});

const lagSchema = z.strictObject({
  listMs: z.number().optional(),
  mergeableReads: z.int().optional(),
  statusMs: z.number().optional(),
  readMs: z.number().optional(),
});

const hookFaultsSchema = z.strictObject({
  lose: z.int().optional(),
  duplicate: z.int().optional(),
  reorder: z.int().optional(),
  answerWithinMs: z.number().optional(),
});

const repositorySchema = repository.extend({
  defaultBranch: z.string().optional(),
  files: files.optional(),
});

const commitSchema = repository.extend({
  branch: z.string(),
  files,
  message: z.string().optional(),
  author: z.string().optional(),
  atMs: z.number().optional(),
  from: z.string().optional(),
});

const checkSchema = repository.extend({
  sha: z.string(),
  check: z.string(),
  conclusion: z.string().nullable(),
});

/** Without the names that were left away: they would count as given. */
function given<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function read<T extends object>(schema: z.ZodType<T>, request: Request) {
  const result = schema.safeParse(request.body ?? {});
  if (!result.success) throw new Problem(422, z.prettifyError(result.error));
  return given(result.data);
}

export function mountControl(app: Express, control: Control): void {
  app.get('/_standin/log', (_request, response) => {
    response.json({ log: control.log });
  });
  app.get('/_standin/clock', (_request, response) => {
    response.json({ nowMs: control.now() });
  });
  const commands: Readonly<Record<string, (request: Request) => unknown>> = {
    clock: (request) => {
      const wish = read(clockSchema, request);
      if ('setMs' in wish) control.clock.set(wish.setMs);
      else control.clock.advance(wish.advanceMs);
      return { nowMs: control.now() };
    },
    faults: (request) => {
      control.fault(read(faultSchema, request));
      return {};
    },
    lag: (request) => Object.assign(control.lag, read(lagSchema, request)),
    'hook-faults': (request) => Object.assign(control.hookFaults, read(hookFaultsSchema, request)),
    clear: () => {
      control.clearFaults();
      return {};
    },
    repositories: async (request) => {
      const { id } = await control.createRepository(read(repositorySchema, request));
      return { id };
    },
    commits: async (request) => {
      const { owner, name, ...commit } = read(commitSchema, request);
      return { sha: await control.commit({ owner, name }, commit) };
    },
    checks: async (request) => {
      const { owner, name, sha, check, conclusion } = read(checkSchema, request);
      const run = await control.setCheck({ owner, name }, { sha, name: check, conclusion });
      return { id: run.id };
    },
  };
  for (const [name, run] of Object.entries(commands)) {
    app.post(`/_standin/${name}`, async (request, response) => {
      try {
        response.json(await run(request));
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        response.status(error.status).json(error.body);
      }
    });
  }
}

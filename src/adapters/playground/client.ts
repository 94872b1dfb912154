/** Speaks the playground's control API: one connection kept open, short limits, problems turned back into failures. */
import { readFile } from 'node:fs/promises';
import type { Dispatcher } from 'undici';
import { Agent, request } from 'undici';
import type { z } from 'zod';
import type { FailureDetails } from '../../domain/failures.js';
import { Failure } from '../../domain/failures.js';
import type { TargetKey } from '../../domain/names.js';
import { targetWorkflowId } from '../../domain/names.js';
import type { Split } from '../../domain/rollout/split.js';
import type { TargetReading } from './answers.js';
import { problemSchema, shiftedSchema, targetListSchema, targetReadingSchema } from './answers.js';

const timeoutMs = 5000;

export interface PlaygroundClientOptions {
  /** Of the control API, as the playground's process prints it. */
  readonly url: string;
  /** Holds the bearer token; read at every use, so that a new token needs no restart here. */
  readonly tokenFile: string;
}

export interface PlaygroundClient {
  /** All that the playground knows of a target, with the account of who answered what. @throws Unavailable */
  readTarget(target: TargetKey): Promise<TargetReading>;
  listTargets(): Promise<readonly TargetReading[]>;
  /** Prometheus text. @throws Unavailable */
  readMetrics(): Promise<string>;
  /** @returns the split that it found. @throws as `write` */
  writeSplit(target: TargetKey, body: unknown): Promise<Split>;
  /** Sends one write below the target's path. @throws whatever the playground refused it with; Unavailable */
  write(
    target: TargetKey,
    method: 'PUT' | 'DELETE',
    path: readonly string[],
    body: unknown,
  ): Promise<void>;
}

function targetUrlPath(target: TargetKey): string {
  return `/v1/targets/${targetWorkflowId(target).slice('target:'.length)}`;
}

export function createPlaygroundClient(options: PlaygroundClientOptions): PlaygroundClient {
  const base = options.url.replace(/\/$/, '');
  const dispatcher = new Agent({ connect: { timeout: timeoutMs } });

  async function readToken(): Promise<string> {
    try {
      return (await readFile(options.tokenFile, 'utf8')).trim();
    } catch (error) {
      const details = { where: options.tokenFile, next: 'start the playground, or mend the path' };
      throw new Failure('Unavailable', "the playground's token cannot be read", details, error);
    }
  }

  async function send(method: Dispatcher.HttpMethod, path: string, body?: unknown) {
    const url = `${base}${path}`;
    const headers: Record<string, string> = { authorization: `Bearer ${await readToken()}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    let status: number;
    let text: string;
    try {
      const answer = await request(url, {
        dispatcher,
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      });
      status = answer.statusCode;
      text = await answer.body.text();
    } catch (error) {
      const said = (error as Error).message;
      const details = { where: `${method} ${url}` };
      throw new Failure('Unavailable', `the playground does not answer: ${said}`, details, error);
    }
    if (status >= 300) throw failureOf(`${method} ${url}`, status, text);
    return text;
  }

  async function ask<T>(
    schema: z.ZodType<T>,
    method: Dispatcher.HttpMethod,
    path: string,
    body?: unknown,
  ): Promise<T> {
    const text = await send(method, path, body);
    const result = schema.safeParse(parseJson(text));
    if (result.success) return result.data;
    const details = {
      where: `${method} ${base}${path}`,
      next: 'run playground and worker of one version',
    };
    throw new Failure('Unavailable', 'the answer has another form', details, result.error);
  }

  return {
    readTarget: (target) => ask(targetReadingSchema, 'GET', targetUrlPath(target)),
    listTargets: async () => (await ask(targetListSchema, 'GET', '/v1/targets')).targets,
    readMetrics: () => send('GET', '/metrics'),
    writeSplit: async (target, body) =>
      (await ask(shiftedSchema, 'PUT', `${targetUrlPath(target)}/split`, body)).before,
    async write(target, method, path, body) {
      const below = path.map((part) => `/${encodeURIComponent(part)}`).join('');
      await send(method, `${targetUrlPath(target)}${below}`, body);
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The playground's own word when it has one; anything else is a system that does not answer as agreed. */
function failureOf(asked: string, status: number, text: string): Failure {
  const problem = problemSchema.safeParse(parseJson(text));
  if (!problem.success || status === 500) {
    return new Failure('Unavailable', 'the playground failed', { where: asked, seen: status });
  }
  const { code, detail, ...details } = problem.data;
  return new Failure(code, detail, details as FailureDetails);
}

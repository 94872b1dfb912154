/** Asks a Prometheus, or what speaks like one, for an instant vector. */
import { Agent, request } from 'undici';
import { z } from 'zod';
import { Failure } from '../../domain/failures.js';

/** A look waits for it, and what the platform says of crashes waits with it. */
const defaultTimeoutMs = 3000;
const maxBodyBytes = 16 * 1024 * 1024;
const longestSaid = 200;

export interface PrometheusOptions {
  /** Without `/api/v1/query`. */
  readonly url: string;
  /** Value of the header, read anew for each query; left out: none is sent. */
  readonly authorization?: (() => Promise<string>) | undefined;
  readonly timeoutMs?: number;
}

export interface PrometheusClient {
  /** Where queries go, without credentials. */
  readonly address: string;
  /**
   * @param query the whole of it
   * @param named what a person reads of it in failures
   * @throws Unavailable when it does not answer, refuses, or answers with something else
   */
  ask(query: string, named: string): Promise<Answer>;
  /** Closes kept connections. */
  close(): Promise<void>;
}

export interface Answer {
  readonly series: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
  /** When it was evaluated by Prometheus's clock, epoch ms; null without any series. */
  readonly evaluatedAtMs: number | null;
  /** What it says it could not look into: a store behind it that did not answer. */
  readonly warnings: readonly string[];
}

const answerSchema = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('vector'),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
  warnings: z.array(z.string()).optional(),
});

const errorSchema = z.object({ error: z.string() });

export function createPrometheusClient(options: PrometheusOptions): PrometheusClient {
  const { authorization, timeoutMs = defaultTimeoutMs } = options;
  const address = addressOf(options.url);
  const dispatcher = new Agent({
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: maxBodyBytes,
  });

  async function send(query: string, credential: string | undefined) {
    const answer = await request(address, {
      dispatcher,
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
        ...(credential === undefined ? {} : { authorization: credential }),
      },
      body: new URLSearchParams({ query, timeout: `${timeoutMs}ms` }).toString(),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  }

  return {
    address,
    async ask(query, named) {
      const failure = (said: string, cause?: unknown) => {
        const message = `Prometheus ${address} ${said}; asked: ${named}`;
        return new Failure('Unavailable', message, { where: address }, cause);
      };
      const credential = await authorization?.();
      const { status, text } = await send(query, credential).catch((error: unknown) => {
        throw failure(describeTrouble(error, timeoutMs), error);
      });
      const body = parseJson(text);
      if (status !== 200) throw failure(`answered ${status}${saidIn(body, credential)}`);
      const parsed = answerSchema.safeParse(body);
      if (!parsed.success) {
        const said = saidIn(body, credential);
        throw failure(said === '' ? 'did not answer with an instant vector' : `refused${said}`);
      }
      const { data, warnings = [] } = parsed.data;
      const seconds = data.result[0]?.value[0];
      return {
        series: data.result.map(({ metric, value }) => {
          return { labels: metric, value: numberOf(value[1]) };
        }),
        evaluatedAtMs: seconds === undefined ? null : seconds * 1000,
        warnings,
      };
    },
    close: () => dispatcher.close(),
  };
}

function addressOf(text: string): string {
  const url = new URL(text);
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/query`;
  return url.href;
}

function describeTrouble(error: unknown, timeoutMs: number): string {
  const { name, code } = error as { name?: string; code?: string };
  if (name === 'TimeoutError' || code?.endsWith('_TIMEOUT')) {
    return `does not answer within ${timeoutMs} ms`;
  }
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return `answered more than ${maxBodyBytes} bytes`;
  return `does not answer (${code ?? name ?? 'unknown'})`;
}

/** Its own words, shortened, and never with the credential that a proxy may have echoed. */
function saidIn(body: unknown, credential: string | undefined): string {
  const parsed = errorSchema.safeParse(body);
  if (!parsed.success) return '';
  const secret = credential?.split(' ').at(-1);
  const said = secret ? parsed.data.error.replaceAll(secret, '…') : parsed.data.error;
  return `: ${said.slice(0, longestSaid)}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}

/** Asks a Prometheus, or what speaks like one, for an instant vector. */
import { z } from 'zod';
import { type Asked, quoteSaid, unanswered, withoutSecrets } from '../../domain/series/asked.js';
import type { ReadHeaders, Web } from '../../ports/web.js';

/** A look waits for it, and what the platform says of crashes waits with it. */
const defaultTimeoutMs = 3000;

export interface PrometheusOptions {
  /** Without `/api/v1/query`. */
  readonly url: string;
  readonly web: Web;
  /** Read anew for each query; left out: none are sent. */
  readonly headers?: ReadHeaders | undefined;
  /** After this long it gives up itself. */
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
  /** What it says it could not look into, such as a store behind it that did not answer. */
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
  // So those tell it who keep series on several nodes, and say no more.
  isPartial: z.boolean().optional(),
});

const errorSchema = z.object({ error: z.string() });

export function createPrometheusClient(options: PrometheusOptions): PrometheusClient {
  const { web, headers: readHeaders, timeoutMs = defaultTimeoutMs } = options;
  const address = addressOf(options.url);
  return {
    address,
    async ask(query, named) {
      const { headers = {}, secrets = [] } = (await readHeaders?.()) ?? {};
      const asked: Asked = { source: `Prometheus ${address}`, query: named, secrets };
      const request = {
        url: address,
        method: 'POST',
        headers: {
          ...headers,
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
        },
        body: new URLSearchParams({ query, timeout: `${timeoutMs}ms` }).toString(),
      } as const;
      const body = await web.ask(request, asked, saidIn);
      const parsed = answerSchema.safeParse(body);
      if (!parsed.success) {
        const said = quoteSaid(saidIn(body), asked);
        const trouble = said === '' ? 'did not answer with an instant vector' : `refused${said}`;
        throw unanswered(asked, trouble);
      }
      const { data, warnings = [], isPartial = false } = parsed.data;
      const seconds = data.result[0]?.value[0];
      return {
        series: data.result.map(({ metric, value }) => {
          return { labels: metric, value: numberOf(value[1]) };
        }),
        evaluatedAtMs: seconds === undefined ? null : seconds * 1000,
        warnings: [
          ...warnings.map((warning) => withoutSecrets(warning, secrets)),
          ...(isPartial ? ['the answer is partial'] : []),
        ],
      };
    },
    close: () => web.close(),
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

function saidIn(body: unknown): string | undefined {
  return errorSchema.safeParse(body).data?.error;
}

function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}

/** Measured series out of anything that answers with JSON: the numbers that a JSONPath finds in it. */
import { JSONPathError, jsonpath } from 'json-p3';
import { Failure } from '../../domain/failures.js';
import { type Asked, unanswered } from '../../domain/series/asked.js';
import { dataText, jsonpath as jsonpathText, urlPath } from '../../domain/series/languages.js';
import type { JsonQuery, QueryValues } from '../../domain/series/series.js';
import { readSides, type SideReading } from '../../domain/series/sides.js';
import { fillText } from '../../domain/series/template.js';
import type { SeriesSource } from '../../ports/series-source.js';
import type { ReadHeaders, Web } from '../../ports/web.js';

export interface JsonOptions {
  /** What the query's path is put behind. */
  readonly url: string;
  readonly web: Web;
  readonly headers?: ReadHeaders | undefined;
}

const mostValues = 1000;

/** What it answers with is never repeated: somebody else's URL may lead to somebody else's data. */
export function createJsonSeries({ url, web, headers: readHeaders }: JsonOptions): SeriesSource {
  const base = new URL(url);

  async function ask(query: JsonQuery, values: QueryValues): Promise<SideReading> {
    const { headers = {}, secrets = [] } = (await readHeaders?.()) ?? {};
    const path = fillText(query.path, urlPath, values);
    const found = fillText(query.value, jsonpathText, values);
    const method = query.body === undefined ? 'GET' : 'POST';
    const source = `${base.origin}${base.pathname}`;
    const asked: Asked = { source, query: `${method} ${path} ${found}`, secrets };
    const answer = await web.ask(
      {
        url: below(base, path),
        headers: {
          ...headers,
          accept: 'application/json',
          ...(query.body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(query.body === undefined
          ? { method: 'GET' }
          : { method: 'POST', body: JSON.stringify(fillJson(query.body, values)) }),
      },
      asked,
    );
    const read = valuesAt(found, answer, asked);
    if (read.length > mostValues) {
      throw unanswered(asked, `answered with ${read.length} values, at most ${mostValues}`);
    }
    return { values: read.flatMap((value) => numberIn(value, asked)) };
  }

  return {
    readSeries: (query, context) =>
      readSides(query, context, (values) => ask(query as JsonQuery, values)),
    close: () => web.close(),
  };
}

/** Plain selection: the language has no scripts, and its own functions read only what they are given. */
function valuesAt(path: string, answer: unknown, { source, query }: Asked): readonly unknown[] {
  try {
    return jsonpath.query(path, answer as Parameters<typeof jsonpath.query>[1]).values();
  } catch (error) {
    if (!(error instanceof JSONPathError)) throw error;
    const message = `${source} cannot be read by its JSONPath: ${error.message}; asked: ${query}`;
    throw new Failure('InvalidInput', message, { where: source });
  }
}

/** Numbers, also as texts; null is no value. */
function numberIn(value: unknown, asked: Asked): readonly number[] {
  if (value === null) return [];
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return [number];
  const kind = Array.isArray(value) ? 'a list' : typeof value;
  throw unanswered(asked, `answered with ${kind} where a number was looked for`);
}

/** @throws InvalidInput where a value turned the path elsewhere, as `..` does */
function below(base: URL, path: string): string {
  const whole = `${base.origin}${base.pathname.replace(/\/+$/, '')}${path}`;
  const parts = (text: string) => text.split('?')[0]?.split('/').length;
  const url = new URL(whole);
  if (url.origin === base.origin && parts(url.href) === parts(whole)) return url.href;
  throw new Failure('InvalidInput', 'the path leads elsewhere', { where: path.slice(0, 200) });
}

function fillJson(value: unknown, values: QueryValues): unknown {
  if (typeof value === 'string') {
    return /^\{\{\s*instances\s*\}\}$/.test(value)
      ? values.instances
      : fillText(value, dataText, values);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => fillJson(one, values));
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, fillJson(one, values)]),
  );
}

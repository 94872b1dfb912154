/** How a value is written in each query language where a variable may stand, and where none may. */
import { Failure } from '../failures.js';
import type { Lexis, Slot } from './scan.js';

/** Writes one value, or all of a list, at a place. */
export type Write = (values: readonly string[]) => string;

export interface Language {
  readonly name: string;
  readonly lexis: Lexis;
  /** How values are written there; a text: why none may stand there. */
  readonly place: (slot: Slot, isList: boolean) => Write | string;
}

const bare: Lexis = { quotes: {}, lineComments: [], blockComments: false };

const first = (write: (value: string) => string): Write => {
  return ([value = '']) => write(value);
};

/** Control characters as \u0007, which all of these languages read. */
function escapeText(text: string, quote: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replace(/\p{Cc}/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/\p{Surrogate}/gu, '\\ufffd');
}

const escapeRegex = (text: string): string => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');

export const promql: Language = {
  name: 'PromQL',
  lexis: {
    quotes: { '"': 'escapes', "'": 'escapes', '`': 'raw' },
    lineComments: ['#'],
    blockComments: false,
  },
  place({ quote, code }, isList) {
    if (quote === null || quote === '`') return 'a variable stands in "…" or \'…\'';
    if (/[=!]~\s*$/.test(code)) {
      return (values) => {
        const patterns = values.map(escapeRegex);
        return escapeText(isList ? `(?:${patterns.join('|')})` : (patterns[0] ?? ''), quote);
      };
    }
    if (!/[^=!<>]!?=\s*$/.test(code)) return 'a variable stands in the value of a label';
    if (isList) return '{{instances}} needs =~ or !~';
    return first((value) => escapeText(value, quote));
  },
};

/** Its way to write a quote within quotes is not told, so such a value is refused. */
function plainNrql(value: string): string {
  if (!/['"`\\\p{Cc}\p{Surrogate}]/u.test(value)) return value;
  throw new Failure(
    'InvalidInput',
    'a value with quotes or backslashes cannot be written in NRQL',
    {
      seen: JSON.stringify(value.slice(0, 60)),
    },
  );
}

export const nrql: Language = {
  name: 'NRQL',
  lexis: {
    quotes: { "'": 'raw', '"': 'raw', '`': 'raw' },
    lineComments: ['--', '//'],
    blockComments: true,
  },
  place({ quote, code, after }, isList) {
    if (isList) {
      if (quote !== null || !/\bIN\s*\(\s*$/i.test(code) || !/^\s*\)/.test(after)) {
        return 'write IN ({{instances}})';
      }
      return (values) => values.map((value) => `'${plainNrql(value)}'`).join(', ');
    }
    if (quote !== "'") return "a variable stands in '…'";
    if (/\b(?:RLIKE|r)\s*$/i.test(code)) return 'a variable cannot stand in a regular expression';
    return first(plainNrql);
  },
};

/** As Datadog itself writes tags down. */
const datadogTag = (value: string): string => value.toLowerCase().replace(/[^a-z0-9_\-./:]/gu, '_');

export const datadogQuery: Language = {
  name: 'Datadog',
  lexis: { quotes: { "'": 'raw', '"': 'raw' }, lineComments: [], blockComments: false },
  place({ quote, code, after }, isList) {
    const filter = /\{[^{}]*$/.exec(code)?.[0];
    if (quote !== null || filter === undefined) return 'a variable stands in {…}';
    const isIn = /\bIN\s*\(\s*$/i.test(filter) && /^\s*\)/.test(after);
    if (isList)
      return isIn ? (values) => values.map(datadogTag).join(',') : 'write tag IN ({{instances}})';
    if (!/[{,(\s!][a-z][\w.\-/]*:[\w.\-/:*]*$/i.test(filter)) {
      return 'a variable stands behind the colon of a tag';
    }
    return first(datadogTag);
  },
};

export const jsonpath: Language = {
  name: 'JSONPath',
  lexis: { quotes: { "'": 'escapes', '"': 'escapes' }, lineComments: [], blockComments: false },
  place({ quote }, isList) {
    if (quote === null || isList) return 'one value stands in \'…\' or "…"';
    return first((value) => escapeText(value, quote));
  },
};

const percent = (char: string): string =>
  `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

const urlPart = (value: string): string =>
  encodeURIComponent(value.replace(/\p{Surrogate}/gu, '\ufffd')).replace(/[!'()*]/g, percent);

/** A path and a query; a list has commas between its parts. */
export const urlPath: Language = {
  name: 'URL',
  lexis: bare,
  place: (_slot, isList) => (values) =>
    (isList ? values : values.slice(0, 1)).map(urlPart).join(','),
};

/** A text that is handed over as data, such as a dimension or a text in JSON; a list is the whole of it. */
export const dataText: Language = {
  name: 'text',
  lexis: bare,
  place({ code, after }, isList) {
    if (isList && (code !== '' || after !== '')) return '{{instances}} stands alone';
    return first((value) => value);
  },
};

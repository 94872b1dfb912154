/** The API reference as one plain page, written from the OpenAPI document: no script, nothing from elsewhere. */
import { failureRules } from '../domain/failures.js';
import { failureGuide } from './failure-guide.js';
import type { OpenApiDocument } from './openapi.js';
import { problemCodes } from './schemas/problem.js';

const style = `
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#15181c}pre,code{background:#22272e!important}a{color:#8ab4f8}}
code,pre{background:#f2f4f7;border-radius:4px;font-size:.9em}code{padding:.1em .3em}pre{padding:.8rem;overflow:auto}
h3 code{font-size:1em}table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;border-bottom:1px solid #8884;padding:.3rem .5rem}
.method{font-weight:700;text-transform:uppercase;margin-right:.5rem}`;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string | undefined): string {
  return (text ?? '').replace(/[&<>"']/g, (character) => entities[character] as string);
}

/** Escaped text in which `back-quoted` words are code. */
function prose(text: string | undefined): string {
  return escape(text).replace(/`([^`]*)`/g, '<code>$1</code>');
}

interface Described {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: { readonly description?: string };
  }[];
  readonly requestBody?: {
    readonly content?: Readonly<Record<string, { readonly schema?: unknown }>>;
  };
  readonly responses?: Readonly<
    Record<
      string,
      {
        readonly description?: string;
        readonly content?: Readonly<Record<string, { readonly schema?: unknown }>>;
      }
    >
  >;
}

export function renderReference(document: OpenApiDocument): string {
  const paths = (document.paths ?? {}) as Record<string, Record<string, Described>>;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const schemas = Object.entries(document.components?.schemas ?? {});
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    `<title>Sluice API reference</title><style>${style}</style></head><body>`,
    `<h1>Sluice API reference</h1><p>${prose(document.info.description)} `,
    `Machine-readable: <a href="/openapi.json">/openapi.json</a>. `,
    `Send <code>Authorization: Bearer slc_…</code>.</p>`,
    `<nav><ul>${operations.map(({ path, method, operation }) => `<li><a href="#${escape(operation.operationId)}"><code>${escape(method.toUpperCase())} ${escape(path)}</code></a> ${prose(operation.summary)}</li>`).join('')}</ul></nav>`,
    `<h2>Operations</h2>`,
    ...operations.map(renderOperation),
    `<h2>Problems</h2><table><tr><th>Code</th><th>Status</th><th>Means</th><th>Cause</th><th>Mend</th></tr>`,
    ...problemCodes.map((code) => {
      const { status, title } =
        code === 'Internal' ? { status: 500, title: 'A fault of the server' } : failureRules[code];
      const { cause, mend } = failureGuide[code];
      return `<tr id="problem-${code}"><td><code>${code}</code></td><td>${status}</td><td>${escape(title)}</td><td>${prose(cause)}</td><td>${prose(mend)}</td></tr>`;
    }),
    `</table>`,
    `<h2>Schemas</h2>`,
    ...schemas.map(
      ([name, schema]) =>
        `<details id="schema-${escape(name)}"><summary><code>${escape(name)}</code></summary><pre>${escape(JSON.stringify(schema, null, 2))}</pre></details>`,
    ),
    `</body></html>`,
  ].join('\n');
}

function renderOperation(entry: {
  readonly path: string;
  readonly method: string;
  readonly operation: Described;
}): string {
  const { path, method, operation } = entry;
  const body = operation.requestBody?.content?.['application/json']?.schema;
  return [
    `<section id="${escape(operation.operationId)}"><h3><span class="method">${escape(method)}</span><code>${escape(path)}</code></h3>`,
    `<p>${prose(operation.summary)}</p>`,
    operation.description ? `<p>${prose(operation.description)}</p>` : '',
    operation.parameters?.length
      ? `<table><tr><th>Parameter</th><th>In</th><th></th></tr>${operation.parameters.map((parameter) => `<tr><td><code>${escape(parameter.name)}</code>${parameter.required ? ' *' : ''}</td><td>${escape(parameter.in)}</td><td>${prose(parameter.description ?? parameter.schema?.description)}</td></tr>`).join('')}</table>`
      : '',
    body === undefined ? '' : `<p>Body: ${schemaLink(body)}</p>`,
    `<table><tr><th>Answer</th><th></th><th></th></tr>${Object.entries(operation.responses ?? {})
      .map(
        ([status, { description, content }]) =>
          `<tr><td>${escape(status)}</td><td>${prose(description)}</td><td>${Object.values(
            content ?? {},
          )
            .map(({ schema }) => schemaLink(schema))
            .join(' ')}</td></tr>`,
      )
      .join('')}</table></section>`,
  ].join('');
}

function schemaLink(schema: unknown): string {
  const name = (schema as { readonly $ref?: string } | undefined)?.$ref?.split('/').at(-1);
  return name === undefined
    ? `<code>${escape(JSON.stringify(schema))}</code>`
    : `<a href="#schema-${escape(name)}"><code>${escape(name)}</code></a>`;
}

/** HTML as values: everything that is put into it is escaped unless it is HTML already. */

export interface Html {
  readonly html: string;
}

function isHtml(value: unknown): value is Html {
  return typeof value === 'object' && value !== null && 'html' in value;
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function print(value: unknown): string {
  if (Array.isArray(value)) return value.map(print).join('');
  if (isHtml(value)) return value.html;
  if (typeof value === 'string') return escapeText(value);
  return typeof value === 'number' ? String(value) : '';
}

export function html(parts: TemplateStringsArray, ...values: readonly unknown[]): Html {
  return { html: parts.map((part, index) => part + print(values[index] ?? '')).join('') };
}

export function table(heads: readonly string[], rows: readonly (readonly unknown[])[]): Html {
  if (rows.length === 0) return html`<p>none</p>`;
  return html`<table>
    <tr>${heads.map((head) => html`<th>${head}</th>`)}</tr>
    ${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}
  </table>`;
}

const style =
  'body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c;background:#fff}' +
  'table{border-collapse:collapse;width:100%;margin-bottom:1.5rem}td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #ddd}' +
  'code,pre{font:13px/1.4 ui-monospace,monospace}pre{white-space:pre-wrap;background:#f5f5f5;padding:.75rem}' +
  '@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}td,th{border-color:#333}pre{background:#222}a{color:#8ab4ff}}';

export function wholePage(title: string, body: Html): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <style>${{ html: style }}</style>
      </head>
      <body>
        <p><a href="/">Stand-in GitHub</a></p>
        <h1>${title}</h1>
        ${body}
      </body>
    </html>`;
  return page.html;
}

/** Which headers pass the proxy: those of the message, not those of one connection. */
import type { IncomingMessage } from 'node:http';

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function namedByConnection(raw: readonly string[]): ReadonlySet<string> {
  const named = new Set<string>();
  for (let at = 0; at < raw.length; at += 2) {
    if (raw[at]?.toLowerCase() !== 'connection') continue;
    for (const name of (raw[at + 1] ?? '').split(',')) named.add(name.trim().toLowerCase());
  }
  return named;
}

function passing(raw: readonly string[], alsoDropped: ReadonlySet<string>): string[] {
  const named = namedByConnection(raw);
  const kept: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string;
    const lower = name.toLowerCase();
    if (hopByHop.has(lower) || named.has(lower) || alsoDropped.has(lower)) continue;
    kept.push(name, raw[at + 1] as string);
  }
  return kept;
}

/** `expect` is answered by this side, and where a request comes from is said by nobody but this side. */
const replaced = new Set(['expect', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']);

/** Flat list of names and values, as undici takes them. */
export function requestHeaders(request: IncomingMessage): string[] {
  const headers = passing(request.rawHeaders, replaced);
  headers.push('x-forwarded-for', request.socket.remoteAddress ?? '', 'x-forwarded-proto', 'http');
  if (request.headers.host !== undefined) headers.push('x-forwarded-host', request.headers.host);
  return headers;
}

const ours = new Set(['x-sluice-revision', 'x-sluice-instance']);

/** Flat list as `writeHead` takes it; says who answered. Header bytes are latin1 on the wire and stay what they are. */
export function responseHeaders(
  raw: readonly Buffer[],
  from: { readonly revision: string; readonly instance: string },
): string[] {
  const headers = passing(
    raw.map((part) => part.toString('latin1')),
    ours,
  );
  headers.push('x-sluice-revision', from.revision, 'x-sluice-instance', from.instance);
  return headers;
}

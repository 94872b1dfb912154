/** Stands before the API and does what befalls a tool: somebody acts before or after one of its requests, or the answer is lost. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** By what they do, whether REST or GraphQL says it. */
export type RequestKind = 'createIssue' | 'writeIssue' | 'comment' | 'listIssues';

export interface Interference {
  readonly url: string;
  /** Before the next such request goes on. @returns whether there was one */
  before(kind: RequestKind, act: () => Promise<unknown>): () => boolean;
  /** After the next such request was answered by GitHub, before the tool hears of it. */
  after(kind: RequestKind, act: () => Promise<unknown>): () => boolean;
  /** The next such request is done, and the tool never hears of it. */
  lose(kind: RequestKind): () => boolean;
  close(): Promise<void>;
}

interface Rule {
  readonly kind: RequestKind;
  readonly when: 'before' | 'after' | 'lose';
  readonly act: () => Promise<unknown>;
  hasMet: boolean;
}

/** Of hop-by-hop headers and what is set anew. */
const ownHeaders = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);
const answerHeaders = new Set([
  'content-encoding',
  'content-length',
  'transfer-encoding',
  'connection',
]);

export async function startInterference(target: string): Promise<Interference> {
  const rules: Rule[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await bodyOf(request);
      const kinds = kindsOf(request, body.toString('utf8'));
      const due = rules.filter(({ kind, hasMet }) => !hasMet && kinds.includes(kind));
      for (const rule of due) rule.hasMet = true;
      for (const { when, act } of due) if (when === 'before') await act();
      const answer = await fetch(`${target}${request.url ?? '/'}`, {
        method: request.method ?? 'GET',
        headers: headersOf(request),
        redirect: 'manual',
        ...(body.length > 0 && { body: new Uint8Array(body) }),
      });
      const content = Buffer.from(await answer.arrayBuffer());
      for (const { when, act } of due) if (when === 'after') await act();
      if (due.some(({ when }) => when === 'lose')) {
        request.socket.destroy();
        return;
      }
      const headers = [...answer.headers].filter(([name]) => !answerHeaders.has(name));
      response.writeHead(answer.status, Object.fromEntries(headers));
      response.end(content);
    })().catch(() => request.socket.destroy());
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const add = (kind: RequestKind, when: Rule['when'], act: Rule['act']) => {
    const rule: Rule = { kind, when, act, hasMet: false };
    rules.push(rule);
    return () => rule.hasMet;
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    before: (kind, act) => add(kind, 'before', act),
    after: (kind, act) => add(kind, 'after', act),
    lose: (kind) => add(kind, 'lose', () => Promise.resolve()),
    close: () => closeServer(server),
  };
}

function kindsOf({ method = 'GET', url = '/' }: IncomingMessage, body: string): RequestKind[] {
  const path = url.split('?')[0] ?? '';
  if (path.endsWith('/graphql')) {
    const { query = '' } = JSON.parse(body) as { readonly query?: string };
    const has = (pattern: RegExp): boolean => pattern.test(query);
    return [
      ...(has(/\bcreateIssue\s*\(/) ? (['createIssue'] as const) : []),
      ...(has(/\b(updateIssue|closeIssue|reopenIssue|addLabelsToLabelable)\s*\(/)
        ? (['writeIssue'] as const)
        : []),
      ...(has(/\baddComment\s*\(/) ? (['comment'] as const) : []),
      ...(has(/^\s*query\b[^{]*\{[\s\S]*\bissues\s*\(/) ? (['listIssues'] as const) : []),
    ];
  }
  const isWrite = method !== 'GET' && method !== 'HEAD';
  if (!isWrite) return /\/repos\/[^/]+\/[^/]+\/issues$/.test(path) ? ['listIssues'] : [];
  if (/\/issues\/\d+\/comments$/.test(path)) return ['comment'];
  if (/\/issues\/\d+(\/labels)?$/.test(path)) return ['writeIssue'];
  return path.endsWith('/issues') ? ['createIssue'] : [];
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      ownHeaders.has(name) || value === undefined ? [] : [[name, String(value)]],
    ),
  );
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
}

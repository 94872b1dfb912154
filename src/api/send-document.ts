/** Documents that are the same for everybody: made once, and the same bytes for however many take them slowly. */
import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';

export interface Document {
  readonly type: 'html' | 'text/javascript' | 'css' | 'svg' | 'json';
  readonly bytes: Buffer;
  readonly version: string;
}

export function createDocument(type: Document['type'], text: string): Document {
  const bytes = Buffer.from(text);
  const version = createHash('sha256').update(bytes).digest('hex').slice(0, 20);
  return { type, bytes, version };
}

/** With its ETag, or 304 to whoever has it already. */
export function sendDocument(
  request: Request,
  response: Response,
  { type, bytes, version }: Document,
): void {
  response.set({ 'Cache-Control': 'no-cache', ETag: `"${version}"` });
  if (request.get('if-none-match') === `"${version}"`) response.status(304).end();
  else response.type(type).send(bytes);
}

/** Which requests last as long as their reader likes, and so have places of their own. */
import type { Request } from 'express';

/** The ledger's events are a list, and none of these. */
const streamPath = /^\/v1\/(?:releases|rollouts|targets)\/.+\/events$/;

/** A long poll or a stream. */
export function isWatch({ query, path }: Pick<Request, 'query' | 'path'>): boolean {
  return 'wait' in query || streamPath.test(path);
}

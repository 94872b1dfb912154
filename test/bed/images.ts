/** The image store of the bed: an image is the example service with the artifact of a version, named by its digest. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const checkout = resolve(import.meta.dirname, '../../examples/checkout');
const registry = 'sluice.test/';
const service = `${registry}checkout`;

/** What an artifact makes of the example service; see examples/checkout/server.mjs. */
export interface ImageBehaviour {
  readonly errorRate?: number;
  readonly latencyMs?: number;
  readonly crashAfterMs?: number;
  readonly startDelayMs?: number;
  readonly hang?: boolean;
}

export type FoundImage =
  | {
      readonly kind: 'found';
      /** As a container's status names it: repository and digest. */
      readonly id: string;
      /** What runs when the pod's spec names no command; empty for an image without one. */
      readonly command: readonly string[];
      readonly directory: string;
    }
  | { readonly kind: 'missing'; readonly message: string };

export interface Images {
  /** Puts the artifact of a version in the store, or replaces it; returns `sha256:…`. */
  publish(version: string, behaviour?: ImageBehaviour): string;
  find(image: string): FoundImage;
}

/** @param folder where the artifacts are written; the example's own are there from the beginning */
export function createImages(folder: string): Images {
  mkdirSync(folder, { recursive: true });
  const digests = new Map<string, string>();
  const files = new Map<string, string>();
  const put = (version: string, text: string) => {
    const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
    const file = join(folder, `checkout-${version}.${digest.slice(7, 19)}.json`);
    writeFileSync(file, text);
    digests.set(version, digest);
    files.set(digest, file);
    return digest;
  };
  for (const name of readdirSync(join(checkout, 'artifacts'))) {
    const version = /^checkout-(.*)\.json$/.exec(name)?.[1];
    if (version !== undefined)
      put(version, readFileSync(join(checkout, 'artifacts', name), 'utf8'));
  }
  return {
    publish: (version, behaviour = {}) => put(version, JSON.stringify({ version, ...behaviour })),
    find(image) {
      const missing = (why: string): FoundImage => ({
        kind: 'missing',
        message: `failed to pull image "${image}": ${why}`,
      });
      const [name = '', pinned] = image.split('@');
      const [repository = '', version] = name.split(':');
      if (!repository.startsWith(registry)) return missing('no such registry');
      if (repository !== service) {
        const digest = pinned ?? `sha256:${createHash('sha256').update(name).digest('hex')}`;
        return { kind: 'found', id: `${repository}@${digest}`, command: [], directory: checkout };
      }
      const digest = pinned ?? digests.get(version ?? '');
      const file = files.get(digest ?? '');
      if (digest === undefined || file === undefined) return missing('manifest unknown');
      return {
        kind: 'found',
        id: `${repository}@${digest}`,
        command: [process.execPath, join(checkout, 'server.mjs'), file],
        directory: checkout,
      };
    },
  };
}

/** An evidence store in memory, for tests. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json.js';
import { Failure } from '../../domain/failures.js';
import type { EvidenceStore } from '../../ports/evidence.js';

export function createMemoryEvidence(): EvidenceStore {
  const texts = new Map<string, string>();
  return {
    async put(value) {
      const text = canonicalJson(value) as string | undefined;
      if (text === undefined) {
        throw new Failure('InvalidInput', 'only a JSON value can be evidence', {
          seen: typeof value,
        });
      }
      const reference = `sha256:${createHash('sha256').update(text).digest('hex')}`;
      texts.set(reference, text);
      return reference;
    },
    async get(reference) {
      const text = texts.get(reference);
      return text === undefined ? null : JSON.parse(text);
    },
  };
}

/** Gates that answer what a test tells them to. */
import type { Gate, GateAnswer } from '../../ports/gate.js';

export interface MemoryGate extends Gate {
  /** URLs asked so far, oldest first. */
  readonly asked: readonly { readonly kind: 'smoke' | 'webhook'; readonly url: string }[];
}

/**
 * @param statusOf status that a URL answers; may be changed by the test between calls. Default: 200 for all.
 */
export function createMemoryGate(
  statusOf: (url: string, kind: 'smoke' | 'webhook') => number = () => 200,
): MemoryGate {
  const asked: { kind: 'smoke' | 'webhook'; url: string }[] = [];
  const statusAt = (kind: 'smoke' | 'webhook', url: string): number => {
    asked.push({ kind, url });
    return statusOf(url, kind);
  };
  return {
    asked,
    async smoke(urls, test, signal) {
      signal.throwIfAborted();
      if (urls.length === 0) return { passed: false, reason: 'there is no instance to check' };
      for (const base of urls) {
        const status = statusAt('smoke', base + test.path);
        if (status !== test.expectStatus) {
          return refused(`${base}${test.path}`, status, String(test.expectStatus));
        }
      }
      return {
        passed: true,
        reason: `${test.path} answered ${test.expectStatus} on all instances`,
      };
    },
    async webhook(gate, _question, signal) {
      signal.throwIfAborted();
      const status = statusAt('webhook', gate.url);
      return status >= 200 && status <= 202
        ? { passed: true, reason: `${new URL(gate.url).host} answered ${status}` }
        : refused(new URL(gate.url).host, status, '200–202');
    },
  };
}

function refused(where: string, status: number, expected: string): GateAnswer {
  return { passed: false, reason: `${where} answered ${status}, expected ${expected}` };
}

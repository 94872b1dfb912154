/** The services of the benchmark: their names say how they are released. */
import type { PipelineSnapshot } from '../../../src/domain/release/release.js';
import { aCanary, anEnvironment, timing } from '../../support/builders.js';

/** What signs approvals, in the API and in the worker. */
export const ticketKey = Buffer.alloc(32, 9);
export const digest = `sha256:${'a'.repeat(64)}`;
export const version = '1.0.0';
/** Of the platform that notes when it is first asked for something. */
export const noted = 'noted';

/** Waits for one yes before it does anything. */
export const waitingService = (n: number): string => `waits-${n}`;
/** Goes by a canary of three steps as soon as it is asked for. */
export const rollingService = (n: number): string => `rolls-${n}`;

export async function resolvePipeline(service: string): Promise<PipelineSnapshot> {
  const waits = anEnvironment('production', {
    ...{
      platform: noted,
      strategy: { kind: 'rolling', batches: 1, stepMs: 0, deadlineMs: 30_000, timing },
    },
    promotion: 'manual',
    approvals: {
      ...{ required: 1, approvers: ['lead'], minimumWaitMs: 0, deadlineMs: null },
      acceptClaims: false,
    },
  });
  const rolls = anEnvironment('production', { strategy: aCanary([5, 25, 50], 1000) });
  const environments = [service.startsWith('rolls-') ? rolls : waits];
  return { project: 'shop', service, environments, sha256: 'c'.repeat(64) };
}

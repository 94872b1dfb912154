/** A shop of three services and two environments whose rollouts take seconds, for tests that disturb many of them at once. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TargetKey } from '../../src/domain/names.js';

export const services = ['cart', 'checkout', 'search'];

/** Weights before promotion, by environment in the order of the pipeline. */
export const weights: Readonly<Record<string, readonly number[]>> = {
  staging: [50, 100],
  production: [20, 60, 100],
};

export const targets: readonly TargetKey[] = services.flatMap((service) =>
  Object.keys(weights).map((environment) => ({ service, environment })),
);

/** As the playground names it. */
export function targetName({ service, environment }: TargetKey): string {
  return `${service}:${environment}`;
}

/** Writes it; artifacts lie beside it as `artifacts/<service>-<version>.json`. */
export function writeShop(dataDir: string): string {
  const path = join(dataDir, 'sluice.yaml');
  // JSON is YAML.
  writeFileSync(
    path,
    JSON.stringify({
      apiVersion: 'sluice/v1',
      project: 'shop',
      platforms: { local: { kind: 'playground' } },
      services: Object.fromEntries(
        services.map((service) => [service, { workload: workloadOf(service, dataDir) }]),
      ),
      environments: Object.fromEntries(
        Object.entries(weights).map(([name, steps]) => [name, stageOf(steps)]),
      ),
    }),
  );
  return path;
}

function workloadOf(service: string, dataDir: string) {
  const server = resolve(import.meta.dirname, '../../examples/checkout/server.mjs');
  return {
    command: [process.execPath, server, '{artifact}'],
    directory: dataDir,
    artifact: `artifacts/${service}-{version}.json`,
    instances: 1,
    healthPath: '/healthz',
  };
}

/** What the disturbance itself does to users must not decide: limits are wide, and doubt goes on. */
function stageOf(steps: readonly number[]) {
  return {
    platform: 'local',
    strategy: {
      canary: {
        steps: steps.flatMap((weight) => [
          { setWeight: weight },
          { analysis: { for: '500ms', deadline: '1m' } },
        ]),
        ...{ progressDeadline: '3m', keepWarm: '1s', abortScaleDownDelay: '1s' },
      },
    },
    health: {
      errorRate: { max: '30%', success: '20%' },
      latencyP95: { max: '8s', success: '5s' },
      ...{ interval: '500ms', onInconclusive: 'advance', onNoData: 'advance' },
    },
  };
}

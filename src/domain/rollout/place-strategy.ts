/** Fills into a strategy what only its service and project know: health path and webhook rules. */
import type { SmokeTestSpec } from './gate-schema.js';
import type { StrategySpec } from './schema.js';
import type { CanaryStep, SmokeTest, Strategy } from './strategy.js';

/** What a strategy takes from the service and project it is used for. */
export interface StrategyPlace {
  readonly healthPath: string;
  readonly webhooks: { readonly allowedHosts: readonly string[]; readonly allowInsecure: boolean };
}

export function placeSmokeTest(test: SmokeTestSpec, healthPath: string): SmokeTest {
  return { ...test, path: test.path ?? healthPath };
}

export function placeStrategy(spec: StrategySpec, place: StrategyPlace): Strategy {
  const placed = (test: SmokeTestSpec) => placeSmokeTest(test, place.healthPath);
  switch (spec.kind) {
    case 'rolling':
      return spec;
    case 'blueGreen':
      return {
        ...spec,
        smoke: spec.smoke && placed(spec.smoke),
        warmUp: spec.warmUp && placed(spec.warmUp),
      };
    case 'canary':
      return {
        ...spec,
        steps: spec.steps.map((step): CanaryStep => {
          if (step.kind === 'smokeTest') return { ...step, smoke: placed(step.smoke) };
          if (step.kind === 'webhook') {
            return { ...step, webhook: { ...step.webhook, ...place.webhooks } };
          }
          return step;
        }),
      };
  }
}

/** The demo's story: four releases of one service, and how each must end. */
import type { ReleaseBodyInput } from '../../api/schemas/release.js';

export const demoService = 'checkout';

/** Requests per second of the steady load. */
export const demoLoad: Readonly<Record<string, number>> = {
  integration: 30,
  staging: 30,
  production: 80,
};

export interface DemoRelease {
  readonly version: string;
  /** What the audience should know before it happens. */
  readonly story: string;
  readonly body: Omit<ReleaseBodyInput, 'service' | 'version' | 'digest'>;
  readonly outcome: 'promoted' | 'rolledBack';
  /** What makes one answer of the candidate a bad one. */
  readonly isBad: (answer: { readonly failed: boolean; readonly latencyMs: number }) => boolean;
}

const quickTiming = { progressDeadline: '30s', keepWarm: '5s', abortScaleDownDelay: '1s' };
const analysis = { for: '1500ms', deadline: '20s' };
const failed = (answer: { readonly failed: boolean }) => answer.failed;

export const demoReleases: readonly DemoRelease[] = [
  {
    version: '1.0.0',
    story: 'the first version is installed in all environments',
    body: { reason: 'first version' },
    outcome: 'promoted',
    isBad: failed,
  },
  {
    version: '1.1.0',
    story: 'a healthy version goes 5 → 25 → 50 → 100 through all environments',
    body: { reason: 'faster order form' },
    outcome: 'promoted',
    isBad: failed,
  },
  {
    version: '1.2.0',
    story: 'a version that fails 30 % of its requests enters at production',
    body: {
      from: 'production',
      strategy: {
        canary: {
          steps: [20, 50, 100].flatMap((setWeight) => [{ setWeight }, { analysis }]),
          ...quickTiming,
        },
      },
      reason: 'hotfix of the payment provider',
    },
    outcome: 'rolledBack',
    isBad: failed,
  },
  {
    version: '1.3.0',
    story: 'a slow version is switched to in production, blue-green',
    body: {
      from: 'production',
      strategy: {
        blueGreen: {
          weights: [10, 50, 100],
          step: '1500ms',
          postSwitch: '1500ms',
          deadline: '20s',
          ...quickTiming,
        },
      },
      reason: 'new tax rules',
    },
    outcome: 'rolledBack',
    isBad: ({ failed: isFailed, latencyMs }) => isFailed || latencyMs > 1000,
  },
];

/** How the migration before a deployment is written down, and where one can run. */
import { z } from 'zod';
import { durationText, nameText } from '../domain/schema-parts.js';
import { type Explained, formatPath, valueAt } from './explain-issues.js';
import { entriesAt } from './written.js';

export const migrationSchema = z.strictObject({
  job: nameText.describe('A suspended Job or a CronJob that runs the image of the Deployment.'),
  deadline: durationText
    .prefault('10m')
    .describe('Nothing is deployed when it has not ended by then; it is never stopped.'),
  logLines: z
    .int()
    .min(0)
    .max(100)
    .default(20)
    .describe('Of its last lines, recorded when it fails; 0 where they could hold secrets.'),
});

/** Only a cluster runs one. */
export function migrationsHavePlace(written: unknown): readonly Explained[] {
  return entriesAt(written, ['services']).flatMap(([service, value]): Explained[] => {
    if (valueAt(value, ['workload', 'migration']) === undefined) return [];
    const chosen = valueAt(value, ['environments']);
    const path = ['services', service, 'workload', 'migration'];
    return entriesAt(written, ['environments']).flatMap(([environment, stage]) => {
      if (Array.isArray(chosen) && !chosen.includes(environment)) return [];
      const platform = valueAt(stage, ['platform']);
      if (typeof platform !== 'string') return [];
      const kind = valueAt(written, ['platforms', platform, 'kind']);
      if (typeof kind !== 'string' || kind === 'kubernetes') return [];
      const seen = `environment ${environment} on platform "${platform}" (${kind})`;
      const message = `${formatPath(path)}: seen ${seen}, allowed: kubernetes, because only a cluster runs a Job`;
      return [{ path, message }];
    });
  });
}

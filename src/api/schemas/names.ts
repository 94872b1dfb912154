/** The names and small values that stand in paths, queries and bodies of the API. */
import { z } from 'zod';
import { namePattern, versionPattern } from '../../domain/names.js';
import { phases } from '../../domain/phase.js';
import { digestPattern } from '../../domain/rollout/revision.js';
import { nameText } from '../../domain/schema-parts.js';
import { readDuration } from '../../domain/time.js';

const stagePattern = new RegExp(
  `^${namePattern.source.slice(1, -1)}(/${namePattern.source.slice(1, -1)})?$`,
);

export const serviceName = nameText.meta({ description: 'What is released.', example: 'checkout' });

const environmentName = nameText.meta({
  description: 'A stage of the pipeline.',
  example: 'production',
});

/** `production`, or `production/eu` for one region of it. */
export const stageName = z
  .string({ error: 'a stage' })
  .regex(stagePattern, { error: 'a name such as production, or production/eu for one region' })
  .meta({ description: 'A stage of the pipeline.', example: 'production' });

const regionName = nameText.meta({
  description: 'Only where an environment has several regions.',
  example: 'eu',
});

export const versionText = z
  .string({ error: 'a semantic version such as 1.4.0' })
  .max(128)
  .regex(versionPattern, { error: 'a semantic version without a leading v, such as 1.4.0' })
  .meta({ description: 'Semantic version without a leading `v`.', example: '1.4.0' });

export const digestText = z
  .string({ error: 'sha256: and 64 hex digits' })
  .regex(digestPattern, { error: 'sha256: and 64 lower-case hex digits' })
  .meta({
    description: 'Digest of the artifact that was built once and goes everywhere.',
    example: `sha256:${'4f'.repeat(32)}`,
  });

export const gitShaText = z
  .string()
  .regex(/^[0-9a-f]{7,64}$/, { error: '7 to 64 lower-case hex digits' })
  .meta({ description: 'Commit the artifact was built from.', example: '9fceb02d0ae598e9' });

export const reasonText = z
  .string({ error: 'a reason, one sentence' })
  .trim()
  .regex(/\S/, { error: 'a reason, one sentence' })
  .max(1000)
  .meta({ description: 'Why; kept in the record.', example: 'the error budget is spent' });

export const phaseName = z
  .enum(phases)
  .meta({ id: 'Phase', description: 'The one closed list of phases.' });

const rolloutNumber = z.coerce
  .number<string>()
  .int()
  .min(1)
  .max(Number.MAX_SAFE_INTEGER)
  .meta({ description: "The target's number of the rollout, from 1.", example: 3 });

/** `25s`; milliseconds when read, at most a minute because balancers cut longer silence. */
const waitText = z
  .string()
  .regex(/^(?:(?:60000|[1-5]?\d{1,4})ms|(?:60|[1-5]?\d(?:\.\d{1,3})?)s|1m)$/, {
    error: 'a duration of at most 60s, such as 25s',
  })
  .transform((text) => readDuration(text) ?? 0)
  .meta({
    description: 'Answer only when the view differs from `since`, or after this long.',
    example: '25s',
  });

const sinceText = z
  .string()
  .max(80)
  .meta({ description: 'The ETag of the view that is already known.' });

/** `10m`; milliseconds when read. */
const streamText = z
  .string()
  .regex(/^(?:\d{1,5}ms|(?:[12]?\d{1,3}|3[0-5]\d{2}|3600)s|(?:[1-5]?\d|60)m|1h)$/, {
    error: 'a duration of at most 1h, such as 10m',
  })
  .transform((text) => readDuration(text) ?? 0)
  .prefault('10m')
  .meta({ description: 'The stream ends after this long; then ask again.', example: '10m' });

export const releasePath = z.object({ service: serviceName, version: versionText });
export const targetPathParams = z.object({ service: serviceName, environment: environmentName });
export const rolloutPathParams = z.object({
  service: serviceName,
  environment: environmentName,
  n: rolloutNumber,
});

export const noQuery = z.strictObject({});
export const regionQuery = z.strictObject({ region: regionName.optional() });
const samplesText = z
  .literal('all', { error: 'all' })
  .meta({ description: 'Show the samples however large they are.' });
export const whyQuery = z.strictObject({ samples: samplesText.optional() });
export const regionWhyQuery = z.strictObject({
  region: regionName.optional(),
  samples: samplesText.optional(),
});
export const watchQuery = z.strictObject({
  wait: waitText.optional(),
  since: sinceText.optional(),
});
export const streamQuery = z.strictObject({ for: streamText });
export const regionStreamQuery = z.strictObject({
  region: regionName.optional(),
  for: streamText,
});
export const regionWatchQuery = z.strictObject({
  region: regionName.optional(),
  wait: waitText.optional(),
  since: sinceText.optional(),
});

export const flagText = z
  .enum(['true', 'false'])
  .transform((word) => word === 'true')
  .optional()
  .meta({ description: 'Whether it says what a person should look at.' });

/** One page of a list; the cursor is opaque. */
export const pageShape = {
  limit: z.coerce.number<string>().int().min(1).max(200).default(50),
  cursor: z
    .string()
    .max(8192)
    .regex(/^[A-Za-z0-9_-]+$/, { error: 'the nextCursor of an earlier answer' })
    .optional(),
};

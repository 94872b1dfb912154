/** Bodies and answers of the commands; who commands comes from the token, never from the body. */
import { z } from 'zod';
import { durationText } from '../../domain/schema-parts.js';
import { reasonText, stageName, versionText } from './names.js';

export const commandBody = z
  .strictObject({ reason: reasonText })
  .meta({ id: 'Command', example: { reason: 'errors seen at a customer' } });

export const stageCommandBody = z
  .strictObject({ environment: stageName, reason: reasonText })
  .meta({
    id: 'StageCommand',
    example: { environment: 'production', reason: 'staging looks good' },
  });

export const lockBody = z
  .strictObject({
    reason: reasonText,
    expiresIn: durationText
      .optional()
      .meta({ description: 'The lock ends by itself after this long; left out: by unlock only.' }),
  })
  .meta({ id: 'Lock', example: { reason: 'quarter-end freeze', expiresIn: '12h' } });

export const ejectBody = z
  .strictObject({
    reason: reasonText,
    dryRun: z.boolean().default(false).meta({ description: 'Only say what would be done.' }),
  })
  .meta({ id: 'Eject', example: { reason: 'another tool takes over', dryRun: true } });

export const rollBackBody = z
  .strictObject({
    reason: reasonText,
    version: versionText
      .optional()
      .meta({ description: 'Version to go back to; left out: the previous one.' }),
  })
  .meta({ id: 'RollBack', example: { reason: 'payments fail since 14:02' } });

export const commandAccepted = z
  .object({
    accepted: z.literal(true),
    message: z.string().meta({ description: 'What happens now, one sentence.' }),
  })
  .meta({ id: 'CommandAccepted' });

export const ejectAccepted = commandAccepted
  .extend({
    steps: z.array(z.string()).meta({ description: 'What is done, in order.' }),
  })
  .meta({ id: 'EjectAccepted' });

export const rolloutAccepted = z
  .object({
    accepted: z.literal(true),
    message: z.string(),
    rolloutId: z.string(),
    location: z.string().meta({ description: 'Path of the rollout.' }),
    position: z.int().meta({ description: '0: starts now; n: so many are before it.' }),
  })
  .meta({ id: 'RolloutAccepted' });

export type CommandAccepted = z.output<typeof commandAccepted>;
export type EjectAccepted = z.output<typeof ejectAccepted>;
export type RolloutAccepted = z.output<typeof rolloutAccepted>;

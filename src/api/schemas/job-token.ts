/** What a job of GitHub Actions gets for its own token. */
import { z } from 'zod';
import { tokenScopes } from '../../domain/access/scope.js';

export const jobTokenSchema = z
  .object({
    token: z.string().meta({ description: 'For `Authorization: Bearer`; shown only now.' }),
    owner: z.string().meta({ description: 'Who acts with it.' }),
    scopes: z.array(z.enum(tokenScopes)),
    services: z.array(z.string()),
    environments: z.array(z.string()).nullable().meta({ description: 'Null: everywhere.' }),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'JobToken' });

export type JobToken = z.output<typeof jobTokenSchema>;

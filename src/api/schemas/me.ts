/** Who asks, as the API tells it. */
import { z } from 'zod';
import { tokenScopes } from '../../domain/access/scope.js';

export const meSchema = z
  .object({
    owner: z.string().meta({ description: 'Who acts with this token.' }),
    scopes: z.array(z.enum(tokenScopes)),
    environments: z.array(z.string()).nullable().meta({ description: 'Null: everywhere.' }),
    services: z.array(z.string()).nullable().meta({ description: 'Null: all of them.' }),
    temporalUiUrl: z
      .string()
      .nullable()
      .meta({ description: 'The Temporal UI with its namespace; null when there is none.' }),
  })
  .meta({ id: 'Me' });

export type Me = z.output<typeof meSchema>;

/** The body of every error: RFC 9457 problem details with the value, the limit and the next command. */
import { z } from 'zod';
import { type FailureCode, failureRules } from '../../domain/failures.js';

/** `Internal` is a bug on the server's side; everything else was foreseen. */
export const problemCodes = [
  ...(Object.keys(failureRules) as FailureCode[]),
  'Internal',
] as const satisfies readonly string[];

export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'Reference to the explanation of this code.' }),
    title: z.string(),
    status: z.int(),
    code: z.enum(problemCodes),
    detail: z.string().meta({ description: 'What happened, one sentence.' }),
    where: z
      .string()
      .optional()
      .meta({ description: 'Field, file:line:column, URL or id it is about.' }),
    seen: z.union([z.string(), z.number()]).optional(),
    limit: z.union([z.string(), z.number()]).optional(),
    hint: z.string().optional().meta({ description: 'The next command or act.' }),
    errors: z
      .array(
        z.object({
          pointer: z.string().optional().meta({ description: 'JSON pointer into the body.' }),
          parameter: z.string().optional().meta({ description: 'Name in the path or query.' }),
          where: z.string().optional().meta({ description: 'Place in a file.' }),
          message: z.string(),
        }),
      )
      .optional(),
    requestId: z.string().optional().meta({ description: 'Stands in the logs of the server.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });

export type Problem = z.output<typeof problemSchema>;
export type ProblemCode = Problem['code'];

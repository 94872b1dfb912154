/** How the place of a credential is written down; the secret itself is refused. */
import { z } from 'zod';

const credentialForm = 'only {env: NAME} or {file: path}, never the secret itself';

/** Where a credential lies, never the credential itself: its owner reads it at use. */
export const credentialSchema = z
  .union(
    [
      z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }),
      z.strictObject({ file: z.string().min(1) }),
    ],
    { error: credentialForm },
  )
  .meta({ id: 'credential', description: `A credential: ${credentialForm}.` });

/** The JSON Schema of `sluice.yaml` as editors read it. Run as a program it writes the published file. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { projectSchema } from './project-schema.js';

/** Where the published schema lies in the repository. */
export const publishedSchema = new URL('../../schemas/sluice.schema.json', import.meta.url);

/** The file's whole text. */
export function projectJsonSchema(): string {
  const schema = z.toJSONSchema(projectSchema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ title: 'Sluice project', ...schema }, null, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(publishedSchema, projectJsonSchema());
}

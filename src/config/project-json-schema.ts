/** The JSON Schema of `sluice.yaml` as editors read it; its published copy lies in `schemas/`. */
import { z } from 'zod';
import { projectSchema } from './project-schema.js';

/** The published file's whole text. */
export function projectJsonSchema(): string {
  const schema = z.toJSONSchema(projectSchema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ title: 'Sluice project', ...schema }, null, 2)}\n`;
}

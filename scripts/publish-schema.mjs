/** Writes `schemas/sluice.schema.json` from the configuration's schema: node --import tsx scripts/publish-schema.mjs */
import { writeFileSync } from 'node:fs';
import { projectJsonSchema } from '../src/config/project-json-schema.js';

writeFileSync(new URL('../schemas/sluice.schema.json', import.meta.url), projectJsonSchema());

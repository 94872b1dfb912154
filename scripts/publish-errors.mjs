/** Writes `docs/errors.md` from what the code says of its failures: node --import tsx scripts/publish-errors.mjs */
import { writeFileSync } from 'node:fs';
import { renderErrorsPage } from '../src/api/failure-guide.js';

writeFileSync(new URL('../docs/errors.md', import.meta.url), renderErrorsPage());

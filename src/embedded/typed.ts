/** What people type to run us where this runs: in a clone, or where the package is installed. */
import { isSource } from '../programs/own-program.js';

export const typed = isSource
  ? { sluice: 'npm run -s sluice --', demo: 'npm run demo --' }
  : { sluice: 'npx sluice', demo: 'npx sluice demo' };

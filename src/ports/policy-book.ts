/** Makes the policy of a repository out of its own words and its organisation's. */
import type { PolicyReading } from '../domain/repository/policy-reading.js';

export interface PolicyBook {
  /** @param text of the repository's own `sluice.yaml`; null when it has none */
  read(text: string | null): PolicyReading;
}

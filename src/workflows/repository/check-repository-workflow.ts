/** A self-check that somebody waits for: reads, and writes nothing. */
import type { RepositoryCheck } from '../../domain/repository/check.js';
import type { RepositoryKey } from '../../domain/repository/names.js';
import { atCodeHost } from '../activity-options.js';

export async function checkRepository(repository: RepositoryKey): Promise<RepositoryCheck> {
  const reading = await atCodeHost.readRepositoryPolicy({ repository, maxAgeMs: 0 });
  return atCodeHost.checkCare({ repository, reading });
}

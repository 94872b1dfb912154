/** What is said when the disk refuses a file of the data directory. */
import { Failure } from '../../domain/failures.js';

/** @param what `the ledger`, `the evidence`: what the file is to its reader */
export function diskFailure(what: string, file: string, error: unknown): Failure {
  const seen = (error as NodeJS.ErrnoException).code ?? String(error);
  const next = 'check the free space and the permissions of the data directory';
  return new Failure(
    'Unavailable',
    `${what} ${file} does not answer (${seen})`,
    { where: file, seen, next },
    error,
  );
}

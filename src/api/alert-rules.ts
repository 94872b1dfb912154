/** How alerts are recognised, out of `sluice.yaml`: read again soon after it changed, but not for every alert of a storm. */
import type { Credential } from '../config/credential.js';
import type { Project } from '../config/project.js';
import { Failure } from '../domain/failures.js';
import type { AlertRules } from './deps.js';
import { keepReading } from '../config/kept-reading.js';

/** What was read last stays in force while the file is faulty. */
export function createAlertRules(options: {
  readonly readProject: () => Promise<Pick<Project, 'alerts'>>;
  readonly readSecret: (credential: Credential) => Promise<string>;
  readonly clock: () => number;
}): () => Promise<AlertRules> {
  const { readProject, readSecret, clock } = options;
  const read = async (): Promise<AlertRules> => {
    const { labels, action, signature } = (await readProject()).alerts;
    return {
      ...{ labels, action },
      signature: signature
        ? { readSecret: () => readSecret(signature.secret), toleranceMs: signature.tolerance }
        : null,
    };
  };
  return keepReading({ read, unreadable, clock });
}

/** Ours to mend, and not for everybody to read; whoever alerts asks again until it is. */
function unreadable(cause: unknown): Failure {
  return new Failure(
    'NotReady',
    'The configuration of alerts cannot be read',
    { where: 'alerts', next: 'mend the file, then run: sluice validate' },
    cause,
  );
}

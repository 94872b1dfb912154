/** How alerts are recognised, out of `sluice.yaml`: read again soon after it changed, but not for every alert of a storm. */
import type { Credential } from '../config/credential.js';
import type { Project } from '../config/project.js';
import { Failure } from '../domain/failures.js';
import type { AlertRules } from './deps.js';

const keptMs = 2_000;

/** What was read last stays in force while the file is faulty. */
export function createAlertRules(options: {
  readonly readProject: () => Promise<Pick<Project, 'alerts'>>;
  readonly readSecret: (credential: Credential) => Promise<string>;
  readonly clock: () => number;
}): () => Promise<AlertRules> {
  const { readProject, readSecret, clock } = options;
  let last: AlertRules | null = null;
  let readAtMs = Number.NEGATIVE_INFINITY;

  const read = async (): Promise<AlertRules> => {
    const { labels, action, signature } = (await readProject()).alerts;
    return {
      ...{ labels, action },
      signature: signature
        ? { readSecret: () => readSecret(signature.secret), toleranceMs: signature.tolerance }
        : null,
    };
  };

  return async () => {
    if (last !== null && clock() - readAtMs < keptMs) return last;
    readAtMs = clock();
    try {
      last = await read();
    } catch (error) {
      if (last === null) throw unreadable(error);
    }
    return last;
  };
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

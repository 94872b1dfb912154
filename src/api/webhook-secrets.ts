/** The secrets of webhooks, out of `sluice.yaml`: read again soon after they changed, but not for every delivery. */
import type { Credential } from '../config/credential.js';
import { Failure } from '../domain/failures.js';
import { keepReading } from '../config/kept-reading.js';

/** What was read last stays in force while the file is faulty; a secret that is missing leaves the other in force. */
export function createWebhookSecrets(options: {
  readonly readCredentials: () => Promise<readonly Credential[]>;
  readonly readSecret: (credential: Credential) => Promise<string>;
  readonly clock: () => number;
}): () => Promise<readonly string[]> {
  const { readCredentials, readSecret, clock } = options;
  const read = async (): Promise<readonly string[]> => {
    const credentials = await readCredentials();
    const found = await Promise.allSettled(credentials.map(readSecret));
    const secrets = found.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const lost = found.find((each) => each.status === 'rejected');
    if (secrets.length === 0 && lost !== undefined) throw lost.reason;
    return secrets;
  };
  return keepReading({ read, unreadable, clock });
}

function unreadable(cause: unknown): Failure {
  return new Failure(
    'NotReady',
    'The secret of webhooks cannot be read',
    {
      where: 'github.webhookSecrets',
      next: 'write it where sluice.yaml says',
      retryAfterMs: 5_000,
    },
    cause,
  );
}

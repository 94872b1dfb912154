/** What every failure of a metric source says: who was asked what, and never a credential. */
import { Failure, type FailureDetails } from '../failures.js';

export interface Asked {
  /** `Prometheus https://prometheus.internal/api/v1/query` */
  readonly source: string;
  /** As a person reads it. */
  readonly query: string;
  /** What is never repeated, whoever says it. */
  readonly secrets: readonly string[];
}

const longestSaid = 200;
const longestQuery = 500;

/** @param said behind the source's name, such as `answered 401` */
export function unanswered(
  { source, query, secrets }: Asked,
  said: string,
  details: FailureDetails = {},
): Failure {
  const message = `${source} ${said}; asked: ${query.slice(0, longestQuery)}`;
  return new Failure('Unavailable', withoutSecrets(message, secrets), {
    where: source,
    ...details,
  });
}

/** Behind a colon, shortened and on one line; empty for nothing. */
export function quoteSaid(text: string | undefined, { secrets }: Asked): string {
  if (text === undefined || text === '') return '';
  const line = withoutSecrets(text, secrets).replace(/\p{Cc}+/gu, ' ');
  return `: ${line.slice(0, longestSaid)}`;
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => {
    // Headers carry it behind a scheme, and people may be told it without.
    const bare = secret.split(' ').at(-1) ?? '';
    return bare === '' ? left : left.replaceAll(bare, '…');
  }, text);
}

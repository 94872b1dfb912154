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

/** The text with a mark for each secret in it. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  // Headers carry it behind a scheme, and people may be told it without; a letter alone is no secret.
  const bare = secrets.flatMap((secret) => /^\S+ +(.{4,})$/.exec(secret)?.[1] ?? []);
  return [...secrets, ...bare]
    .filter((secret) => secret !== '')
    .reduce((left, secret) => left.replaceAll(secret, '…'), text);
}

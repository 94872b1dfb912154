/** Logs as JSON lines in which no secret survives, wherever it stands. */
import { type DestinationStream, type Logger, type LevelWithSilent, pino } from 'pino';
import { scrubSecrets } from '../domain/secret-text.js';

const secretFields = ['authorization', 'token', 'ticket', 'secret', 'key'];
/** Fields are redacted by name one level deep; what is deeper by its name too, and inside a text by how it looks. */
const secretField = /("(?:authorization|token|ticket|secret)"\s*:\s*")(?:[^"\\]|\\.)*"/gi;

export function scrub(line: string): string {
  return scrubSecrets(line).replace(secretField, '$1[redacted]"');
}

/** @param more fields of every line: of which project, and in which trace it is written */
export function createApiLogger(
  level: LevelWithSilent,
  stream?: DestinationStream,
  more: () => Readonly<Record<string, string | undefined>> = () => ({}),
): Logger {
  const options = {
    name: 'sluice-api',
    level,
    mixin: () => ({ ...more() }),
    redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
    hooks: { streamWrite: scrub },
  };
  return stream === undefined ? pino(options) : pino(options, stream);
}

/** Logs as JSON lines in which no secret survives, wherever it stands. */
import { type DestinationStream, type Logger, type LevelWithSilent, pino } from 'pino';

const secretFields = ['authorization', 'token', 'ticket', 'secret', 'key'];
/** Fields are redacted by name one level deep; what is deeper, or inside a text, by how it looks. */
const secretTexts: readonly [RegExp, string][] = [
  [/slc_[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+)*/g, 'slc_[redacted]'],
  [/eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g, '[redacted JWT]'],
  [/(Bearer\s+)[^\s"\\]+/gi, '$1[redacted]'],
  [/("(?:authorization|token|ticket|secret)"\s*:\s*")(?:[^"\\]|\\.)*"/gi, '$1[redacted]"'],
];

export function scrub(line: string): string {
  return secretTexts.reduce((text, [pattern, mask]) => text.replace(pattern, mask), line);
}

export function createApiLogger(level: LevelWithSilent, stream?: DestinationStream): Logger {
  const options = {
    name: 'sluice-api',
    level,
    redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
    hooks: { streamWrite: scrub },
  };
  return stream === undefined ? pino(options) : pino(options, stream);
}

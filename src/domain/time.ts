/** Durations as people write them (`10m`, `1h30m`, ISO 8601 `PT10M`) and as the engine counts them (milliseconds). */
import { Failure } from './failures.js';

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const short = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const shortPart = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const iso = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/**
 * Milliseconds of a duration text, or null when the text is none.
 * @example readDuration('1h30m') === 5_400_000; readDuration('PT10M') === 600_000; readDuration('ten') === null
 */
export function readDuration(text: string): number | null {
  if (short.test(text)) {
    let sum = 0;
    for (const [, amount, unit] of text.matchAll(shortPart)) {
      sum += Number(amount) * unitMs[unit as keyof typeof unitMs];
    }
    return Math.round(sum);
  }
  const match = iso.exec(text);
  if (!match || match.slice(1).every((part) => part === undefined)) return null;
  const [d, h, m, s] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ];
  return Math.round(d * unitMs.d + h * unitMs.h + m * unitMs.m + s * unitMs.s);
}

/** As {@link readDuration}, but a text that is no duration is an InvalidInput failure naming `where`. */
export function parseDuration(text: string, where: string): number {
  const ms = readDuration(text);
  if (ms === null) {
    throw new Failure('InvalidInput', `"${text}" is not a duration`, {
      where,
      seen: text,
      next: 'write a duration such as 500ms, 30s, 10m, 1h30m, 7d or PT10M',
    });
  }
  return ms;
}

/** The shortest exact short form: 90_000 → `1m30s`, 0 → `0s`, 1500 → `1s500ms`. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms);
  const parts: string[] = [];
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / unitMs[unit]);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * unitMs[unit];
  }
  return parts.join('') || '0s';
}

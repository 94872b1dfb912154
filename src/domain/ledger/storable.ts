/** An event as every store can keep it: plain JSON without the characters that databases refuse in texts. */
import type { LedgerEvent } from '../ledger-event.js';

/** What JSON leaves out is left out, NUL and lone surrogates become U+FFFD: so one event has one text everywhere. */
export function storableEvent(event: LedgerEvent): LedgerEvent {
  return cleaned(JSON.parse(JSON.stringify(event))) as LedgerEvent;
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [cleanText(key), cleaned(part)]),
  );
}

const refused = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

function cleanText(text: string): string {
  return text.replace(refused, '\uFFFD');
}

/** An explanation as text: the sentence, the verdict's numbers, the record and what to type next. */
import type { Why } from '../../api/schemas/why.js';
import { harmless, type Paint, table } from './paint.js';
import { rolloutTitle } from './views.js';

export function renderWhy(why: Why, paint: Paint): string[] {
  const lines = [paint('bold', harmless(why.sentence))];
  if (why.verdict) {
    const { kind, reason, looks, missedLooks, evidence } = why.verdict;
    lines.push(`verdict   ${kind}: ${harmless(reason)} (${looks} looks, ${missedLooks} missed)`);
    const rows = evidence.map(({ check, seen, limit, bad, total, eValue, eLimit }) => [
      `  ${check}`,
      `seen ${seen}`,
      `limit ${limit}`,
      bad === null || total === null ? '' : `${bad} of ${total}`,
      eValue === null || eLimit === null ? '' : `E ${Number(eValue.toPrecision(3))} of ${eLimit}`,
    ]);
    lines.push(...table(rows));
  }
  if (why.rolloutId) lines.push(`rollout   ${rolloutTitle(why.rolloutId)}`);
  if (why.samples) {
    const note = why.samples.note === null ? '' : `  (${why.samples.note})`;
    lines.push(`samples   ${why.samples.reference}${note}`);
  }
  if (why.events.length > 0) {
    const rows = why.events
      .slice(-15)
      .map(({ at, kind, actor, reason }) => [
        `  ${at.slice(11, 19)}`,
        kind,
        harmless(actor),
        harmless(reason),
      ]);
    lines.push('record', ...table(rows));
  }
  if (why.temporal) lines.push(`temporal  ${why.temporal}`);
  if (why.next.length > 0) lines.push('next', ...why.next.map((next) => `  ${next}`));
  return lines;
}

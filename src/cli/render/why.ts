/** An explanation as text: the sentence, the verdict's numbers, the record and what to type next. */
import type { Why } from '../../api/schemas/why.js';
import { harmless, type Paint, roundedDuration, table } from './paint.js';
import { sparkline } from './sparkline.js';
import { rolloutTitle } from './views.js';

type Measured = NonNullable<Why['measured']>;

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
  if (why.measured) lines.push(...measuredLines(why.measured));
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

/** Where it was read, over which time, and the errors of each look as bars. */
function measuredLines({ query, fromMs, toMs, weight, looks, missed, points }: Measured): string[] {
  const time = (ms: number): string => new Date(ms).toISOString().slice(11, 19);
  const shares = points.map(({ candidate }) =>
    candidate.requests === 0 ? 0 : candidate.errors / candidate.requests,
  );
  const newest = points.at(-1)?.candidate;
  const last = newest === undefined ? '' : `  last look ${newest.errors} of ${newest.requests}`;
  return [
    `query     ${query === null ? 'counters of the platform itself' : harmless(query)}`,
    `window    ${time(fromMs)} to ${time(toMs)} (${roundedDuration(toMs - fromMs)}) at ${weight} %, ${looks} looks kept${missed > 0 ? `, ${missed} missed` : ''}`,
    ...(points.length < 2 ? [] : [`errors    ${sparkline(shares)}${last}`]),
  ];
}

/** What would be done about an issue, a line each, for people who approve it. */
import type { FieldChange, IssuePlan } from './issue-plan.js';

/** @param path of its file, where it has one */
export function planLines(plan: IssuePlan, path: string | null): readonly string[] {
  const what = plan.number === null ? (path ?? '') : `#${plan.number}`;
  if (plan.create !== null) return [`${what} becomes an issue`];
  const byHow = (how: FieldChange['how']): string =>
    plan.changes
      .filter((change) => change.how === how)
      .map(({ field }) => field)
      .join(', ');
  const written = plan.files.filter(({ text }) => text !== null).map((file) => file.path);
  const gone = plan.files.filter(({ text }) => text === null).map((file) => file.path);
  const lines: string[] = [];
  const isNew = plan.changes.some(({ field, how }) => field === 'issue' && how === 'github');
  if (isNew && written.length > 0) return [`${what} becomes ${written.join(', ')}`];
  if (plan.host !== null) {
    const { number: _number, id: _id, ...changes } = plan.host;
    const state = changes.state === undefined ? '' : ` (${changes.state})`;
    lines.push(`${what} is changed at GitHub: ${Object.keys(changes).join(', ')}${state}`);
  }
  const comments = plan.comments.length;
  if (comments > 0) lines.push(`${what} gets or changes ${comments} comments`);
  if (gone.length > 0) lines.push(`${what} moves from ${gone.join(', ')} to ${written.join(', ')}`);
  else if (written.length > 0) {
    const why = byHow('github') || byHow('merged') || byHow('chosen') || 'its link';
    lines.push(`${written.join(', ')} is written: ${why}`);
  }
  if (plan.conflict?.isChanged)
    lines.push(`${what} is asked about: ${plan.conflict.fields.join(', ')}`);
  if (lines.length === 0 && plan.record === 'remove') lines.push(`${what} is forgotten`);
  if (lines.length === 0 && plan.record !== null) lines.push(`${what} is noted as it is`);
  return lines;
}

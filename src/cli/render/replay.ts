/** A replayed verdict as text: as recorded, as recomputed, and where they differ. */
import type { Replay } from '../../domain/analysis/replay.js';
import type { Verdict } from '../../domain/analysis/verdict.js';
import { harmless, type Paint } from './paint.js';

interface About {
  readonly file: string;
  readonly reference: string;
  readonly subject: string;
  readonly looks: number;
}

const mostDifferences = 20;

export function renderReplay(about: About, replay: Replay, paint: Paint): string[] {
  const { recorded, recomputed, equal, differences } = replay;
  const lines = [
    paint('bold', `${harmless(about.subject)}, ${about.looks} looks in ${about.file}`),
    `record      ${about.reference}`,
    `recorded    ${describe(recorded)}`,
    `recomputed  ${recomputed === null ? 'no verdict yet' : describe(recomputed)}`,
  ];
  if (equal) return [...lines, paint('green', '✔ equal, bit for bit')];
  lines.push(paint('red', `✖ ${countOf(differences.length)}`));
  for (const { path, recorded: was, recomputed: is } of differences.slice(0, mostDifferences)) {
    lines.push(`  ${path}`, `    recorded    ${harmless(was)}`, `    recomputed  ${harmless(is)}`);
  }
  return [
    ...lines,
    'Somebody changed the record, or another version of Sluice judged it: compare its sha256',
    'with the evidenceRef of verdictReached in the record of the rollout (sluice why <reference>).',
  ];
}

function describe({ kind, reason, atMs }: Verdict): string {
  return `${kind} at ${new Date(atMs).toISOString()}: ${harmless(reason)}`;
}

function countOf(differences: number): string {
  return differences === 1 ? 'they differ in one value' : `they differ in ${differences} values`;
}

/** The notes of an import as a list for people: what to fill in, what is missing, what is different. */
import type { Imported } from '../../import/import.js';
import type { Note } from '../../import/notes.js';

const headings: Readonly<Record<Note['kind'], string>> = {
  fillIn: 'to fill in: a guess or a default stands in sluice.yaml',
  unexpressed: 'not expressed',
  different: 'expressed differently',
};

export function noteLines(
  { title, notes }: Imported,
  { output }: { readonly output?: string },
): readonly string[] {
  const lines = [`${title}: ${notes.length === 0 ? 'nothing to note' : countsOf(notes)}`];
  for (const kind of ['fillIn', 'unexpressed', 'different'] as const) {
    const group = notes.filter((note) => note.kind === kind);
    if (group.length === 0) continue;
    lines.push('', `${headings[kind]} (${group.length})`);
    for (const { where, field, value, why, instead } of group) {
      lines.push(`  ${where}  ${field}: ${value}`, `    ${why}`);
      if (instead !== 'nothing') lines.push(`    → ${instead}`);
    }
  }
  return [...lines, '', `next: sluice validate ${output ?? '<file>'}`];
}

function countsOf(notes: readonly Note[]): string {
  const count = (kind: Note['kind']) => notes.filter((note) => note.kind === kind).length;
  return `${count('fillIn')} to fill in, ${count('unexpressed')} not expressed, ${count('different')} different`;
}

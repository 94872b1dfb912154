/** The fields an importer knows, as the rows of its page in docs/. */
import type { FieldTable } from '../../src/import/notes.js';

export function rowsOf({ rules }: FieldTable): readonly string[] {
  return rules.map((rule) => {
    const field = `| \`${rule.field}\``;
    if ('lost' in rule) {
      const instead = rule.instead === 'nothing' ? '' : `; instead: ${plain(rule.instead)}`;
      return `${field} | not expressed | ${plain(rule.lost)}${instead} |`;
    }
    return `${field} | ${plain(rule.becomes)} |${rule.but ? ` ${plain(rule.but)}` : ''} |`;
  });
}

/** So that no renderer takes a placeholder for a tag, nor a star for emphasis. */
function plain(text: string): string {
  return text.replaceAll(/[<*]/g, String.raw`\$&`);
}

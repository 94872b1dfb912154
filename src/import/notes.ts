/** Says of every field of a manifest what became of it, so that nothing is left out in silence. */
import { type Field, shown } from './field.js';
import type { Manifest } from './manifests.js';

/** What is known of one field of a foreign kind; `[]` stands for each entry of a list. */
export type FieldRule = KeptRule | LostRule;

interface KeptRule {
  readonly field: string;
  /** Where its value goes in sluice.yaml. */
  readonly becomes: string;
  /** What is different there, when something is. */
  readonly but?: string;
}

interface LostRule {
  readonly field: string;
  /** Why nothing in sluice.yaml says it. */
  readonly lost: string;
  readonly instead: string;
}

/** All known fields of a kind. What stands below a lost field is lost with it. */
export interface FieldTable {
  readonly kinds: readonly string[];
  readonly rules: readonly FieldRule[];
}

/** The same table, where some fields become something else. */
export function withRules({ kinds, rules }: FieldTable, others: readonly FieldRule[]): FieldTable {
  const replaced = new Map(others.map((rule) => [rule.field, rule]));
  return { kinds, rules: rules.map((rule) => replaced.get(rule.field) ?? rule) };
}

export interface Note {
  /**
   * `different`: expressed, but something is not as it was; `unexpressed`: nothing in sluice.yaml says it;
   * `fillIn`: sluice.yaml needs something that the manifest does not say, a guess stands there.
   */
  readonly kind: 'different' | 'unexpressed' | 'fillIn';
  /** `file:line:column` */
  readonly where: string;
  readonly field: string;
  /** As it was seen, in a few words. */
  readonly value: string;
  readonly why: string;
  /** What stands in sluice.yaml, or what to do. */
  readonly instead: string;
}

/** Notes about single values, written while they are converted. */
export interface Notebook {
  readonly notes: Note[];
  different(field: Field, why: string, instead: string): void;
  unexpressed(field: Field, why: string, instead: string): void;
  fillIn(field: Field, why: string, instead: string): void;
}

export function createNotebook(): Notebook {
  const notes: Note[] = [];
  const write = (kind: Note['kind']) => (field: Field, why: string, instead: string) => {
    const { where, name, value } = field;
    notes.push({ kind, where, field: name, value: shown(value), why, instead });
  };
  return {
    notes,
    different: write('different'),
    unexpressed: write('unexpressed'),
    fillIn: write('fillIn'),
  };
}

/** Adds a note for every field that nobody has used or written about, or that is used but differs. */
export function noteTheRest(manifest: Manifest, table: FieldTable, book: Notebook): void {
  const rules = new Map(table.rules.map((rule) => [rule.field, rule]));
  const told = new Set(
    book.notes.filter(({ kind }) => kind !== 'fillIn').map(({ field, where }) => field + where),
  );
  const used = [...manifest.used];
  /** `above` is the nearest lost field that this one stands in. */
  const visit = (field: Field, above: LostRule | undefined): void => {
    if (told.has(field.name + field.where)) return;
    const rule = rules.get(patternOf(field));
    const isUsed = manifest.used.has(field.name);
    const isUsedBelow = used.some((name) => /^[.[]/.test(tailOf(name, field.name)));
    if (rule && 'but' in rule && rule.but !== undefined && (isUsed || isUsedBelow)) {
      book.different(field, rule.but, rule.becomes);
    }
    if (isUsed) return;
    const lost = rule && 'lost' in rule ? rule : above;
    const below = childrenOf(field);
    if (below.length > 0 && (isUsedBelow || lost === undefined)) {
      for (const child of below) visit(child, lost);
    } else if (lost !== undefined) {
      // Switched off it asks for nothing, so nothing is lost.
      if (field.value !== false) book.unexpressed(field, lost.lost, lost.instead);
    } else if (rule === undefined) {
      book.unexpressed(
        field,
        'the importer does not know this field',
        'look for a slip of the pen',
      );
    } else if ('becomes' in rule && !isEmpty(field)) {
      book.unexpressed(field, 'it has no place beside the other fields here', rule.becomes);
    }
  };
  for (const field of childrenOf(manifest.root)) visit(field, undefined);
}

function tailOf(name: string, head: string): string {
  return name.startsWith(head) ? name.slice(head.length) : '';
}

function isEmpty({ value }: Field): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

function childrenOf(field: Field): readonly Field[] {
  if (Array.isArray(field.value)) return field.items();
  if (typeof field.value !== 'object' || field.value === null) return [];
  return field.entries().map(([, entry]) => entry);
}

/** `spec.strategy.canary.steps[].setWeight` */
function patternOf({ path }: Field): string {
  let text = '';
  for (const key of path) {
    text += typeof key === 'number' ? '[]' : `${text === '' ? '' : '.'}${key}`;
  }
  return text;
}

/** In the order of the text, one for each. */
export function inOrder(notes: readonly Note[]): readonly Note[] {
  return notes.toSorted((a, b) => a.where.localeCompare(b.where, 'en', { numeric: true }));
}

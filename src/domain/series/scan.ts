/** Finds the places of variables in a query: in which literal each stands, so that its value can never leave it. */

/** How a language quotes and comments. */
export interface Lexis {
  /** `escapes`: a backslash takes the next character along; `raw`: the next such quote ends it. */
  readonly quotes: Readonly<Record<string, 'escapes' | 'raw'>>;
  readonly lineComments: readonly string[];
  readonly blockComments: boolean;
}

export interface Slot {
  readonly variable: string;
  /** Where the variable begins in the template. */
  readonly offset: number;
  /** The quote it stands in; null: outside of literals. */
  readonly quote: string | null;
  /** All code before it, or before the literal it stands in; what is in literals and the variables left out. */
  readonly code: string;
  /** The template behind it. */
  readonly after: string;
}

export interface ScanFault {
  readonly offset: number;
  readonly message: string;
}

const variablePattern = /\{\{\s*([A-Za-z][\w.]*)\s*\}\}/g;
/** Stands in the code where a variable was. */
const standIn = '_';

type Mode =
  | { readonly kind: 'code' }
  | { readonly kind: 'literal'; readonly quote: string }
  | { readonly kind: 'comment'; readonly until: string };

const inCode: Mode = { kind: 'code' };

/** Every variable's slot in order, or the first thing that makes its place unsure. */
export function scanQuery(text: string, lexis: Lexis): readonly Slot[] | ScanFault {
  const variables = new Map<number, RegExpMatchArray>();
  for (const found of text.matchAll(variablePattern)) variables.set(found.index, found);
  const slots: Slot[] = [];
  let mode: Mode = inCode;
  let code = '';
  let openedAt = 0;
  for (let at = 0; at < text.length; ) {
    const found = variables.get(at);
    if (found) {
      if (mode.kind === 'comment') return { offset: at, message: 'a variable in a comment' };
      const quote = mode.kind === 'literal' ? mode.quote : null;
      const after = text.slice(at + found[0].length);
      slots.push({ variable: found[1] ?? '', offset: at, quote, code, after });
      if (quote === null) code += standIn;
      at += found[0].length;
      continue;
    }
    const rest = text.slice(at, at + 2);
    const char = rest[0] ?? '';
    if (mode.kind === 'comment') {
      const ends = text.startsWith(mode.until, at);
      at += ends ? mode.until.length : 1;
      if (ends) mode = inCode;
    } else if (mode.kind === 'literal') {
      const skips = char === '\\' && lexis.quotes[mode.quote] === 'escapes';
      if (skips && variables.has(at + 1))
        return { offset: at, message: 'a backslash before a variable' };
      if (char === mode.quote) mode = inCode;
      at += skips ? 2 : 1;
    } else {
      const comment = commentAt(rest, lexis);
      if (comment !== null) mode = { kind: 'comment', until: comment };
      else if (char in lexis.quotes) {
        mode = { kind: 'literal', quote: char };
        openedAt = at;
        at += 1;
        continue;
      } else code += char;
      at += comment === null ? 1 : rest.startsWith('#') ? 1 : 2;
    }
  }
  if (mode.kind === 'literal') return { offset: openedAt, message: 'a literal without its end' };
  return slots;
}

/** What ends the comment that begins here; null: none does. */
function commentAt(rest: string, lexis: Lexis): string | null {
  if (lexis.blockComments && rest === '/*') return '*/';
  return lexis.lineComments.some((mark) => rest.startsWith(mark)) ? '\n' : null;
}

/** Braces that were meant as a variable and are none. */
export function strayBraces(text: string): ScanFault | null {
  const covered = text.replace(variablePattern, (found) => ' '.repeat(found.length));
  const offset = covered.search(/\{\{/);
  return offset < 0 ? null : { offset, message: 'two braces that hold no variable' };
}

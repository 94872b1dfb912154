/** A query with variables, read once for its language and filled in with values that stay what they are. */
import { Failure } from '../failures.js';
import type { Language, Write } from './languages.js';
import { scanQuery, strayBraces } from './scan.js';
import type { QueryValues } from './series.js';

export const variableNames = [
  'service',
  'environment',
  'region',
  'namespace',
  'revision',
  'instances',
] as const;

export type VariableName = (typeof variableNames)[number];

interface Hole {
  readonly variable: VariableName;
  readonly write: Write;
}

export interface Template {
  readonly kind: 'template';
  readonly pieces: readonly (string | Hole)[];
  readonly variables: ReadonlySet<VariableName>;
}

/** Why a text is no template, and where in it; for an unknown variable its name. */
export interface TemplateFault {
  readonly kind: 'fault';
  readonly offset: number;
  readonly message: string;
  readonly unknown?: string;
}

export function readTemplate(text: string, language: Language): Template | TemplateFault {
  const slots = scanQuery(text, language.lexis);
  if ('message' in slots) return { kind: 'fault', ...slots };
  const stray = strayBraces(text);
  if (stray) return { kind: 'fault', ...stray };
  const pieces: (string | Hole)[] = [];
  let end = 0;
  for (const slot of slots) {
    const { offset, variable } = slot;
    const fault = (message: string) => ({ kind: 'fault', offset, message }) as const;
    if (!isVariable(variable)) {
      return { ...fault(`unknown variable {{${variable}}}`), unknown: variable };
    }
    const write = language.place(slot, variable === 'instances');
    if (typeof write === 'string') return fault(write);
    pieces.push(text.slice(end, offset), { variable, write });
    end = text.length - slot.after.length;
  }
  pieces.push(text.slice(end));
  const variables = new Set(slots.map(({ variable }) => variable as VariableName));
  return { kind: 'template', pieces, variables };
}

function isVariable(name: string): name is VariableName {
  return (variableNames as readonly string[]).includes(name);
}

/** @throws InvalidInput for a variable that has no value there, or a value that the language cannot write */
export function fillTemplate({ pieces }: Template, values: QueryValues): string {
  return pieces
    .map((piece) =>
      typeof piece === 'string' ? piece : piece.write(valuesOf(piece.variable, values)),
    )
    .join('');
}

function valuesOf(variable: VariableName, values: QueryValues): readonly string[] {
  const value = values[variable];
  if (value !== undefined) return typeof value === 'string' ? [value] : value;
  throw new Failure('InvalidInput', `{{${variable}}} has no value at this target`, {
    where: `{{${variable}}}`,
    next: `leave {{${variable}}} out of the query`,
  });
}

/** @throws InvalidInput where it is no template of that language */
export function fillText(text: string, language: Language, values: QueryValues): string {
  const template = readTemplate(text, language);
  if (template.kind === 'template') return fillTemplate(template, values);
  throw new Failure('InvalidInput', `the ${language.name} query has ${template.message}`, {
    where: `character ${template.offset + 1}`,
  });
}

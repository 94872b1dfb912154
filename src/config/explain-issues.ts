/** Turns zod's issues into sentences for people: path, what was seen, what is allowed, what was probably meant. */
import { z } from 'zod';
import { nearest } from './nearest.js';

export interface Explained {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** All issues of one parse; `schema` names the keys allowed where an unknown one stands. */
export function explainIssues(
  issues: readonly Issue[],
  schema: z.ZodType,
  input: unknown,
): readonly Explained[] {
  const tree = z.toJSONSchema(schema, { io: 'input', target: 'draft-7', reused: 'inline' });
  return issues.flatMap((issue) => explain(issue, [], tree as JsonSchema, input));
}

function explain(
  issue: Issue,
  above: readonly PropertyKey[],
  tree: JsonSchema,
  input: unknown,
): readonly Explained[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(tree, path);
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `${formatPath([...path, key])}: unknown key${allowedText(key, allowed)}`,
    }));
  }
  if (issue.code === 'invalid_union' && issue.message === 'Invalid input') {
    const branch = bestBranch(issue.errors);
    if (branch) return branch.flatMap((inner) => explain(inner, path, tree, input));
  }
  if (issue.code === 'invalid_key') {
    const key = String(issue.path.at(-1));
    const wanted = issue.issues[0]?.message ?? 'another name';
    return [{ path, message: `${formatPath(path)}: the name "${key}" is not ${wanted}` }];
  }
  const seen = valueAt(input, path);
  const text = seen === undefined ? 'is missing' : `seen ${seenText(seen, issue)}`;
  return [{ path, message: `${formatPath(path)}: ${text}${wantedText(issue, seen)}` }];
}

/** The branch that the writer meant: the one that does not already fail at the union's own level. */
function bestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const meant = branches.filter((issues) => {
    const first = issues[0];
    return first !== undefined && !(first.path.length === 0 && isWrongKind(first));
  });
  return meant.length === 1 ? meant[0] : undefined;
}

function isWrongKind(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

function wantedText(issue: Issue, seen: unknown): string {
  switch (issue.code) {
    case 'invalid_value': {
      const values = issue.values.map(String);
      return allowedText(typeof seen === 'string' ? seen : '', values);
    }
    case 'invalid_union': {
      if (issue.message !== 'Invalid input') return `, allowed: ${issue.message}`;
      const words = issue.errors
        .flat()
        .flatMap((inner) =>
          inner.code === 'invalid_value' && inner.path.length === 0 ? inner.values.map(String) : [],
        );
      const others = words.length > 0 ? [...words, 'or an object'] : [];
      return others.length > 0
        ? allowedText(typeof seen === 'string' ? seen : '', others)
        : ', which fits no allowed form';
    }
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `, allowed: at least ${issue.minimum}`
        : `, allowed: ${plainMessage(issue)}`;
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `, allowed: at most ${issue.maximum}`
        : `, allowed: ${plainMessage(issue)}`;
    default:
      return `, allowed: ${plainMessage(issue)}`;
  }
}

const plainTypes: Readonly<Record<string, string>> = {
  record: 'an object',
  object: 'an object',
  array: 'a list',
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
};

/** Zod's own English for plain types, shortened to what is wanted. */
function plainMessage(issue: Issue): string {
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')) {
    return plainTypes[issue.expected] ?? issue.expected;
  }
  return issue.message;
}

function allowedText(word: string, allowed: readonly string[]): string {
  if (allowed.length === 0) return '';
  const meant = nearest(word, allowed);
  return `, allowed: ${allowed.join(', ')}${meant === null ? '' : `; did you mean "${meant}"?`}`;
}

/** Short, and never the text that stands where a credential belongs. */
function seenText(seen: unknown, issue: Issue): string {
  if (issue.code === 'invalid_union' && issue.message.includes('never the secret')) {
    return 'something else';
  }
  if (Array.isArray(seen)) return seen.length === 0 ? 'an empty list' : 'a list';
  if (seen === null) return 'nothing';
  if (typeof seen === 'object')
    return Object.keys(seen).length === 0 ? 'an empty object' : 'an object';
  // People write secrets into addresses, and faults end up in logs.
  const open = typeof seen === 'string' ? seen.replace(/\/\/[^\s/@]+@/, '//***@') : seen;
  const text = typeof open === 'string' ? `"${open}"` : JSON.stringify(open);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** `environments.production.strategy.canary.steps[0].setWeight` */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const key of path) {
    text += typeof key === 'number' ? `[${key}]` : `${text === '' ? '' : '.'}${String(key)}`;
  }
  return text || 'the file';
}

export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly $ref?: string;
}

function keysAt(tree: JsonSchema, path: readonly PropertyKey[]): readonly string[] {
  let level: readonly JsonSchema[] = branches(tree);
  for (const key of path) {
    level = level.flatMap((schema) => {
      if (typeof key === 'number') return schema.items ? branches(schema.items) : [];
      const below = schema.properties?.[String(key)] ?? schema.additionalProperties;
      return typeof below === 'object' ? branches(below) : [];
    });
  }
  return level.flatMap((schema) => Object.keys(schema.properties ?? {}));
}

function branches(schema: JsonSchema): readonly JsonSchema[] {
  return schema.anyOf ? schema.anyOf.flatMap(branches) : [schema];
}

/** What differs between two objects, field by field. */
import type { FieldChange } from '../../../domain/rollout/preview.js';
import { withoutSecrets } from './without-secrets.js';

const longestValue = 200;
const mostChanges = 100;

/** @example diffObjects({a: {b: 1}}, {a: {b: 2}}) → [{path: 'a.b', from: '1', to: '2'}] */
export function diffObjects(from: unknown, to: unknown): readonly FieldChange[] {
  const changes = [...differences({ from, to, path: '', names: [] })];
  if (changes.length <= mostChanges) return changes;
  const more = `${changes.length - mostChanges} more`;
  return [...changes.slice(0, mostChanges), { path: '…', from: null, to: more }];
}

interface Place {
  readonly from: unknown;
  readonly to: unknown;
  readonly path: string;
  /** Fields on the way here, and the names of the entries of lists. */
  readonly names: readonly string[];
}

function* differences({ from, to, path, names }: Place): Generator<FieldChange> {
  const left = entriesOf(from);
  const right = entriesOf(to);
  if (left === null || right === null) {
    if (JSON.stringify(from) === JSON.stringify(to)) return;
    yield { path, from: textOf(from, names), to: textOf(to, names) };
    return;
  }
  const isList = Array.isArray(from);
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const inner = isList ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    const next = { from: left.get(key), to: right.get(key), path: inner };
    yield* differences({ ...next, names: [...names, key] });
  }
}

/** Null for a value without parts. Lists go by the name of their entries, so that one more in front changes one. */
function entriesOf(value: unknown): ReadonlyMap<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const names = value.map((one: { name?: unknown } | null) => one?.name);
  const isNamed = names.every((name) => typeof name === 'string');
  if (!isNamed || new Set(names).size !== names.length) return null;
  return new Map(value.map((one, at) => [names[at] as string, one]));
}

function textOf(value: unknown, names: readonly string[]): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(withoutSecrets(value, names));
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}

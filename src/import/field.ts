/** A value of a manifest that knows its path and its line, and remembers whether somebody has used it. */
import { formatPath } from '../config/explain-issues.js';
import type { Fault } from '../domain/failures.js';
import { namePattern } from '../domain/names.js';
import { readDuration } from '../domain/time.js';

export type Path = readonly (string | number)[];

/** What the fields of one manifest share. */
export interface Sheet {
  /** `file:line:column` of a path of the manifest, or of the nearest thing above it. */
  readonly where: (path: Path) => string;
  readonly faults: Fault[];
  /** Paths, as text, whose value went into the result as a whole. */
  readonly used: Set<string>;
}

/** What sluice.yaml takes as a duration: ten years. */
export const longestMs = 3650 * 86_400_000;
export const mostSeconds = longestMs / 1000;

export interface Field {
  readonly path: Path;
  /** `spec.strategy.canary.steps[0].setWeight` */
  readonly name: string;
  readonly where: string;
  /** Plain data; undefined where the manifest says nothing. */
  readonly value: unknown;
  /** A field below, there or not. */
  at(...keys: Path): Field;
  /** The entries of a list; none when it is not there. */
  items(): readonly Field[];
  /** The entries of a map in their order; none when it is not there. */
  entries(): readonly (readonly [string, Field])[];
  /** Says that the whole of it is expressed, and hands out its value. */
  use(): unknown;
  /** As `use`, when it is the kind of value it has to be; any other is a fault. */
  text(): string | undefined;
  /** A text that fits as a name in sluice.yaml. */
  label(): string | undefined;
  flag(): boolean | undefined;
  whole(min: number, max: number): number | undefined;
  amount(): number | undefined;
  /** Milliseconds of a duration text such as `30s` or `1h30m`. */
  duration(): number | undefined;
  fault(allowed: string): undefined;
}

export function fieldOf(sheet: Sheet, path: Path, value: unknown): Field {
  const name = formatPath(path);
  const missing = value === undefined || value === null;
  const fault = (allowed: string): undefined => {
    const message = `${name}: seen ${shown(value)}, allowed: ${allowed}`;
    sheet.faults.push({ where: sheet.where(path), message });
    return undefined;
  };
  const used = <Value>(result: Value): Value => {
    sheet.used.add(name);
    return result;
  };
  return {
    path,
    name,
    value,
    get where() {
      return sheet.where(path);
    },
    at(...keys) {
      const found = keys.reduce<unknown>(entryOf, value);
      return fieldOf(sheet, [...path, ...keys], found);
    },
    items() {
      if (missing) return [];
      if (!Array.isArray(value)) return fault('a list') ?? [];
      return value.map((entry, index) => fieldOf(sheet, [...path, index], entry));
    },
    entries() {
      if (missing) return [];
      if (typeof value !== 'object' || Array.isArray(value)) return fault('an object') ?? [];
      return Object.entries(value).map(([key, entry]) => [
        key,
        fieldOf(sheet, [...path, key], entry),
      ]);
    },
    use: () => used(value),
    text() {
      if (missing) return undefined;
      return typeof value === 'string' && value !== '' ? used(value) : fault('a text');
    },
    label() {
      if (missing) return undefined;
      const fits = typeof value === 'string' && namePattern.test(value);
      return fits ? used(value) : fault('a–z, 0–9 and inner hyphens, at most 63 characters');
    },
    flag() {
      if (missing) return undefined;
      return typeof value === 'boolean' ? used(value) : fault('true or false');
    },
    whole(min, max) {
      if (missing) return undefined;
      const fits = Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
      return fits ? used(value as number) : fault(`a whole number from ${min} to ${max}`);
    },
    amount() {
      if (missing) return undefined;
      return typeof value === 'number' && Number.isFinite(value) ? used(value) : fault('a number');
    },
    duration() {
      if (missing) return undefined;
      const ms = typeof value === 'string' ? readDuration(value) : null;
      const fits = ms !== null && ms <= longestMs;
      return fits ? used(ms) : fault('a duration such as 30s, 10m or 1h30m');
    },
    fault,
  };
}

function entryOf(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string | number, unknown>)[key];
}

/** A value in a few words; of what it holds only the names, because a secret may be among the values. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') {
    return shortened(`an object of ${Object.keys(value).join(', ') || 'nothing'}`);
  }
  const text = typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
  // A URL may carry a password.
  const safe = text.replaceAll(/\/\/[^/\s]*@/g, '//…@');
  return shortened(safe.replaceAll(/\s+/g, ' '));
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

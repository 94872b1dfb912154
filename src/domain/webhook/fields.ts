/** Looks into payloads that nobody has checked: what is not as expected is null, and never a throw. */
import { parseRepository, type RepositoryKey } from '../repository/names.js';
import type { Actor, CheckConclusion } from '../repository/shapes.js';

/** The value at the path; undefined where the path breaks off. Only own fields count. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[key];
  }
  return found;
}

export function textAt(value: unknown, ...path: readonly string[]): string | null {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : null;
}

/** A number or id: a whole one that is exact. */
export function idAt(value: unknown, ...path: readonly string[]): number | null {
  const found = at(value, ...path);
  return Number.isSafeInteger(found) ? (found as number) : null;
}

export function flagAt(value: unknown, ...path: readonly string[]): boolean {
  return at(value, ...path) === true;
}

/** More than anybody decides by: signals are kept in histories. */
const longestList = 300;

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.slice(0, longestList) : [];
}

const markerPattern = /<!-- sluice:[^\n]{1,400}? -->/g;
const mostMarkers = 5;

export function markersAt(value: unknown, ...path: readonly string[]): readonly string[] {
  return (textAt(value, ...path)?.match(markerPattern) ?? []).slice(0, mostMarkers);
}

/** ISO 8601, or whole seconds since 1970 as pushes carry them; milliseconds. */
export function timeAt(value: unknown, ...path: readonly string[]): number | null {
  const found = at(value, ...path);
  const ms =
    typeof found === 'string' ? Date.parse(found) : typeof found === 'number' ? found * 1000 : NaN;
  return Number.isSafeInteger(ms) && ms > 0 ? ms : null;
}

export function shaAt(value: unknown, ...path: readonly string[]): string | null {
  const found = textAt(value, ...path);
  return found !== null && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(found) ? found : null;
}

export function actorAt(value: unknown, ...path: readonly string[]): Actor | null {
  const login = textAt(value, ...path, 'login');
  if (login === null || login === '') return null;
  const type = textAt(value, ...path, 'type');
  // "Mannequin" and "Organization" are nobody who acts by himself.
  return { login, kind: type === 'User' ? 'person' : 'bot' };
}

export function repositoryAt(value: unknown, ...path: readonly string[]): RepositoryKey | null {
  try {
    return parseRepository(textAt(value, ...path, 'full_name') ?? '');
  } catch {
    return null;
  }
}

export function namesAt(value: unknown, field: string, ...path: readonly string[]): string[] {
  return listAt(value, ...path).flatMap((each) => textAt(each, field) ?? []);
}

/** `ready_for_review` → `readyForReview` */
function camel(snake: string): string {
  return snake.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The one of the known words that it is. */
export function oneOf<Word extends string>(words: readonly Word[], said: string | null) {
  const wanted = said === null ? null : camel(said);
  return words.find((word) => word === wanted) ?? null;
}

const conclusions: readonly CheckConclusion[] = [
  ...(['success', 'failure', 'neutral', 'cancelled', 'skipped', 'timed_out'] as const),
  ...(['action_required', 'stale'] as const),
];

/** One unknown to us never passes. */
export function conclusionAt(value: unknown, ...path: readonly string[]): CheckConclusion | null {
  const said = textAt(value, ...path);
  if (said === null) return null;
  return conclusions.find((word) => word === said) ?? 'failure';
}

/** The latest of them; what is told about an object may lag behind the object. */
export function latest(...times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** A change of `sluice.yaml` as an event: both hashes, and what differs, without what may be secret. */
import { scrubSecrets } from '../secret-text.js';
import type { LedgerEvent } from '../ledger-event.js';
import { hashValue } from './chain.js';

/** Of one value, by its path with dots; null: there is none. */
export interface ConfigDifference {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

interface ConfigData {
  /** SHA-256 over canonical JSON; null: nothing was recorded before. */
  readonly before: string | null;
  readonly after: string;
  /** Null: what was before is not known value by value. */
  readonly changes: readonly ConfigDifference[] | null;
  readonly moreChanges: number;
  /** All values by their paths, for the next comparison; null: too many to keep. */
  readonly values: Readonly<Record<string, string>> | null;
}

const mostChanges = 200;
const mostCharacters = 64 * 1024;
const longestText = 200;
const hidden = '[not shown]';

export function configSubject(project: string): string {
  return `project:${project}`;
}

/**
 * @param last the newest `configChanged` of the project
 * @param config as it is written, parsed
 * @returns null when it is the same as the last one
 */
export function configChange(
  last: LedgerEvent | null,
  config: object,
  about: { readonly project: string; readonly at: string },
): LedgerEvent | null {
  const known = last?.data as ConfigData | undefined;
  const after = hashValue(config);
  const before = known?.after ?? null;
  if (before === after) return null;
  const values = Object.fromEntries(flatten(config, [], false));
  const knownValues = known?.values ?? null;
  const all = before !== null && knownValues !== null ? differences(knownValues, values) : null;
  const isKept = JSON.stringify(values).length <= mostCharacters;
  const data: ConfigData = {
    ...{ before, after, changes: all?.slice(0, mostChanges) ?? null },
    moreChanges: Math.max(0, (all?.length ?? 0) - mostChanges),
    values: isKept ? values : null,
  };
  return {
    // Several processes see the same change at once: it is one event. The way back and forth again is another.
    id: `configChanged/${last?.at ?? 'first'}/${after}`,
    at: about.at,
    kind: 'configChanged',
    subject: configSubject(about.project),
    actor: 'sluice',
    reason: before === null ? 'the first that is recorded' : describeChanges(all),
    data: { ...data },
  };
}

function describeChanges(changes: readonly ConfigDifference[] | null): string {
  if (changes === null) return 'it is another than the last one';
  if (changes.length === 0) return 'values changed that are not shown';
  const names = changes.slice(0, 3).map(({ path }) => path);
  const more = changes.length > names.length ? ` and ${changes.length - names.length} more` : '';
  return `${names.join(', ')}${more} changed`;
}

function differences(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly ConfigDifference[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return paths
    .map((path) => ({ path, before: before[path] ?? null, after: after[path] ?? null }))
    .filter((one) => one.before !== one.after);
}

/** Credentials are only named in a configuration, but what a workload finds in its environment may be anything. */
function flatten(value: unknown, path: readonly string[], isHidden: boolean): [string, string][] {
  if (typeof value !== 'object' || value === null) {
    const text = isHidden ? hidden : scrubSecrets(String(JSON.stringify(value)));
    return [[path.join('.'), text.slice(0, longestText)]];
  }
  return Object.entries(value).flatMap(([key, part]) =>
    flatten(part, [...path, key], isHidden || (key === 'env' && typeof part === 'object')),
  );
}

/** Writes the one instant query of a look: every counter of the revisions asked, and when each was read. */
import type {
  CounterDialect,
  LabelPatterns,
  RevisionPlace,
} from '../../domain/analysis/counter-dialect.js';

/** On a result that is no counter but the time, in seconds, at which the counter of these labels was read. */
export const timeMark = { label: 'sluice', value: 'readAt' } as const;

/**
 * One query, so that all its parts are of one moment. Counters come as they are: increases are taken where resets and
 * old readings are told apart. An instant query also answers with what was read minutes ago and calls it the present,
 * so the time of reading is asked for beside each counter.
 */
export function counterQuery(dialect: CounterDialect, places: readonly RevisionPlace[]): string {
  const { requests, buckets, started, instance } = dialect;
  const groups = groupsOf(places.flatMap((place) => dialect.find(place)));
  const all = groups.map((patterns) =>
    selector(null, { __name__: `${requests}|${buckets}`, ...patterns }),
  );
  const counted = groups.map((patterns) => selector(requests, patterns));
  const { label, value } = timeMark;
  const times = counted.map(
    (each) => `label_replace(timestamp(${each}), "${label}", "${value}", "", "")`,
  );
  // Of all processes there are, only those that count for these revisions.
  const starts =
    started === null || instance.length === 0
      ? []
      : [`(${started} and on (${instance.join(', ')}) (${counted.join(' or ')}))`];
  return [...all, ...times, ...starts].join(' or ');
}

/** The part of it that a person would ask: the requests of one revision. */
export function plainQuery(dialect: CounterDialect, places: readonly RevisionPlace[]): string {
  const groups = groupsOf(places.flatMap((place) => dialect.find(place)));
  return groups.map((patterns) => selector(dialect.requests, patterns)).join(' or ');
}

/**
 * Patterns over the same labels become one, whose labels each take any of the values: that may find series of neither,
 * which the reader passes over.
 */
function groupsOf(patterns: readonly LabelPatterns[]): readonly LabelPatterns[] {
  const byLabels = new Map<string, LabelPatterns[]>();
  for (const one of patterns) {
    const key = Object.keys(one).sort().join();
    byLabels.set(key, [...(byLabels.get(key) ?? []), one]);
  }
  return [...byLabels.values()].map((group) => {
    const labels = Object.keys(group[0] ?? {});
    return Object.fromEntries(labels.map((label) => [label, anyOf(group, label)]));
  });
}

function anyOf(group: readonly LabelPatterns[], label: string): string {
  const values = [...new Set(group.map((patterns) => patterns[label] ?? ''))];
  return values.length === 1 ? (values[0] ?? '') : values.map((one) => `(?:${one})`).join('|');
}

function selector(name: string | null, patterns: LabelPatterns): string {
  const matchers = Object.entries(patterns).map(
    ([label, pattern]) => `${label}=~${JSON.stringify(pattern)}`,
  );
  return `${name ?? ''}{${matchers.join(',')}}`;
}

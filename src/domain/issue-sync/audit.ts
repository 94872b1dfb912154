/** The audit trail: what a commit of the base says about each issue, and what its log says about a field. */
import { printTrailers, readTrailers } from './trailers.js';
import type { FieldChange } from './issue-plan.js';
import { recordNumber, recordPath } from './record.js';

/** One issue in one commit of the base. */
export interface AuditEntry {
  readonly number: number;
  readonly changes: readonly Pick<FieldChange, 'field' | 'how'>[];
  /** Who changed it, by the side it came from: a login, or a name and address; null: the sync by itself. */
  readonly actor: string | null;
  /** What told of it: delivery of a webhook, commit of the branch, command; null: it was found by looking. */
  readonly event: string | null;
  /** Digests of the record before and after; null: there was or is none. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface AuditCommit {
  /** Of the pass. */
  readonly run: string;
  /** Version of the policy that held. */
  readonly policy: string;
  /** Why the pass was made, one sentence. */
  readonly cause: string;
  readonly entries: readonly AuditEntry[];
}

/** Message of a commit of the base. */
export function printAudit(commit: AuditCommit): string {
  const { entries } = commit;
  const numbers = entries.map(({ number }) => `#${number}`);
  const named = numbers.slice(0, 5).join(', ') + (numbers.length > 5 ? ', …' : '');
  const lines = entries.map((entry) => `${describeEntry(entry)}`);
  const trailers: (readonly [string, string])[] = [
    ['Sync-Run', commit.run],
    ['Sync-Policy', commit.policy],
    ['Sync-Cause', commit.cause],
    ...entries.flatMap(trailersOf),
  ];
  const subject = entries.length === 0 ? 'Note where the sync is' : `Settle ${named}`;
  return `${[subject, lines.join('\n'), printTrailers(trailers)].filter(Boolean).join('\n\n')}\n`;
}

/** Null for a message that is none of ours. */
export function parseAudit(message: string): AuditCommit | null {
  const trailers = readTrailers(message);
  const first = (name: string): string | undefined => trailers.find(([key]) => key === name)?.[1];
  const run = first('Sync-Run');
  if (run === undefined) return null;
  const starts = trailers.flatMap(([key], at) => (key === 'Sync-Issue' ? [at] : []));
  const entries = starts.map((start, index) =>
    entryOf(new Map(trailers.slice(start, starts[index + 1]))),
  );
  return {
    run,
    policy: first('Sync-Policy') ?? '',
    cause: first('Sync-Cause') ?? '',
    entries: entries.filter((entry) => entry !== null),
  };
}

/** `#12 title, body: from the file, by Ada <ada@example.org>` */
export function describeEntry({ number, changes, actor }: AuditEntry): string {
  const by = actor === null ? '' : `, by ${oneLine(actor)}`;
  const sides = [...new Set(changes.map(({ how }) => how))].map((how) => {
    const fields = changes.filter((change) => change.how === how).map(({ field }) => field);
    return `${fields.join(', ')}: ${sideWords[how]}`;
  });
  return `#${number} ${sides.join('; ') || 'looked at'}${by}`;
}

const sideWords = {
  file: 'from the file',
  github: 'from GitHub',
  merged: 'from both sides',
  chosen: 'one side chosen by the policy or a person',
  open: 'left different, somebody is asked',
} as const satisfies Record<FieldChange['how'], string>;

export interface Explained {
  readonly field: FieldChange['field'];
  readonly how: FieldChange['how'];
  readonly actor: string | null;
  readonly event: string | null;
  readonly cause: string;
  readonly sha: string;
  readonly atMs: number;
}

/**
 * Who changed which field of an issue, from which side, by which event: newest first.
 * @param log of the base ref, newest first
 */
export function explainIssue(
  number: number,
  log: readonly { readonly sha: string; readonly atMs: number; readonly message: string }[],
): readonly Explained[] {
  return log.flatMap(({ sha, atMs, message }) => {
    const commit = parseAudit(message);
    const entry = commit?.entries.find((each) => each.number === number);
    if (!commit || entry === undefined) return [];
    const { actor, event } = entry;
    const { cause } = commit;
    return entry.changes.map(({ field, how }) => ({ field, how, actor, event, cause, sha, atMs }));
  });
}

export interface TrailStep {
  readonly sha: string;
  readonly message: string;
  /** Of the base ref's tree. */
  readonly writes: readonly { readonly path: string; readonly text: string | null }[];
}

export interface Replayed {
  readonly files: ReadonlyMap<string, string>;
  /** Writes that the messages do not tell of, or tell otherwise: somebody else wrote there. */
  readonly faults: readonly string[];
}

/** The base as its trail builds it, oldest step first, each write held against what its commit says of it. */
export function replayTrail(
  steps: readonly TrailStep[],
  digestOf: (text: string) => string,
): Replayed {
  const files = new Map<string, string>();
  const faults: string[] = [];
  for (const { sha, message, writes } of steps) {
    const told = new Map(
      (parseAudit(message)?.entries ?? []).map((entry) => [entry.number, entry]),
    );
    for (const { path, text } of writes) {
      const number = recordNumber(path);
      const entry = number === null ? undefined : told.get(number);
      if (number !== null) told.delete(number);
      const before = files.get(path);
      const isTold =
        number === null ||
        (entry?.before === (before === undefined ? null : digestOf(before)) &&
          entry.after === (text === null ? null : digestOf(text)));
      if (!isTold) faults.push(`${sha} ${path}: its message does not tell of this write`);
      if (text === null) files.delete(path);
      else files.set(path, text);
    }
    for (const { number, before, after } of told.values()) {
      if (before !== after) faults.push(`${sha} ${recordPath(number)}: told of, and not written`);
    }
  }
  return { files, faults };
}

function trailersOf(entry: AuditEntry): readonly (readonly [string, string])[] {
  const { number, changes, actor, event, before, after } = entry;
  return [
    ['Sync-Issue', String(number)],
    ['Sync-Fields', changes.map(({ field }) => field).join(' ')],
    ['Sync-Side', changes.map(({ how }) => how).join(' ')],
    ['Sync-Actor', actor ?? ''],
    ['Sync-Delivery', event ?? ''],
    ['Sync-Before', before ?? ''],
    ['Sync-After', after ?? ''],
  ];
}

function entryOf(trailers: ReadonlyMap<string, string>): AuditEntry | null {
  const get = (name: string): string | null => trailers.get(`Sync-${name}`) || null;
  const number = Number(get('Issue'));
  if (!Number.isSafeInteger(number) || number < 1) return null;
  const sides = (get('Side') ?? '').split(' ');
  const fields = (get('Fields') ?? '').split(' ').filter(Boolean);
  const changes = fields.map((field, at) => ({ field, how: sides[at] ?? 'open' }));
  return {
    number,
    changes: changes as AuditEntry['changes'],
    actor: get('Actor'),
    event: get('Delivery'),
    before: get('Before'),
    after: get('After'),
  };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

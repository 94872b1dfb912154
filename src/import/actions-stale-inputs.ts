/** What is different here about inputs of actions/stale, or has no place: said of each that a workflow uses. */

export interface InputReader {
  text(...names: readonly string[]): string | undefined;
  words(...names: readonly string[]): readonly string[] | undefined;
  flag(...names: readonly string[]): boolean | undefined;
  /** As sluice.yaml writes it. */
  days(...names: readonly string[]): string | undefined;
  date(name: string): string | undefined;
  noteTheRest(): void;
}

export interface InputRule {
  readonly kind: 'different' | 'lost';
  /** Only with this value. */
  readonly when?: string;
  readonly why: string;
  readonly instead: string;
}

const order: InputRule = {
  kind: 'different',
  why: 'the longest due always comes first, whatever the order of the list',
  instead: 'nothing',
};
const keepsOpen: InputRule = {
  kind: 'different',
  when: 'false',
  why: 'there a comment keeps it open for ever; here its time begins anew',
  instead: 'removeWhenUpdated: false',
};
const ignoring: InputRule = {
  kind: 'different',
  when: 'true',
  why: 'there one that people had unmarked is marked again in the next run; here after the whole time',
  instead: 'ignoreUpdates: true',
};

/** Those that are left out here become what they were. As of actions/stale 10.3. */
export const inputRules: Readonly<Record<string, InputRule>> = {
  'repo-token': {
    kind: 'lost',
    why: 'Sluice signs in by itself',
    instead: 'github.app of the server: docs/github.md',
  },
  'operations-per-run': {
    kind: 'different',
    why: 'all that is due is handled, as fast as GitHub takes it',
    instead: 'writesPerHour: 450, the default',
  },
  ascending: order,
  'sort-by': order,
  'debug-only': {
    kind: 'lost',
    when: 'true',
    why: 'a run that writes nothing is a command here',
    instead: 'sluice stale plan <owner>/<name>, and enable: { staleItems: false } until then',
  },
  'enable-statistics': {
    kind: 'lost',
    why: 'what was done stands in the ledger',
    instead: 'sluice stale list <owner>/<name>',
  },
  'delete-branch': {
    kind: 'different',
    when: 'true',
    why: 'only where it is unprotected, no open pull request needs it, and it has not moved',
    instead: 'deleteBranch: true',
  },
  'remove-stale-when-updated': keepsOpen,
  'remove-issue-stale-when-updated': keepsOpen,
  'remove-pr-stale-when-updated': keepsOpen,
  'ignore-updates': ignoring,
  'ignore-issue-updates': ignoring,
  'ignore-pr-updates': ignoring,
};

/** Protection that is not as written: what is reported, what is undone, and how the report reads. */
import { formatDuration } from '../time.js';
import { type BranchPlan, describePlan, loosens, type ProtectionPlan } from './plan.js';

/** How long a change made elsewhere can stay unseen, when no event tells of it. */
export const lookEveryMs = 6 * 3_600_000;

export interface Drift {
  /** Are to be written without asking. */
  readonly enforced: readonly BranchPlan[];
  /** Are to be shown to people. */
  readonly reported: readonly BranchPlan[];
}

/**
 * @param held branches that a person restored by hand: theirs is the last word until somebody applies again
 */
export function splitDrift(plan: ProtectionPlan, held: readonly string[]): Drift {
  const differing = plan.branches.filter(({ kind }) => kind !== 'none');
  const mayEnforce = (each: BranchPlan): boolean =>
    // Somebody who protects a branch better than it is written may have a reason: that is for people.
    each.enforce && !held.includes(each.branch) && !each.changes.some(loosens);
  return {
    enforced: differing.filter(mayEnforce),
    reported: differing.filter((each) => !mayEnforce(each)),
  };
}

export const driftLabel = {
  name: 'sluice:protection',
  color: 'b60205',
  description: 'Branch protection is not as written',
};

export const driftMarker = 'protection-drift';

/** The issue that shows it; the same text for the same drift, so that it is edited only when something changed. */
export function driftIssue(reported: readonly BranchPlan[]): {
  readonly title: string;
  readonly body: string;
} {
  const names = reported.map(({ branch }) => branch).join(', ');
  const lines = describePlan({ branches: reported, isEmpty: false });
  const longest = lines.reduce((most, line) => Math.max(most, fenceIn(line)), 2) + 1;
  const fence = '`'.repeat(longest);
  return {
    title: `Branch protection is not as written: ${names}`.slice(0, 250),
    body: [
      'What the code host has differs from `repository.protection` in `sluice.yaml` (left: as it is, right: as written).',
      '',
      `${fence}diff`,
      ...lines,
      fence,
      '',
      'What you can do:',
      '- make it as written: `sluice protection apply <owner>/<name> --reason "…"`',
      '- or write down what it is now: change `repository.protection` by a pull request',
      '- or let it be undone by itself in future: `enforce: true` at the branch (never where that would loosen it)',
      '',
      `Looked at whenever a rule changes, and every ${formatDuration(lookEveryMs)}. This issue closes by itself.`,
    ].join('\n'),
  };
}

/** The longest run of backticks: a name may hold some, and must not end the block. */
function fenceIn(line: string): number {
  return Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
}

/** What a dry run says would happen next: the same decisions, said instead of done. */
import type { QueueAction } from './next-queue-action.js';
import type { MergePolicy } from './schema.js';
import type { MergeSurvey } from './view.js';

/** @param action of the queue; null where there is none */
export function planMerges(
  survey: MergeSurvey,
  policy: MergePolicy,
  action: QueueAction | null,
): readonly string[] {
  const waiting = survey.pulls
    .filter(({ kind }) => kind !== 'ready')
    .map(({ number, why }) => `leave #${number}: ${why}`);
  const ready = survey.pulls.filter(({ kind }) => kind === 'ready');
  if (action === null) {
    const clean = policy.deleteBranch ? ', then delete its branch where nothing needs it' : '';
    return [
      ...ready.map(({ number, headSha }) => `${policy.method} #${number} at ${headSha}${clean}`),
      ...waiting,
    ];
  }
  return [...(action.kind === 'wait' ? [] : [describeAction(action)]), ...waiting];
}

/** One clause. */
export function describeAction(action: QueueAction): string {
  const names = (members: readonly { readonly number: number }[]): string =>
    members.map(({ number }) => `#${number}`).join(', ');
  switch (action.kind) {
    case 'merge':
      return `merge ${names(action.trial.members)}: they passed on the newest base`;
    case 'discard':
      return `give up trial ${action.trial.n}: ${action.reason}`;
    case 'bisect':
      return `part ${names(action.trial.members)}, which failed together: ${action.reason}`;
    case 'eject':
      return `send #${action.member.number} away: ${action.reason}`;
    case 'try':
      return `try ${names(action.members)} on ${action.baseSha.slice(0, 12)}`;
    case 'wait':
      return `wait: ${action.reason}`;
  }
}

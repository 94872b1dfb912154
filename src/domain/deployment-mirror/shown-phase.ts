/** How each phase of a release looks at the code host: one closed table, and the words beside it. */
import type { Phase } from '../phase.js';
import type { DeploymentState } from '../repository/shapes.js';

export type CommitState = 'pending' | 'success' | 'failure' | 'error';

interface ShownPhase {
  readonly deployment: DeploymentState;
  readonly commit: CommitState;
  readonly says: string;
}

/** `failure`: judged and found wanting; `error`: ended by somebody's decision; `pending`: waits for a person. */
export const shownPhases: Readonly<Record<Phase, ShownPhase>> = {
  Queued: { deployment: 'queued', commit: 'pending', says: 'waits for its turn' },
  AwaitingApproval: { deployment: 'pending', commit: 'pending', says: 'waits for approval' },
  Deploying: { deployment: 'in_progress', commit: 'pending', says: 'is being deployed' },
  Analysing: { deployment: 'in_progress', commit: 'pending', says: 'is judged by its metrics' },
  Holding: { deployment: 'pending', commit: 'pending', says: 'holds and waits' },
  Promoting: { deployment: 'in_progress', commit: 'pending', says: 'becomes stable' },
  Promoted: { deployment: 'success', commit: 'success', says: 'is stable' },
  RollingBack: { deployment: 'in_progress', commit: 'pending', says: 'is taken back' },
  RolledBack: { deployment: 'failure', commit: 'failure', says: 'was taken back' },
  Aborted: { deployment: 'error', commit: 'error', says: 'was stopped' },
  Superseded: { deployment: 'inactive', commit: 'error', says: 'made room for a newer version' },
  Rejected: { deployment: 'failure', commit: 'failure', says: 'was refused' },
  NeedsHelp: { deployment: 'failure', commit: 'failure', says: 'needs a person' },
};

/** What GitHub keeps of a description. */
const longestDescription = 140;

/** @example describePhase('1.2.0', 'RolledBack', 'error rate 9 %') === '1.2.0 was taken back (RolledBack): error rate 9 %' */
export function describePhase(version: string, phase: Phase, reason: string | null): string {
  const text = `${version} ${shownPhases[phase].says} (${phase})${reason ? `: ${reason}` : ''}`;
  const line = text.replace(/\s+/g, ' ');
  if (line.length <= longestDescription) return line;
  let cut = '';
  for (const sign of line) {
    if (cut.length + sign.length > longestDescription - 1) break;
    cut += sign;
  }
  return `${cut}…`;
}

/** The context of the commit's status for an environment, and for the release as a whole. */
export function statusContext(environment: string | null): string {
  return `sluice/${environment ?? 'release'}`;
}

/** What makes a deployment ours and this one: a release that is run anew after a failure is deployed anew. */
export function deploymentKey(releaseId: string, runId: string, environment: string): string {
  return `${releaseId}/${runId}/${environment}`;
}

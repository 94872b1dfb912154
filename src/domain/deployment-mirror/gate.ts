/** May a workflow run of the code host deploy? The release of its commit says so, once its own gate is passed. */
import { isWithin } from '../names.js';
import type { ReleaseView, StageView } from '../release/view.js';

export type GateAnswer =
  | { readonly kind: 'wait'; readonly for: string }
  | {
      readonly kind: 'answer';
      readonly state: 'approved' | 'rejected';
      /** Shown beside the run. */
      readonly comment: string;
    };

/**
 * @param release of the run's commit; null while there is none
 * @example a stage that awaits approval → wait; one that deploys or is promoted → approved; one taken back → rejected
 */
export function answerGate(
  release: Pick<ReleaseView, 'service' | 'version' | 'stages' | 'outcome' | 'reason'> | null,
  environment: string,
): GateAnswer {
  if (release === null) return { kind: 'wait', for: 'a release of this commit' };
  const name = `${release.service} ${release.version}`;
  const stages = release.stages.filter((each) => isWithin(each.environment, environment));
  if (stages.length === 0) {
    return reject(`${name} does not go through ${environment}`);
  }
  const refused = stages.map((stage) => refusalOf(stage, name)).find((why) => why !== null);
  if (refused !== undefined && refused !== null) return reject(refused);
  if (stages.every(isPast))
    return { kind: 'answer', state: 'approved', comment: passed(name, stages) };
  if (release.outcome !== null) {
    const why = release.reason ?? release.outcome;
    return reject(`${name} ended before ${environment}: ${why}`);
  }
  const waiting = stages.find((stage) => !isPast(stage));
  return { kind: 'wait', for: `${name}: ${waiting?.phase ?? 'Queued'} at ${environment}` };
}

function reject(comment: string): GateAnswer {
  return { kind: 'answer', state: 'rejected', comment };
}

/** Its gate is behind it. */
function isPast({ phase }: StageView): boolean {
  return ['Deploying', 'Analysing', 'Promoting', 'Promoted'].includes(phase);
}

function refusalOf({ phase, reason, environment }: StageView, name: string): string | null {
  const isRefused = ['RollingBack', 'RolledBack', 'Aborted', 'Superseded', 'Rejected'];
  return isRefused.includes(phase)
    ? `${name} at ${environment}: ${phase}${reason ? `, ${reason}` : ''}`
    : null;
}

function passed(name: string, stages: readonly StageView[]): string {
  const by = [...new Set(stages.flatMap(({ approvals }) => approvals.map(({ actor }) => actor)))];
  return by.length > 0 ? `${name}: approved by ${by.join(', ')}` : `${name}: its gate is passed`;
}

/** The one closed list of phases, used by the API, the CLI, the search attribute `Phase` and check runs alike. */

export const phases = [
  'Queued',
  'AwaitingApproval',
  'Deploying',
  'Analysing',
  'Holding',
  'Promoting',
  'Promoted',
  'RollingBack',
  'RolledBack',
  'Aborted',
  'Superseded',
  'Rejected',
  'NeedsHelp',
] as const;

export type Phase = (typeof phases)[number];

const ended: readonly Phase[] = ['Promoted', 'RolledBack', 'Aborted', 'Superseded', 'Rejected'];

/** True when nothing more will happen by itself or by command in this run. */
export function isEnded(phase: Phase): boolean {
  return ended.includes(phase);
}

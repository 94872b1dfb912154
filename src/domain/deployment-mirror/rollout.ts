/** Rollouts that no release shows: which those are, how their mirror is begun, and what operators see of it. */
import {
  environmentPath,
  type RolloutKey,
  rolloutDeploymentWorkflowId,
  rolloutWorkflowId,
} from '../names.js';
import type { Phase } from '../phase.js';
import { type RepositoryKey, repositoryPath } from '../repository/names.js';
import { escapeMarkdown } from '../rollout/describe.js';
import type { Revision } from '../rollout/revision.js';
import type { TargetView } from '../target/view.js';
import { shownPhases } from './shown-phase.js';

/** As the rollout was begun. */
export interface RolloutOrigin {
  readonly runId: string;
  readonly requestId: string;
  readonly releaseId: string | null;
  readonly candidate: Revision;
}

/** Where the rollouts of a target are shown. */
export interface RolloutPlace {
  readonly repository: RepositoryKey;
  /** Users are in it. */
  readonly isProduction: boolean;
  /** Where people read more; null leaves it out. */
  readonly logUrl: string | null;
}

export interface MirrorRolloutInput extends RolloutPlace {
  readonly rollout: RolloutKey;
  /** Numbers of a target that was lost are given out again. */
  readonly runId: string;
  readonly candidate: Revision;
  readonly dryRun: boolean;
}

/** The commit that stands for what is rolled out; null with the reason why none can. */
export type ShownCommit =
  | { readonly sha: string; readonly isOwn: boolean }
  | { readonly sha: null; readonly why: string };

export interface RolloutMirrorView {
  readonly rolloutId: string;
  readonly version: string;
  readonly repository: RepositoryKey;
  readonly sha: string | null;
  /** As the code host shows it; null: not at all yet. */
  readonly shown: Phase | null;
  readonly deploymentId: number | null;
  readonly steps: readonly { readonly atMs: number; readonly phase: Phase }[];
  readonly isDryRun: boolean;
  /** Why it is not shown at all; null where it is. */
  readonly skipped: string | null;
  readonly trouble: string | null;
  readonly hasEnded: boolean;
  readonly commands: readonly string[];
}

export type RolloutMirrorEnd = Pick<
  RolloutMirrorView,
  'shown' | 'deploymentId' | 'sha' | 'steps' | 'skipped' | 'trouble'
>;

/** A rollout that was repeated by hand carries the release's id, but that release has ended without it. */
export function isOfRelease({ releaseId, requestId }: RolloutOrigin): boolean {
  return releaseId !== null && !requestId.includes(':retry:');
}

export function beginRolloutMirror(
  rollout: RolloutKey,
  { runId, candidate }: RolloutOrigin,
  place: RolloutPlace,
): { readonly workflowId: string; readonly input: MirrorRolloutInput; readonly summary: string } {
  const where = `${rollout.target.service} at ${environmentPath(rollout.target)}`;
  return {
    workflowId: rolloutDeploymentWorkflowId(rollout, runId),
    input: { ...place, rollout, runId, candidate, dryRun: false },
    summary: `${candidate.version} of ${where} in ${repositoryPath(place.repository)}`,
  };
}

/** What makes a deployment ours and this one. */
export function rolloutDeploymentKey(rollout: RolloutKey, runId: string): string {
  return `${rolloutWorkflowId(rollout)}/${runId}`;
}

/** Rollouts that a target runs or has ended lately, for whoever missed them. */
export function recentRollouts(
  { target, current, history }: Pick<TargetView, 'target' | 'current' | 'history'>,
  sinceMs: number,
): readonly string[] {
  const ended = history.filter(({ endedAtMs }) => endedAtMs >= sinceMs);
  const all = [...ended.map(({ n }) => n).reverse(), ...(current ? [current.n] : [])];
  return all.map((n) => rolloutWorkflowId({ target, n }));
}

/** A success that is told late must not pass for what is stable now. */
export function isReplaced({ n }: RolloutKey, history: TargetView['history']): boolean {
  return history.some((each) => each.n > n && each.outcome === 'promoted');
}

export function describeRolloutMirror(view: RolloutMirrorView): string {
  const { rolloutId, version, repository, sha, shown, deploymentId } = view;
  const state = shown === null ? '' : ` (${shownPhases[shown].deployment})`;
  const lines = [
    `**${shown ?? 'Queued'}**${state} · ${rolloutId}, ${escapeMarkdown(version)}, as shown in ${escapeMarkdown(repositoryPath(repository))}${view.isDryRun ? ' · dry run' : ''}`,
    ...(sha === null ? [] : ['', `commit ${sha}, deployment ${deploymentId ?? 'none yet'}`]),
  ];
  if (view.skipped !== null) lines.push('', `**not shown** ${escapeMarkdown(view.skipped)}`);
  if (view.trouble !== null) lines.push('', `**trouble** ${escapeMarkdown(view.trouble)}`);
  if (!view.hasEnded) lines.push('', '**next** the rollout’s next phase');
  if (view.commands.length > 0) lines.push('', `**you can** ${view.commands.join(', ')}`);
  return lines.join('\n');
}

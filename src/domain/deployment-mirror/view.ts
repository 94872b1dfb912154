/** A release's mirror as operators see it. */
import type { ReleaseKey } from '../names.js';
import type { Phase } from '../phase.js';
import { type RepositoryKey, repositoryPath } from '../repository/names.js';
import { escapeMarkdown } from '../rollout/describe.js';
import type { MirrorState } from './mirror.js';
import { shownPhases } from './shown-phase.js';

export interface ShownStep {
  readonly atMs: number;
  /** Null: the release as a whole. */
  readonly environment: string | null;
  readonly phase: Phase;
}

export interface MirrorView {
  readonly release: ReleaseKey;
  readonly repository: RepositoryKey;
  readonly sha: string;
  /** As the code host shows it. */
  readonly shown: MirrorState;
  /** Ids at the code host, by environment. */
  readonly deployments: Readonly<Record<string, number>>;
  /** The newest 100. */
  readonly steps: readonly ShownStep[];
  readonly isDryRun: boolean;
  readonly trouble: string | null;
  readonly hasEnded: boolean;
  readonly commands: readonly string[];
}

export interface MirrorEnd {
  readonly shown: MirrorState;
  /** Steps in order; in a dry run: what would be shown. */
  readonly steps: readonly ShownStep[];
  /** Why the last step is not shown; null when all are. */
  readonly trouble: string | null;
}

export function describeMirror(view: MirrorView): string {
  const { release, repository } = view;
  const lines = [
    `**${view.shown.release ?? 'Queued'}** · ${escapeMarkdown(release.service)} ${escapeMarkdown(release.version)} as shown in ${escapeMarkdown(repositoryPath(repository))}${view.isDryRun ? ' · dry run' : ''}`,
    '',
    `commit ${view.sha}`,
    '',
    '| environment | phase | deployment | state there |',
    '|---|---|---|---|',
    ...Object.entries(view.shown.stages).map(([environment, phase]) => {
      const id = view.deployments[environment] ?? '';
      return `| ${environment} | ${phase} | ${id} | ${shownPhases[phase].deployment} |`;
    }),
  ];
  if (view.trouble !== null) lines.push('', `**trouble** ${escapeMarkdown(view.trouble)}`);
  if (!view.hasEnded) lines.push('', '**next** the release’s next phase');
  if (view.commands.length > 0) lines.push('', `**you can** ${view.commands.join(', ')}`);
  return lines.join('\n');
}

/** Releases at fixed times: when, and what each of them wants. */
import type { RepositoryKey } from '../repository/names.js';
import { slug, type WantedRelease } from './match.js';
import type { Trigger } from './schema.js';

type TimedTrigger = Trigger & { readonly on: 'schedule' };

export interface ScheduledRelease {
  readonly repository: RepositoryKey;
  readonly trigger: TimedTrigger;
}

export interface TimedRelease {
  readonly key: string;
  readonly cron: string;
  readonly input: ScheduledRelease;
}

export function releaseTimes(
  repository: RepositoryKey,
  triggers: readonly Trigger[],
): readonly TimedRelease[] {
  return triggers.flatMap((trigger) => {
    if (trigger.on !== 'schedule') return [];
    const { service, cron, branch = '', from = '', digest } = trigger;
    const key = [service, cron, branch, from, digest.file].join(' ');
    return [{ key, cron, input: { repository, trigger } }];
  });
}

/** The newest commit of the branch: where that is released already, there is nothing to do. */
export function wantedAt({ trigger }: ScheduledRelease, defaultBranch: string): WantedRelease {
  const { service, from = null, branch = defaultBranch, digest, cron } = trigger;
  return {
    ...{ service, from, requestedBy: 'sluice', reason: `schedule ${cron}` },
    version: { kind: 'commit', stem: slug(branch) },
    digest: { kind: 'file', path: digest.file },
    commit: `refs/heads/${branch}`,
  };
}

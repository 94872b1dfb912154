/** A branch that Argo CD or Flux follows, behind the ports of a platform: we commit, they apply, we watch. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { TargetKey } from '../../domain/names.js';
import type { Platform } from '../../ports/platform.js';
import { type ArgoCdOptions, followArgoCd } from './argo-cd.js';
import { openBranch } from './branch.js';
import { createDecide } from './decide.js';
import { createDecisionLog } from './decision-log.js';
import { type FluxOptions, followFlux } from './flux.js';
import type { ReadObject } from './follower.js';
import type { RepositoryOptions } from './git-access.js';
import { type ChangeOptions, createManifest } from './manifest.js';
import { place } from './place.js';
import { createTargetReader } from './target-reading.js';
import { createGitopsRouter } from './traffic-router.js';
import { createTurns } from './turns.js';
import { createGitopsWorkload } from './workload.js';

export interface GitopsPlatformOptions {
  /** As the configuration calls it. */
  readonly name: string;
  readonly repository: RepositoryOptions;
  readonly change: ChangeOptions;
  readonly follow: ArgoCdOptions | FluxOptions;
  /** Reads an object of the follower's namespace. */
  readonly readObject: ReadObject;
  /** Where users reach a target; names are filled in. */
  readonly url?: string | undefined;
  /** Mirrors are kept here, one for each repository. */
  readonly folder: string;
  /** Git's variables and the credentials that are named by one. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The git program; default: the one on PATH. */
  readonly program?: string;
  readonly now: () => number;
}

export function createGitopsPlatform(options: GitopsPlatformOptions): Platform {
  const { name, repository, follow, readObject, url, environment, program = 'git', now } = options;
  const mirror = createHash('sha256').update(repository.url).digest('hex').slice(0, 16);
  const folder = join(options.folder, `${mirror}.git`);
  const branch = openBranch({ repository, folder, environment, program, now });
  const decisions = createDecisionLog(branch, name);
  const manifest = createManifest(options.change);
  const follower =
    follow.kind === 'flux' ? followFlux(follow, readObject) : followArgoCd(follow, readObject);
  const urlOf = (target: TargetKey) => (url === undefined ? null : place(url, target));
  const reader = createTargetReader({ branch, decisions, manifest, follower, now });
  const takeTurn = createTurns();
  const decide = createDecide({ branch, decisions, manifest, platform: name, takeTurn });
  return {
    workload: createGitopsWorkload({
      branch,
      decisions,
      decide,
      reader,
      manifest,
      follower,
      urlOf,
    }),
    router: createGitopsRouter({ decide, reader, follower, urlOf }),
    metrics: {
      /** The follower says healthy or not; requests it does not count. */
      async readCounters(_target, revisions) {
        return revisions.map((revision) => ({ revision, instances: [] }));
      },
    },
  };
}

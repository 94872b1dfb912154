/** The GitOps platform over a real repository, with a follower whose word the test speaks. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FollowedObject } from '../../src/adapters/gitops/follower.js';
import {
  createGitopsPlatform,
  type GitopsPlatformOptions,
} from '../../src/adapters/gitops/platform.js';
import { createGitRepository, type GitRepository } from './git-repository.js';

export const file = 'apps/checkout/kustomization.yaml';
export const kustomization = `# What production runs.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../base]   # kept as it is
images:
  - name: checkout
    newTag: "0.9.0"    # by hand
    digest: sha256:${'0'.repeat(64)}
`;

interface ArgoWord {
  /** The commit that it compared with; null: it has not come so far. */
  synced: string | null;
  health: string;
}

/** What Argo CD writes of an Application that is synced. */
function applicationAt({ synced, health }: ArgoWord): FollowedObject {
  const sync = synced === null ? { status: 'Unknown' } : { status: 'Synced', revision: synced };
  const spec = { syncPolicy: { automated: {} } };
  return { spec, status: { sync, health: { status: health } } };
}

export interface GitopsUnderTest {
  readonly repository: GitRepository;
  readonly word: ArgoWord;
  /** Another worker of the same configuration, with a mirror of its own. */
  worker(change?: Partial<GitopsPlatformOptions>): ReturnType<typeof createGitopsPlatform>;
  /** A git that does what it is told, and is killed right after its next push; `then` is done in between. */
  killedAfterPush(then?: string): Promise<{ readonly program: string; arm(): Promise<void> }>;
  dispose(): Promise<void>;
}

let workers = 0;

export async function startGitops(
  files: Readonly<Record<string, string>> = { [file]: kustomization },
): Promise<GitopsUnderTest> {
  const repository = await createGitRepository(files);
  const word: ArgoWord = { synced: null, health: 'Healthy' };
  return {
    ...{ repository, word },
    worker(change = {}) {
      workers += 1;
      return createGitopsPlatform({
        name: 'prod-git',
        repository: { url: repository.url, branch: 'main' },
        change: { file: 'apps/{service}/kustomization.yaml', image: '{service}' },
        follow: { kind: 'argo-cd', namespace: 'argocd', application: '{service}-{environment}' },
        readObject: async () => applicationAt(word),
        folder: join(repository.folder, `worker-${workers}`),
        environment: process.env,
        now: Date.now,
        ...change,
      });
    },
    async killedAfterPush(then = ':') {
      const program = join(repository.folder, 'git-that-dies');
      const armed = join(repository.folder, 'armed');
      const script = `#!/bin/sh
git "$@" > "$0.out"
code=$?
case " $* " in *" push "*) if rm "${armed}" 2>/dev/null; then ${then}; kill -9 $$; fi;; esac
cat "$0.out"; exit $code
`;
      await writeFile(program, script, { mode: 0o755 });
      return { program, arm: () => writeFile(armed, '') };
    },
    dispose: () => repository.dispose(),
  };
}

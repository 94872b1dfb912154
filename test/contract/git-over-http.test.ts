/** Git in and out of the stand-in GitHub as a worker does it: over HTTP, let in by a token of the App. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMergeTrees } from '../../src/adapters/git/merge-trees.js';
import { createMirrors } from '../../src/adapters/git/mirror.js';
import { createGithubGitAccess } from '../../src/adapters/github/git-access.js';
import { accessOf } from '../../src/adapters/gitops/git-access.js';
import { createGit } from '../../src/adapters/gitops/git.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';

describe('git over HTTP', function () {
  this.timeout(60_000);
  let github: GithubUnderTest;
  let folder: string;
  before(async () => {
    github = await startGithub();
    folder = await mkdtemp(join(tmpdir(), 'sluice-mirrors-'));
  });
  after(async () => {
    await github.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('fetches commits, and pushes a trial that the API knows at once', async () => {
    const { control, repository, codeHost, app, url } = github;
    const baseSha = control.readRef(repository, 'refs/heads/main') ?? '';
    const heads = [];
    for (const [n, branch] of ['a', 'b'].entries()) {
      const files = { [`${branch}.txt`]: 'x\n' };
      heads.push({ number: n + 1, sha: await control.commit(repository, { branch, files }) });
    }
    const { privateKey } = app;
    const identity = { kind: 'app', id: app.id, readPrivateKey: async () => privateKey } as const;
    const access = createGithubGitAccess({ url, identity });
    const trees = createMergeTrees(
      createMirrors({
        ...{ folder, urlOf: access.urlOf },
        gitIn: (home) => createGit({ program: 'git', folder: home, environment: process.env }),
        accessTo: (place) =>
          accessOf({
            ...{ url: access.urlOf(place), branch: 'HEAD' },
            authorization: () => access.authorization(place),
          }),
      }),
    );
    const branch = 'sluice/queue/main/1';
    const made = await trees.pushTrial(repository, { branch, baseSha, heads, atMs: 0 });
    assert.equal(made?.merges.length, 2);
    assert.equal(await codeHost.refs.readRef(repository, `refs/heads/${branch}`), made?.sha);
  });
});

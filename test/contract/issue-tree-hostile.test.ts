/** A repository that means ill: nothing of it is run, nothing of it changes what is written, and no secret is told. */
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGitIssueTree } from '../../src/adapters/git/issue-tree.js';
import { createMirrors } from '../../src/adapters/git/mirror.js';
import { createGithubGitAccess } from '../../src/adapters/github/git-access.js';
import { accessOf } from '../../src/adapters/gitops/git-access.js';
import { createGit } from '../../src/adapters/gitops/git.js';
import { Failure } from '../../src/domain/failures.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';
import { treeScene } from '../support/tree-scene.js';

describe('a repository that means ill', function () {
  this.timeout(60_000);
  let github: GithubUnderTest;
  let folder: string;
  before(async () => {
    github = await startGithub();
    folder = await mkdtemp(join(tmpdir(), 'sluice-hostile-'));
  });
  after(async () => {
    await github.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('has its files written byte for byte, and runs no filter, no hook and no setting', async () => {
    const trap = join(folder, 'sprung');
    const script = join(folder, 'trap.sh');
    await writeFile(script, `#!/bin/sh\ntouch '${trap}'\ncat\n`);
    await chmod(script, 0o755);
    const scene = await treeScene(github, {
      '.gitattributes': '* text=auto eol=crlf filter=trap diff=trap merge=trap ident\n',
      '.gitconfig': `[filter "trap"]\n\tclean = ${script}\n\tsmudge = ${script}\n`,
      '.gitmodules': `[submodule "x"]\n\tpath = issues/x\n\turl = ext::sh -c "touch ${trap}"\n`,
      '.githooks/pre-push': `#!/bin/sh\ntouch ${trap}\n`,
      'issues/x': { mode: '160000', text: 'a'.repeat(40) },
      'issues/1-a.md': '$Id$\r\nmixed\n',
    });
    const { repository, pass, head, textAt } = scene;
    const mirrors = join(folder, 'mirrors');
    const home = join(folder, 'home');
    await mkdir(home, { recursive: true });
    // What stands in a person's own settings is not the repository's; hooks of it are off all the same.
    await writeFile(
      join(home, '.gitconfig'),
      `[filter "trap"]\n\tclean = ${script}\n\tsmudge = ${script}\n[core]\n\thooksPath = ${folder}/hooks\n` +
        `[log]\n\tshowSignature = true\n[diff "trap"]\n\ttextconv = ${script}\n[core]\n\tquotePath = true\n`,
    );
    await mkdir(join(folder, 'hooks'), { recursive: true });
    for (const hook of ['pre-push', 'reference-transaction', 'post-update']) {
      await writeFile(join(folder, 'hooks', hook), `#!/bin/sh\ntouch ${trap}\n`, { mode: 0o755 });
    }
    const access = createGithubGitAccess(github.access);
    const tree = createGitIssueTree(
      createMirrors({
        ...{ folder: mirrors, urlOf: access.urlOf },
        accessTo: (place) =>
          accessOf({
            ...{ url: access.urlOf(place), branch: 'HEAD' },
            authorization: () => access.authorization(place),
          }),
        gitIn: (place) =>
          createGit({
            ...{ program: 'git', folder: place },
            environment: { ...process.env, HOME: home },
          }),
      }),
    );
    const heads = await tree.readHeads(repository, 'main');
    const text = '$Id$\r\nmixed\nends\r\n';
    const push = await tree.push(repository, pass(heads, text));
    assert.equal(push.kind, 'pushed');
    assert.equal(await textAt(head(), 'issues/1-a.md'), text);
    const now = await tree.readHeads(repository, 'main');
    const found = await tree.changedFiles(repository, heads.head, now.head, 'issues');
    assert.deepEqual(
      found.map(({ path }) => path),
      ['issues/1-a.md'],
    );
    const texts = await tree.readFiles(repository, now.head, ['issues/1-a.md', 'issues/x']);
    assert.deepEqual([...texts.values()], [text, null]);
    assert.equal((await readdir(folder)).includes('sprung'), false);
    // And the trap would have sprung.
    await createGit({
      ...{ program: script, folder: mirrors, environment: process.env },
    }).ask(['x']);
    assert.equal((await readdir(folder)).includes('sprung'), true);
  });

  it('tells no secret where it fails', async () => {
    const secret = 'c2VjcmV0LXRva2Vu';
    const { url } = github;
    const scene = await treeScene(github, { 'issues/1-a.md': 'a' });
    const tree = createGitIssueTree(
      createMirrors({
        folder: join(folder, 'refused'),
        urlOf: ({ owner, name }) => `${url}/${owner}/${name}.git`,
        gitIn: (place) => createGit({ program: 'git', folder: place, environment: process.env }),
        accessTo: async () => ({
          ...{ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: `http.${url}/.extraHeader` },
          GIT_CONFIG_VALUE_0: `Authorization: Basic ${secret}`,
        }),
      }),
    );
    await assert.rejects(tree.readHeads(scene.repository, 'main'), (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.code, 'Unavailable');
      assert.doesNotMatch(JSON.stringify(error) + error.message + error.stack, /secret|c2Vj/);
      return true;
    });
    const [mirror = ''] = await readdir(join(folder, 'refused'));
    assert.doesNotMatch(await readFile(join(folder, 'refused', mirror, 'config'), 'utf8'), /c2Vj/);
  });
});

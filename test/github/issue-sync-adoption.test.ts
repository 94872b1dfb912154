/** Which files of a repository become issues when it is taken on, and which never do. */
import assert from 'node:assert/strict';
import { startSyncing, type SyncingUnderTest } from '../support/syncing.js';

let syncing: SyncingUnderTest;
before(async function () {
  this.timeout(120_000);
  syncing = await startSyncing();
});
after(() => syncing.stop());

describe('taking on a repository', function () {
  this.timeout(120_000);

  it('makes no issues of templates, of what is left out, and of what lies in the archive', async () => {
    const files = {
      'issues/a.md': '# A\n\nOpen.\n',
      'issues/README.md': '# How we write issues\n\nSo.\n',
      'issues/_template.md': '---\ntitle: [\n---\n',
      'issues/notes/today.md': '# Today\n',
      'issues/sub/README.md': '# Sub\n',
      'issues/archive/old.md': '# Old one\n\nDone.\n',
      'issues/archive/known.md': '# Known one\n\nDone.\n',
    };
    const repository = await syncing.repository({
      sync: { ignore: ['README.md', '_*', 'issues/notes/**'] },
      files,
    });
    const { control } = syncing.github;
    const { key } = repository;
    await control.createIssue(key, { title: 'Known one', body: 'Done.', as: 'bob' });
    await control.editIssue(key, 1, { state: 'closed' }, 'bob');
    const view = await repository.begin();
    assert.deepEqual([view.trouble, view.waits], [null, []]);
    assert.deepEqual(
      repository.issues().map(({ number, title, state }) => [number, title, state]),
      [
        [1, 'Known one', 'closed'],
        [2, 'A', 'open'],
      ],
    );
    for (const [path, text] of Object.entries(files)) {
      if (path !== 'issues/a.md' && !path.endsWith('known.md')) {
        assert.equal(await repository.file(path), text);
      }
    }
    assert.deepEqual(
      (await repository.files()).filter((path) => /\d/.test(path)),
      ['issues/002-a.md', 'issues/archive/001-known-one.md'],
    );
    const head = repository.head();
    await repository.pass({ full: true });
    assert.deepEqual([repository.head(), repository.issues().length], [head, 2]);

    await repository.commit({
      'issues/_template.md': '---\ntitle: Title\n---\n',
      'issues/archive/other.md': '# Other\n',
    });
    assert.deepEqual((await repository.pass()).waits, []);
    assert.equal(repository.issues().length, 2);
  });
});

/** Kept answers: found again by their key alone, bounded, and never a reason to fail. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileAnswers } from '../../../src/adapters/jsonl/file-answers.js';

describe('answers kept in files', () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'answers-'));
  });
  after(() => rm(root, { recursive: true }));

  const answer = { etag: 'W/"1"', link: '<next>', body: [{ a: 'ß' }] };

  it('are found by another process, under their key and no other, for their owner alone', async () => {
    const folder = join(root, 'one');
    await createFileAnswers({ folder }).put('a https://github.test/1', answer);
    const other = createFileAnswers({ folder });
    assert.deepEqual(await other.get('a https://github.test/1'), answer);
    assert.equal(await other.get('b https://github.test/1'), null);
    const [file = ''] = await readdir(folder);
    assert.equal((await stat(join(folder, file))).mode & 0o077, 0);
  });

  it('are forgotten when they are torn, too long, or no JSON', async () => {
    const folder = join(root, 'two');
    const answers = createFileAnswers({ folder, maxBytes: 200 });
    await answers.put('long', { ...answer, body: 'x'.repeat(300) });
    await answers.put('odd', { ...answer, body: 2n });
    assert.deepEqual([await answers.get('long'), await answers.get('odd')], [null, null]);
    await answers.put('torn', answer);
    const [file = ''] = await readdir(folder);
    await writeFile(join(folder, file), '{"key":"torn","et');
    assert.equal(await answers.get('torn'), null);
  });

  it('make room by what was not used for long', async () => {
    const folder = join(root, 'three');
    const answers = createFileAnswers({ folder, maxFiles: 300 });
    for (let n = 0; n < 500; n += 1) await answers.put(`key ${n}`, answer);
    assert.ok((await readdir(folder)).length <= 300);
    assert.deepEqual(await answers.get('key 499'), answer);
  });

  it('are no reason to fail when there is no room', async () => {
    const blocked = join(root, 'blocked');
    await writeFile(blocked, '');
    const answers = createFileAnswers({ folder: join(blocked, 'answers') });
    await answers.put('a', answer);
    assert.equal(await answers.get('a'), null);
  });
});

/** The evidence stores under the contract, and the files behind one of them. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileEvidence } from '../../src/adapters/jsonl/file-evidence.js';
import { createMemoryEvidence } from '../../src/adapters/memory/evidence.js';
import { evidenceContract } from './evidence.contract.js';

let root: string;
let folders = 0;
const freshFolder = () => join(root, `${folders++}`, 'evidence');

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'evidence-'));
});
after(() => rm(root, { recursive: true }));

evidenceContract({ name: 'memory', create: async () => createMemoryEvidence() });
evidenceContract({
  name: 'files',
  create: async () => createFileEvidence({ folder: freshFolder() }),
});

describe('evidence files', () => {
  it('hold canonical JSON under its hash and nothing else, for their owner alone', async () => {
    const folder = freshFolder();
    const reference = await createFileEvidence({ folder }).put({ b: 1, a: 2 });
    const [file, ...more] = await readdir(folder);
    assert.deepEqual([`sha256:${file}`, more], [`${reference}.json`, []]);
    assert.equal(await readFile(join(folder, file as string), 'utf8'), '{"a":2,"b":1}');
    assert.equal((await stat(join(folder, file as string))).mode & 0o077, 0);
  });

  it('are not read when somebody changed them', async () => {
    const folder = freshFolder();
    const store = createFileEvidence({ folder });
    const reference = await store.put({ errors: 12 });
    await writeFile(join(folder, `${reference.slice(7)}.json`), '{"errors":0}');
    await assert.rejects(store.get(reference), { code: 'DigestMismatch' });
  });

  it('leave no draft behind when the disk refuses, and say where', async () => {
    const blocked = join(root, 'blocked');
    await writeFile(blocked, '');
    const store = createFileEvidence({ folder: join(blocked, 'evidence') });
    await assert.rejects(store.put({}), { code: 'Unavailable' });
    await assert.rejects(store.get(`sha256:${'0'.repeat(64)}`), { code: 'Unavailable' });
  });
});

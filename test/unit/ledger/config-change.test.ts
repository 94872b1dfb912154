/** Changes of the configuration as events: once each, with what differs, and without what may be secret. */
import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryLedger } from '../../../src/adapters/memory/ledger.js';
import { createProjectNotes } from '../../../src/config/project-notes.js';
import { configChange } from '../../../src/domain/ledger/config-change.js';

const about = { project: 'shop', at: '2026-01-02T03:04:05.000Z' };
const config = {
  project: 'shop',
  services: { checkout: { workload: { env: { KEY: 'hunter2' }, instances: 3 } } },
  metrics: { prom: { auth: { env: 'PROM_TOKEN' } } },
};

describe('a change of the configuration', () => {
  const first = configChange(null, config, about);

  it('is recorded the first time, and not again while it is the same', () => {
    assert.equal(first?.kind, 'configChanged');
    assert.equal(first.subject, 'project:shop');
    assert.deepEqual([first.data['before'], first.data['changes']], [null, null]);
    assert.equal(configChange(first, structuredClone(config), about), null);
  });

  it('shows each value that differs, with both hashes', () => {
    const workload = { ...config.services.checkout.workload, instances: 5, directory: '.' };
    const changed = { ...config, services: { checkout: { workload } } };
    const event = configChange(first, changed, about);
    assert.deepEqual(event?.data['changes'], [
      { path: 'services.checkout.workload.directory', before: null, after: '"."' },
      { path: 'services.checkout.workload.instances', before: '3', after: '5' },
    ]);
    assert.equal(event.data['before'], first?.data['after']);
    assert.match(event.reason, /^services.checkout.workload.directory, .*instances changed$/);
    const back = configChange(event, config, { ...about, at: '2026-01-02T03:04:06.000Z' });
    assert.equal(back?.data['after'], first?.data['after']);
    assert.notEqual(back?.id, first?.id);
  });

  it('says of an environment of a workload only that something changed', () => {
    const event = configChange(
      first,
      JSON.parse(JSON.stringify(config).replace('hunter2', 'slc_another-one-1234')) as object,
      about,
    );
    assert.deepEqual(event?.data['changes'], []);
    assert.equal(event.reason, 'values changed that are not shown');
    assert.doesNotMatch(JSON.stringify([first, event]), /hunter2|another-one/);
    assert.match(JSON.stringify(first), /PROM_TOKEN/);
  });

  it('is told without values where there are too many', () => {
    const large = { list: Array.from({ length: 5_000 }, (_, n) => `value ${n}`) };
    const event = configChange(first, large, about);
    assert.ok(event !== null);
    assert.equal((event.data['changes'] as unknown[]).length, 200);
    assert.ok((event.data['moreChanges'] as number) > 4_000);
    assert.equal(event?.data['values'], null);
    const next = configChange(event ?? null, config, about);
    assert.deepEqual(
      [next?.data['changes'], next?.reason],
      [null, 'it is another than the last one'],
    );
  });

  describe('of a file', () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'notes-'));
    });
    after(() => rm(folder, { recursive: true }));

    it('is noted once by all who see it, tried again after trouble, and never in the way', async () => {
      const path = join(folder, 'sluice.yaml');
      await writeFile(path, 'project: shop\n');
      const memory = createMemoryLedger();
      let isDown = false;
      const troubles: unknown[] = [];
      const ledger = {
        ...memory,
        append: async (...args: Parameters<typeof memory.append>) => {
          if (isDown) throw new Error('disk full');
          await memory.append(...args);
        },
      };
      const notes = () =>
        createProjectNotes({
          ...{ path: folder, project: 'shop', ledger, clock: () => 0 },
          onTrouble: (error) => void troubles.push(error),
        });
      const [worker, api] = [notes(), notes()];
      await Promise.all([worker(), api()]);
      const count = async () => (await memory.read({ subject: 'project:shop', limit: 9 })).length;
      assert.equal(await count(), 1);
      await appendFile(path, '# a comment\n');
      await api();
      assert.equal(await count(), 1);
      await appendFile(path, 'services: {}\n');
      isDown = true;
      await api();
      assert.deepEqual([await count(), troubles.length], [1, 1]);
      isDown = false;
      await api();
      await worker();
      assert.equal(await count(), 2);
      await rm(path);
      await utimes(folder, 0, 0);
      await api();
      assert.equal(troubles.length, 2);
    });

    it('asks a ledger that does not answer once, and looks again when it has', async () => {
      const path = join(folder, 'sluice.yaml');
      await writeFile(path, 'project: shop\n');
      const memory = createMemoryLedger();
      let answer = (): void => {};
      let answering: Promise<void> = new Promise((resolve) => {
        answer = resolve;
      });
      let asked = 0;
      let hear = (): void => {};
      const heard = new Promise<void>((resolve) => {
        hear = resolve;
      });
      const note = createProjectNotes({
        ...{ path, project: 'shop', clock: () => 0, onTrouble: (error) => assert.ifError(error) },
        ledger: {
          ...memory,
          async read(query) {
            asked += 1;
            hear();
            await answering;
            return memory.read(query);
          },
        },
      });
      const looks = [note()];
      await heard;
      await appendFile(path, 'services: {}\n');
      looks.push(note(), note(), note());
      await new Promise(setImmediate);
      assert.equal(asked, 1);
      answering = Promise.resolve();
      answer();
      await Promise.all(looks);
      assert.equal(asked, 2);
      const noted = await memory.read({ subject: 'project:shop', limit: 9 });
      assert.equal(noted.length, 2);
    });
  });
});

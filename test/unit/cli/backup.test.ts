/** A data directory comes back from its backup as it was, and from nothing but a sound one. */
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import Ajv2020 from 'ajv/dist/2020.js';
import tar from 'tar-stream';
import { createJsonlLedger } from '../../../src/adapters/jsonl/jsonl-ledger.js';
import { describeAnswers } from '../../../src/cli/answer-schemas.js';
import { backupCommands } from '../../../src/cli/commands/backup.js';
import { withFileLock } from '../../../src/config/file-lock.js';
import type { LedgerEvent } from '../../../src/domain/ledger-event.js';
import { writeBackup } from '../../../src/embedded/backup.js';
import { planRestore, restore } from '../../../src/embedded/restore.js';
import { runSluice } from '../../support/cli-under-test.js';

const event: LedgerEvent = {
  id: 'e1',
  at: '2026-01-31T08:00:00.000Z',
  kind: 'commandAccepted',
  subject: 'release:checkout:1.0.0',
  actor: 'ada',
  reason: 'first',
  data: {},
};

describe('backup and restore', () => {
  let folder: string;
  let dataDir: string;
  let file: string;

  const ledgerIn = (dir: string, project = 'shop') =>
    createJsonlLedger({ file: join(dir, 'ledger.jsonl'), project, alone: withFileLock });

  async function sluice(...argv: readonly string[]) {
    const env = { SLUICE_DATA_DIR: dataDir, USER: 'ada' };
    const ended = await runSluice(argv, {}, { env, folder }, (io) =>
      backupCommands(io, {
        ...{ writeBackup, planRestore, restore },
        record: (dir, project, each) => ledgerIn(dir, project).append([each]),
      }),
    );
    return { ...ended, answer: () => JSON.parse(ended.out) as never };
  }

  async function contents(dir: string): Promise<Readonly<Record<string, string>>> {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return Object.fromEntries(
      await Promise.all(
        files.map(async ({ parentPath, name }) => {
          const path = join(parentPath, name);
          const mode = ((await stat(path)).mode & 0o777).toString(8);
          return [path.slice(dir.length), `${mode} ${await readFile(path, 'base64')}`] as const;
        }),
      ),
    );
  }

  /** The archive again, with one of its entries as `change` has it; null leaves it out. */
  async function forge(
    change: (entry: { name: string; content: Buffer }) => { name: string; content: Buffer } | null,
    more: readonly Partial<tar.Header>[] = [],
  ): Promise<void> {
    const entries: { name: string; content: Buffer }[] = [];
    const extract = tar.extract();
    extract.end(gunzipSync(await readFile(file)));
    for await (const entry of extract) {
      const parts: Buffer[] = [];
      for await (const part of entry) parts.push(part as Buffer);
      entries.push({ name: entry.header.name, content: Buffer.concat(parts) });
    }
    const pack = tar.pack();
    for (const entry of entries) {
      const changed = change(entry);
      if (changed !== null) pack.entry({ name: changed.name }, changed.content);
    }
    for (const header of more) pack.entry(header as tar.Header, '');
    pack.finalize();
    const parts: Buffer[] = [];
    for await (const part of pack) parts.push(part as Buffer);
    await writeFile(file, gzipSync(Buffer.concat(parts)));
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'backup-'));
    dataDir = join(folder, 'data');
    file = join(folder, 'kept.tgz');
    await mkdir(join(dataDir, 'playground', 'checkout'), { recursive: true });
    await mkdir(join(dataDir, 'logs'));
    await writeFile(join(dataDir, 'temporal.db'), Buffer.alloc(300_000, 7));
    await writeFile(join(dataDir, 'user.token'), 'slc_x\n', { mode: 0o600 });
    await writeFile(join(dataDir, 'empty'), '');
    await writeFile(join(dataDir, 'playground', 'checkout', 'run.sh'), 'true\n');
    await chmod(join(dataDir, 'playground', 'checkout', 'run.sh'), 0o755);
    await writeFile(join(dataDir, 'logs', 'api.log'), 'for people\n');
    await ledgerIn(dataDir).append([event]);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('bring back every file with its mode, but for logs, and record who did it and why', async () => {
    const before = await contents(dataDir);
    const made = await sluice('backup', file, '--json');
    assert.equal(made.code, 0, made.err);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    await rm(dataDir, { recursive: true });
    const back = await sluice('restore', file, '--reason', 'the disk was lost', '--json');
    assert.equal(back.code, 0, back.err);
    const ajv = new Ajv2020.default({ strict: false, validateFormats: false });
    const { backup, restore: restored } = describeAnswers();
    assert.ok(ajv.validate(backup as object, made.answer()), ajv.errorsText());
    assert.ok(ajv.validate(restored as object, back.answer()), ajv.errorsText());
    const { '/logs/api.log': _log, '/ledger.jsonl': _ledger, ...kept } = before;
    const { '/ledger.jsonl': _longer, ...found } = await contents(dataDir);
    assert.deepEqual(found, kept);
    const events = await ledgerIn(dataDir).read({ subject: null, limit: 10 });
    assert.deepEqual(
      events.map(({ kind, actor, reason }) => [kind, actor, reason]),
      [
        ['commandAccepted', 'ada', 'first'],
        ['backupRestored', 'ada', 'the disk was lost'],
      ],
    );
  });

  it('move what is there aside, and only when told to', async () => {
    const headNow = async () => {
      const { seq, hash } = (await ledgerIn(dataDir).head()) ?? {};
      return { seq, hash };
    };
    await sluice('backup', file);
    const head = await headNow();
    await ledgerIn(dataDir).append([{ ...event, id: `${event.id}/2` }]);
    const replaced = await headNow();
    await writeFile(join(dataDir, 'later'), 'since then');
    const before = await contents(dataDir);
    const dry = await sluice('restore', file, '--dry-run', '--json');
    const { movesPresentTo } = dry.answer() as { movesPresentTo: string };
    const refused = await sluice('restore', file, '--reason', 'x');
    assert.match(refused.err, /There is a data directory already[^]*--replace/);
    assert.match((await sluice('restore', file, '--replace')).err, /needs a reason/);
    assert.deepEqual(await contents(dataDir), before);
    const done = await sluice('restore', file, '--replace', '--reason', 'x');
    assert.equal(done.code, 0, done.err);
    assert.deepEqual(await contents(movesPresentTo), before);
    assert.ok(!Object.keys(await contents(dataDir)).includes('/later'));
    const [, restored] = await ledgerIn(dataDir).read({ subject: null, limit: 10 });
    const { backupOf: _, files: _files, ...data } = restored?.data ?? {};
    assert.notEqual(replaced.hash, head.hash);
    assert.deepEqual(data, { movedTo: movesPresentTo, head, replaced });
  });

  it('never write over a file', async () => {
    await writeFile(file, 'mine');
    assert.match((await sluice('backup', file)).err, /is there already/);
    assert.equal(await readFile(file, 'utf8'), 'mine');
    assert.match(
      (await sluice('backup', file, '--data-dir', '/nowhere')).err,
      /no data directory/i,
    );
  });

  const outside = 'data/../../outside';
  const forgeries: Readonly<Record<string, () => Promise<void>>> = {
    'a byte of a file is another: /temporal\\.db was altered/': () =>
      forge(({ name, content }) => {
        if (name === 'data/temporal.db') content[5] = 8;
        return { name, content };
      }),
    'a file is missing: /user\\.token is missing/': () =>
      forge((entry) => (entry.name === 'data/user.token' ? null : entry)),
    'there is a file more: /data\\/more is not in its manifest/': () =>
      forge((entry) => entry, [{ name: 'data/more' }]),
    'a file is a link: /data\\/empty is not in its manifest/': () =>
      forge(
        (entry) => (entry.name === 'data/empty' ? null : entry),
        [{ name: 'data/empty', type: 'symlink', linkname: '/etc/passwd' }],
      ),
    'a file leads outside: /manifest is none.*leads out/s': () =>
      forge(({ name, content }) =>
        name === 'manifest.json'
          ? { name, content: Buffer.from(String(content).replace('"empty"', '"../../outside"')) }
          : { name: name === 'data/empty' ? outside : name, content },
      ),
    'there is no manifest: /does not begin with a manifest/': () =>
      forge((entry) => (entry.name === 'manifest.json' ? null : entry)),
    'it is cut: /cannot be read/': async () =>
      writeFile(file, (await readFile(file)).subarray(0, 200)),
    'it is none: /cannot be read/': () => writeFile(file, 'hello'),
    'it is empty: /damaged/': () => writeFile(file, ''),
  };
  for (const [title, damage] of Object.entries(forgeries)) {
    const [what = '', , words = '', flags = ''] =
      /^(.*?): (\/(.*)\/(s?))$/.exec(title)?.slice(1) ?? [];
    it(`change nothing when ${what}`, async () => {
      await sluice('backup', file);
      await damage();
      const before = await contents(dataDir);
      const { code, err } = await sluice('restore', file, '--replace', '--reason', 'x');
      assert.equal(code, 7, err);
      assert.match(err, new RegExp(words, flags));
      assert.deepEqual(await contents(dataDir), before);
      assert.deepEqual(
        (await readdir(folder)).toSorted(),
        ['data', 'kept.tgz'],
        'nothing is left beside it',
      );
    });
  }
});

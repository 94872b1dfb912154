/** The ledgers under the contract, and what a file does when a process dies over it. */
import assert from 'node:assert/strict';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { LedgerDamage } from '../../src/adapters/jsonl/jsonl-ledger.js';
import { createMemoryLedger } from '../../src/adapters/memory/ledger.js';
import { Failure } from '../../src/domain/failures.js';
import { openLedgerFile } from '../support/ledger-file.js';
import { ledgerContract, ledgerEvent, verifiedChain, chainOf } from './ledger.contract.js';

let folder: string;
let files = 0;
const freshFile = () => join(folder, `${files++}`, 'ledger.jsonl');

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledger-'));
});
after(() => rm(folder, { recursive: true }));

ledgerContract({ name: 'memory', create: async () => createMemoryLedger() });
ledgerContract({ name: 'a file', create: async () => openLedgerFile(freshFile()) });

describe('a ledger file', () => {
  it('is one line an event, for its owner alone', async () => {
    const file = freshFile();
    await openLedgerFile(file).append([ledgerEvent('1'), ledgerEvent('2')]);
    const lines = (await readFile(file, 'utf8')).split('\n');
    assert.deepEqual(
      lines.slice(0, 2).map((line) => JSON.parse(line).event.id),
      ['1', '2'],
    );
    assert.equal(lines[2], '');
    assert.equal((await stat(file)).mode & 0o077, 0);
  });

  it('is shared by two writers', async () => {
    const file = freshFile();
    const [one, two] = [openLedgerFile(file), openLedgerFile(file)];
    await Promise.all(
      Array.from({ length: 40 }, (_, n) => (n % 2 ? one : two).append([ledgerEvent(`${n}`)])),
    );
    assert.equal((await one.read({ subject: null, limit: 100 })).length, 40);
  });

  it('skips and reports a torn last line, and puts it aside before it goes on', async () => {
    const file = freshFile();
    const damage: LedgerDamage[] = [];
    const ledger = openLedgerFile(file, { onDamage: (found) => damage.push(found) });
    await ledger.append([ledgerEvent('1')]);
    const { size } = await stat(file);
    await appendFile(file, '{"id":"2","subj');
    const ids = async () => (await ledger.read({ subject: null, limit: 9 })).map(({ id }) => id);
    assert.deepEqual(await ids(), ['1']);
    assert.deepEqual(damage, [{ file, atByte: size, isTorn: true }]);
    await ledger.append([ledgerEvent('3')]);
    assert.deepEqual(await ids(), ['1', '3']);
    assert.equal(damage.length, 1);
    assert.equal(await readFile(`${file}.torn`, 'utf8'), '{"id":"2","subj\n');
    assert.equal((await verifiedChain(ledger)).rows, 2);
  });

  it('only ends a last row that is whole', async () => {
    const file = freshFile();
    await openLedgerFile(file).append([ledgerEvent('1'), ledgerEvent('2')]);
    await truncate(file, (await stat(file)).size - 1);
    const ledger = openLedgerFile(file);
    await ledger.append([ledgerEvent('3')]);
    assert.equal((await verifiedChain(ledger)).rows, 3);
  });

  it('goes on after lines from before it was a chain, and covers them', async () => {
    const file = freshFile();
    await mkdir(dirname(file));
    const old = [ledgerEvent('1'), ledgerEvent('2')].map((event) => JSON.stringify(event));
    await writeFile(file, `${old.join('\n')}\n`);
    const ledger = openLedgerFile(file);
    await ledger.append([ledgerEvent('3')]);
    await openLedgerFile(file).append([ledgerEvent('4')]);
    const ids = (await ledger.read({ subject: null, limit: 9 })).map(({ id }) => id);
    assert.deepEqual(ids, ['1', '2', '3', '4']);
    const { rows, unchained } = await verifiedChain(ledger);
    assert.deepEqual([rows, unchained], [2, 2]);
    await writeFile(file, (await readFile(file, 'utf8')).replace('step 1', 'step 2'));
    assert.equal((await chainOf(ledger)).fault?.seq, 0);
  });

  it('does not take an event that nobody chained for one of its own', async () => {
    const file = freshFile();
    const ledger = openLedgerFile(file);
    await ledger.append([ledgerEvent('1')]);
    await appendFile(file, `${JSON.stringify(ledgerEvent('2'))}\n`);
    await ledger.append([ledgerEvent('3')]);
    const ids = (await ledger.read({ subject: null, limit: 9 })).map(({ id }) => id);
    assert.deepEqual(ids, ['1', '3']);
    assert.equal((await chainOf(ledger)).fault?.kind, 'inserted');
  });

  it('has no forks when several processes append at once, and one of them dies in between', async () => {
    const file = freshFile();
    const writer = new URL('./ledger-writer.ts', import.meta.url).pathname;
    const processes = ['a', 'b', 'c'].map((name) =>
      spawn(process.execPath, ['--import', 'tsx', writer, file, name, '25'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    const [doomed, ...others] = processes as [(typeof processes)[0], ...typeof processes];
    const confirmed: string[] = [];
    for (const each of processes) {
      each.stdout
        .setEncoding('utf8')
        .on('data', (text: string) => confirmed.push(...text.trim().split('\n')));
    }
    try {
      doomed.stdout.once('data', () => doomed.kill('SIGKILL'));
      const codes = await Promise.all(others.map(async (each) => (await once(each, 'close'))[0]));
      assert.deepEqual(codes, [0, 0]);
    } finally {
      for (const each of processes) each.kill('SIGKILL');
    }
    const ledger = openLedgerFile(file);
    const { rows, head } = await verifiedChain(ledger);
    assert.equal(head?.seq, rows);
    const found = new Set((await ledger.read({ subject: null, limit: 999 })).map(({ id }) => id));
    assert.deepEqual(
      confirmed.filter((id) => !found.has(id)),
      [],
    );
    assert.ok(rows > 50, `${rows} rows`);
  }).timeout(60_000);

  it('takes nothing from a process that stood still until another had its place', async () => {
    const file = freshFile();
    await openLedgerFile(file).append([ledgerEvent('1')]);
    let isMine = false;
    const late = openLedgerFile(file, { alone: (_path, work) => work(async () => isMine) });
    await assert.rejects(late.append([ledgerEvent('2')]), { code: 'Unavailable' });
    assert.equal((await readFile(file, 'utf8')).split('\n').length, 2);
    isMine = true;
    await late.append([ledgerEvent('2')]);
    assert.equal((await verifiedChain(late)).rows, 2);
  });

  it('skips lines that are no events', async () => {
    const file = join(folder, 'mixed.jsonl');
    const good = JSON.stringify(ledgerEvent('1'));
    await writeFile(file, `null\n[]\n{}\nnot json\n\n${good}\n`);
    const found = await openLedgerFile(file).read({ subject: null, limit: 9 });
    assert.deepEqual(found, [ledgerEvent('1')]);
  });

  it('reads no more than the newest bytes, from a whole line on', async () => {
    const file = freshFile();
    const events = Array.from({ length: 50 }, (_, n) => ledgerEvent(`${100 + n}`));
    await openLedgerFile(file).append(events);
    const lines = (await readFile(file, 'utf8')).split('\n').slice(40, 50);
    const newest = Buffer.byteLength(`${lines.join('\n')}\n`);
    for (const [bytes, want] of [
      [newest, 10],
      [newest - 1, 9],
      [newest + 1, 10],
    ] as const) {
      const damage: LedgerDamage[] = [];
      const ledger = openLedgerFile(file, {
        maxReadBytes: bytes,
        onDamage: (found) => damage.push(found),
      });
      const found = await ledger.read({ subject: null, limit: 100 });
      assert.deepEqual(
        found.map(({ id }) => id),
        events.slice(-want).map(({ id }) => id),
      );
      assert.deepEqual(damage, []);
    }
  });

  it('says which file does not answer, and goes on when it does again', async () => {
    const blocked = join(folder, 'blocked');
    await writeFile(blocked, '');
    const ledger = openLedgerFile(join(blocked, 'ledger.jsonl'));
    await assert.rejects(
      ledger.append([ledgerEvent('1')]),
      (error) =>
        error instanceof Failure && error.code === 'Unavailable' && error.message.includes(blocked),
    );
    await rm(blocked);
    await ledger.append([ledgerEvent('2')]);
    assert.equal((await ledger.read({ subject: null, limit: 9 })).length, 1);
  });
});

/** The ledgers under the contract, and what a file does when a process dies over it. */
import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJsonlLedger, type LedgerDamage } from '../../src/adapters/jsonl/jsonl-ledger.js';
import { createMemoryLedger } from '../../src/adapters/memory/ledger.js';
import { Failure } from '../../src/domain/failures.js';
import { ledgerContract, ledgerEvent } from './ledger.contract.js';

let folder: string;
let files = 0;
const freshFile = () => join(folder, `${files++}`, 'ledger.jsonl');

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledger-'));
});
after(() => rm(folder, { recursive: true }));

ledgerContract({ name: 'memory', create: async () => createMemoryLedger() });
ledgerContract({ name: 'a file', create: async () => createJsonlLedger({ file: freshFile() }) });

describe('a ledger file', () => {
  it('is one line an event, for its owner alone', async () => {
    const file = freshFile();
    await createJsonlLedger({ file }).append([ledgerEvent('1'), ledgerEvent('2')]);
    const lines = (await readFile(file, 'utf8')).split('\n');
    assert.deepEqual(
      lines.slice(0, 2).map((line) => JSON.parse(line).id),
      ['1', '2'],
    );
    assert.equal(lines[2], '');
    assert.equal((await stat(file)).mode & 0o077, 0);
  });

  it('is shared by two writers', async () => {
    const file = freshFile();
    const [one, two] = [createJsonlLedger({ file }), createJsonlLedger({ file })];
    await Promise.all(
      Array.from({ length: 40 }, (_, n) => (n % 2 ? one : two).append([ledgerEvent(`${n}`)])),
    );
    assert.equal((await one.read({ subject: null, limit: 100 })).length, 40);
  });

  it('skips and reports a torn last line, and what is appended then is not glued to it', async () => {
    const file = freshFile();
    const damage: LedgerDamage[] = [];
    const ledger = createJsonlLedger({ file, onDamage: (found) => damage.push(found) });
    await ledger.append([ledgerEvent('1')]);
    const { size } = await stat(file);
    await appendFile(file, '{"id":"2","subj');
    const ids = async () => (await ledger.read({ subject: null, limit: 9 })).map(({ id }) => id);
    assert.deepEqual(await ids(), ['1']);
    assert.deepEqual(damage, [{ file, atByte: size, isTorn: true }]);
    await ledger.append([ledgerEvent('3')]);
    assert.deepEqual(await ids(), ['1', '3']);
    assert.deepEqual(damage[1], { file, atByte: size, isTorn: false });
  });

  it('skips lines that are no events', async () => {
    const file = join(folder, 'mixed.jsonl');
    const good = JSON.stringify(ledgerEvent('1'));
    await writeFile(file, `null\n[]\n{}\nnot json\n\n${good}\n`);
    const found = await createJsonlLedger({ file }).read({ subject: null, limit: 9 });
    assert.deepEqual(found, [ledgerEvent('1')]);
  });

  it('reads no more than the newest bytes, from a whole line on', async () => {
    const file = freshFile();
    const events = Array.from({ length: 50 }, (_, n) => ledgerEvent(`${100 + n}`));
    await createJsonlLedger({ file }).append(events);
    const line =
      JSON.stringify(events[0]).length +
      Buffer.byteLength('zwölf\u2028') -
      'zwölf\u2028'.length +
      1;
    for (const [bytes, want] of [
      [10 * line, 10],
      [10 * line - 1, 9],
      [10 * line + 1, 10],
    ] as const) {
      const damage: LedgerDamage[] = [];
      const ledger = createJsonlLedger({
        file,
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
    const ledger = createJsonlLedger({ file: join(blocked, 'ledger.jsonl') });
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

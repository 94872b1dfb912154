/** docs/scenarios.md has every scenario, and names tests that are there. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/scenarios.md'), 'utf8');
const rows = page.split('\n').filter((line) => /^\| \d+ \|/.test(line));

/** `file`: “title”, “title” */
const mentions = [...page.matchAll(/`([a-z/-]+)`: ((?:“[^”]+”(?:, )?)+)/g)].flatMap(
  ([, file = '', titles = '']) =>
    [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => ({ file, title })),
);

describe('docs/scenarios.md', () => {
  it('has the 35 scenarios in their order, each with an answer', () => {
    const numbers = rows.map((row) => Number(row.split('|')[1]));
    assert.deepEqual(
      numbers,
      Array.from({ length: 35 }, (_, n) => n + 1),
    );
    for (const row of rows) assert.ok((row.split('|')[3] ?? '').trim().length > 20, row);
  });

  it('names no test that is not there', () => {
    const quoted = [...page.matchAll(/“[^”]+”/g)].length;
    assert.equal(mentions.length, quoted, 'a title stands without its file');
    assert.ok(mentions.length > 35);
    for (const { file, title } of mentions) {
      const source = readFileSync(join(root, `test/${file}.test.ts`), 'utf8');
      assert.ok(source.includes(title), `${file} has no “${title}”`);
    }
  });

  it('leaves no scenario test out, and has each in the row of its number', () => {
    const folder = join(root, 'test/kubernetes');
    const files = readdirSync(folder).filter((name) => name.startsWith('scenarios-'));
    assert.ok(files.length > 0);
    for (const path of files) {
      const source = readFileSync(join(folder, path), 'utf8');
      const file = `kubernetes/${basename(path, '.test.ts')}`;
      const titles = [...source.matchAll(/\bit(?:\.skip)?\(\s*'([^']+)'/g)].map(
        ([, title]) => title ?? '',
      );
      assert.ok(titles.length > 0, path);
      for (const title of titles) {
        const row = rows[Number(/^\d+/.exec(title)?.[0]) - 1] ?? '';
        assert.ok(row.includes(`“${title}”`) && row.includes(`\`${file}\``), `${path}: ${title}`);
      }
    }
  });
});

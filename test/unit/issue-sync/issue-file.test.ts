/** Files of issues: read and printed without losing a byte of people's, hostile ones refused with their line. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalFields, canonicalTitle } from '../../../src/domain/issue-sync/canon.js';
import { parseIssueFile, printIssueFile } from '../../../src/domain/issue-sync/issue-file.js';
import type { IssueFile } from '../../../src/domain/issue-sync/shapes.js';
import { awkwardFiles, hostileFiles } from '../../support/issue-corpus.js';
import { aComment, anIssueFields, aText } from './arbitrary.js';

const path = 'issues/007-x.md';
const isFull = process.env.SLUICE_TEST_FULL !== undefined;
const numRuns = isFull ? 20_000 : 500;
/** A quarter of the files a day; all in a full run. */
const today = Math.floor(Date.now() / 86_400_000) % 4;
const isDue = (_: unknown, at: number) => isFull || at % 4 === today;

function read(text: string): IssueFile {
  const reading = parseIssueFile(path, text);
  assert.equal(reading.kind, 'file', JSON.stringify(reading));
  return (reading as { file: IssueFile }).file;
}

/** Sets are compared as sets: a file keeps the order and letters that somebody wrote. */
function said({ link, fields, comments, newComments }: IssueFile) {
  return { link, fields: canonicalFields(fields), comments, newComments };
}

/** A label that stood there keeps the letters that somebody gave it. */
function inLettersOf(text: string, wanted: IssueFile): IssueFile {
  const there = new Map(read(text).fields.labels.map((label) => [label.toLowerCase(), label]));
  const labels = wanted.fields.labels.map((label) => there.get(label.toLowerCase()) ?? label);
  return { ...wanted, fields: { ...wanted.fields, labels } };
}

function checkPrint(text: string, wanted: IssueFile): string {
  const printed = printIssueFile(text, wanted);
  assert.deepEqual(said(read(printed)), said(inLettersOf(text, wanted)));
  assert.equal(printIssueFile(printed, wanted), printed);
  return printed;
}

describe('file of an issue', () => {
  const corpus = awkwardFiles();

  it(`says the same after printing, and keeps its bytes when nothing changed: ${corpus.length} files`, () => {
    assert.ok(corpus.length >= 500);
    for (const { name, text } of corpus) {
      const file = read(text);
      assert.equal(printIssueFile(text, file), text, name);
      assert.deepEqual(said(read(printIssueFile(null, file))), said(file), name);
    }
  }).timeout(120_000);

  it('reads what is long in a time that goes with its length', () => {
    const many = 100_000;
    const blanks = ' '.repeat(many);
    const tabs = '\t '.repeat(many);
    const hashes = ' #'.repeat(many);
    const texts = [
      ...[`# a${blanks}b\n`, `# a${tabs}b\n`, `# a${hashes}b\n`, `# a${hashes}${blanks}#b\n`],
      ...[`---\ntitle: "a${blanks}b"\n---\nx\n`, `# a\n\n${blanks}x\n${blanks}\n`],
      `---\ntitle: a\nlabels: ["a${blanks.slice(0, 60_000)}b"]\n---\nx\n`,
      `# a\n\nx\n<!-- sluice:${'\\'.repeat(many)}\n/comment${blanks}x\n`,
      `# a\n\n${'<!-- sluice:'.repeat(many)}\n<!-- sluice:${'x'.repeat(many)} ->${blanks}\n`,
    ];
    for (const [at, text] of texts.entries()) {
      const began = performance.now();
      parseIssueFile(path, text);
      const tookMs = performance.now() - began;
      assert.ok(tookMs < 2_000, `text ${at} took ${Math.round(tookMs)} ms`);
    }
    const began = performance.now();
    canonicalTitle(`a${blanks}b\u0085${blanks}c`);
    assert.ok(performance.now() - began < 2_000);
  }).timeout(60_000);

  it('reads headings as Markdown does', () => {
    const titles = [
      '# a',
      '#\ta  ##  ',
      '   # a #',
      '# a#',
      '# a # b',
      '# #',
      '# \\# #',
      '#a',
      '#',
    ];
    assert.deepEqual(
      titles.map((text) => {
        const reading = parseIssueFile(path, `${text}\n`);
        return reading.kind === 'file' ? reading.file.fields.title : null;
      }),
      ['a', 'a', 'a', 'a#', 'a # b', '#', '\\#', null, null],
    );
    assert.equal(canonicalTitle(' a \r\n\n \u0085b\u2028 c  d '), 'a b c  d');
  });

  it('takes every change where it stands', () => {
    for (const { text } of corpus.filter(isDue).filter((file) => file.text.length < 20_000)) {
      const file = read(text);
      const change = (fields: Partial<IssueFile['fields']>): IssueFile => ({
        ...file,
        fields: canonicalFields({ ...file.fields, ...fields }),
      });
      checkPrint(text, change({ title: 'Another: "title" #1' }));
      checkPrint(text, change({ body: 'One\n\n---\n/comment\n```\n' }));
      checkPrint(text, change({ body: `${file.fields.body}\nmore` }));
      checkPrint(text, change({ body: '' }));
      checkPrint(text, change({ state: 'closed', reason: 'completed' }));
      checkPrint(text, change({ state: 'open' }));
      checkPrint(text, change({ labels: [...file.fields.labels, 'new, label', 'zebra'] }));
      checkPrint(text, change({ labels: file.fields.labels.slice(1) }));
      checkPrint(text, change({ labels: [], assignees: ['eve', 'ada'] }));
      checkPrint(text, change({ milestone: 'v2' }));
      checkPrint(text, change({ milestone: null }));
      const link = { id: 'I_2', number: 99, repository: 'acme/shop' };
      checkPrint(text, { ...file, link });
      const comment = { id: 500, author: 'eve', body: 'x', createdAtMs: 1e12, updatedAtMs: 1e12 };
      checkPrint(text, { ...file, comments: [...file.comments, comment], newComments: [] });
      checkPrint(text, { ...file, comments: [] });
    }
  }).timeout(120_000);

  it('keeps every other line when one thing changes', () => {
    const text = [
      '---',
      '# mine',
      'title:  "Search"   # spaces',
      'owner: &o ada # unknown',
      'labels:',
      '  - bug # seen twice',
      '  - ui',
      'copy: *o',
      '---',
      '',
      'First.',
      'Second.  ',
      '',
    ].join('\r\n');
    const file = read(text);
    const fields = {
      ...file.fields,
      title: 'Find',
      labels: ['bug', 'slow'],
      body: 'First.\nThird.',
    };
    const printed = printIssueFile(text, { ...file, fields });
    assert.deepEqual(printed.split('\r\n'), [
      '---',
      '# mine',
      'title:  "Find"   # spaces',
      'owner: &o ada # unknown',
      'labels:',
      '  - bug # seen twice',
      '  - slow',
      'copy: *o',
      '---',
      '',
      'First.',
      'Third.',
      '',
    ]);
  });

  it('says whatever fields it is given', () => {
    fc.assert(
      fc.property(
        anIssueFields,
        fc.uniqueArray(aComment, { selector: ({ id }) => id, maxLength: 4 }),
        fc.array(
          aText.filter((text) => text !== ''),
          { maxLength: 3 },
        ),
        fc.nat(corpus.length - 1),
        (fields, comments, newComments, at) => {
          const wanted: IssueFile = {
            ...{ path, fields, comments, newComments },
            link: { id: 'I_1', number: 7, repository: 'acme/shop' },
          };
          const printed = printIssueFile(null, wanted);
          assert.deepEqual(said(read(printed)), said(wanted));
          const { text = '' } = corpus[at] ?? {};
          if (text.length < 20_000) checkPrint(text, wanted);
          checkPrint(printed, read('# Other\n'));
        },
      ),
      { numRuns },
    );
  }).timeout(600_000);

  for (const { name, text, line } of hostileFiles) {
    it(`refuses ${name} in line ${line}`, () => {
      const reading = parseIssueFile(path, text);
      assert.equal(reading.kind, 'refused');
      assert.equal(
        reading.kind === 'refused' ? reading.refusal.line : 0,
        line,
        JSON.stringify(reading),
      );
      assert.equal(({} as { polluted?: true }).polluted, undefined);
    });
  }

  it('never throws, whatever it reads', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            '---\n',
            'title: x\n',
            '# a\n',
            '```\n',
            '/comment\n',
            '<!-- sluice:issue-sync/comments -->\n',
            '&a ',
            '*a\n',
            '- ',
            '[',
            ']',
            '{',
            '}',
            ': ',
            '\t',
            '\r',
            'é',
            '\ud800',
            '"',
            "'",
            '|\n',
            ' ',
            '!x ',
            '? ',
            '%',
            '\u0000',
          ),
          { maxLength: 30 },
        ),
        (parts) => {
          const text = parts.join('');
          const reading = parseIssueFile(path, text);
          if (reading.kind === 'file') {
            assert.equal(printIssueFile(text, reading.file), text);
            checkPrint(text, {
              ...reading.file,
              fields: { ...reading.file.fields, title: 'T', body: 'b' },
            });
          }
        },
      ),
      { numRuns: numRuns * 4 },
    );
  });
});

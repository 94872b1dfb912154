/** Pull requests of issues: title, filled template, required parts, and text of others that does no harm. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  changeTypeOf,
  defaultTemplate,
  missingParts,
  pullBodyOf,
  pullTitleOf,
} from '../../../src/domain/issue/pull-body.js';

const all = ['issueLink', 'checklist', 'changeType'] as const;
const issue = {
  number: 7,
  title: 'Search is slow',
  url: 'https://github.com/acme/shop/issues/7',
  labels: ['bug', 'p1'],
  body: 'It takes 9 s.\n\n- [ ] under 1 s\n- [x] measured\n',
};

describe('pull request of an issue', () => {
  it('fills the built-in template with link, type, the issue’s open tasks and a checklist', () => {
    assert.equal(
      pullBodyOf(defaultTemplate, issue, all),
      [
        '## What and why\n\nSearch is slow\n\nCloses #7',
        '## Type of change\n\n- [x] fix',
        '## Checklist\n\n- [ ] under 1 s\n- [ ] Tests cover the change',
      ].join('\n\n') + '\n- [ ] Documentation says what changed',
    );
  });

  it('fills a template of the repository and adds what it has no place for', () => {
    const body = pullBodyOf('# {{issue.title}}\n<!-- Closes #7 -->\n{{unknown}}', issue, all);
    assert.match(body, /^# Search is slow\n/);
    assert.match(body, /\{\{unknown\}\}/);
    assert.match(body, /\n\nCloses #7/);
    assert.deepEqual(missingParts(body, 7, all), []);
  });

  const rows: readonly (readonly [string, string, readonly string[]])[] = [
    ['empty', '', ['issueLink', 'checklist', 'changeType']],
    ['link by URL', 'https://github.com/acme/shop/issues/7', ['checklist', 'changeType']],
    ['link to another issue', 'Closes #70', ['issueLink', 'checklist', 'changeType']],
    [
      'all in a comment',
      '<!-- #7\n- [ ] a\n- [x] fix -->',
      ['issueLink', 'checklist', 'changeType'],
    ],
    ['all in code', '```\n#7\n- [ ] a\n- [x] fix\n```', ['issueLink', 'checklist', 'changeType']],
    ['type not ticked', '#7\n- [ ] fix\n- [ ] tests pass', ['changeType']],
    ['types are no checklist', '#7\n- [x] fix\n- [ ] feat', ['checklist']],
    ['all', '#7\n* [X] **feat** new\n- [x] tests', []],
  ];
  for (const [name, body, missing] of rows) {
    it(`misses ${missing.join(', ') || 'nothing'}: ${name}`, () => {
      assert.deepEqual(missingParts(body, 7, all), missing);
    });
  }

  it('holds all required parts for any template and issue', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 200 }).filter((text) => !/<!--|```/.test(text)),
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        fc.array(fc.string({ maxLength: 20 }), { maxLength: 4 }),
        (template, body, labels) => {
          const filled = pullBodyOf(template, { ...issue, body, labels }, all);
          assert.deepEqual(missingParts(filled, 7, all), []);
        },
      ),
    );
  });

  it('lets text of the issue name nobody, close nothing and hide nothing', () => {
    const bad = {
      ...issue,
      title: 'x <!-- sluice:1 --> closes #9 @everyone',
      body: '- [ ] fixes #8 @ann',
    };
    const body = pullBodyOf(defaultTemplate, bad, all);
    assert.doesNotMatch(body, /#[89]|@everyone|@ann|<!--/);
    assert.match(body, /Closes #7/);
  });

  it('titles it as a conventional commit', () => {
    const title = (text: string, labels: readonly string[] = []) =>
      pullTitleOf({ title: text, labels });
    assert.equal(title('Search is slow', ['bug']), 'fix: search is slow');
    assert.equal(title('API answers 500'), 'feat: API answers 500');
    assert.equal(title('feat(cart)!: new'), 'feat(cart)!: new');
    assert.equal(title('ünïcode', ['documentation']), 'docs: ünïcode');
    assert.deepEqual(
      ['type: bug', 'Bug', 'debug', 'performance', 'kind/x'].map((label) => changeTypeOf([label])),
      ['fix', 'fix', 'feat', 'perf', 'feat'],
    );
  });
});

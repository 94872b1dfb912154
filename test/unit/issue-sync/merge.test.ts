/** How two sides become one: laws that hold for any texts and names, and the table of policies. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  canonicalBody,
  canonicalFields,
  canonicalNames,
  canonicalTitle,
  changedFields,
  hostBody,
  markersIn,
  withField,
} from '../../../src/domain/issue-sync/canon.js';
import { leftOverMarker, mergeBody } from '../../../src/domain/issue-sync/merge-body.js';
import { type FieldsInput, mergeFields } from '../../../src/domain/issue-sync/merge-fields.js';
import { mergeSets } from '../../../src/domain/issue-sync/merge-sets.js';
import type { BaseRecord, IssueFields } from '../../../src/domain/issue-sync/shapes.js';
import { anIssueFields, aText } from './arbitrary.js';

const numRuns = process.env.SLUICE_TEST_FULL ? 50_000 : 1_000;
const many = { numRuns };
const ask = { title: 'ask', body: 'ask', milestone: 'ask' } as const;

/** Lines that are seldom the same, as people write them. */
const lines = fc.array(fc.integer({ min: 0, max: 60 }).map(String), { maxLength: 12 });
const body = lines.map((all) => all.join('\n'));
const names = fc.uniqueArray(fc.constantFrom('a', 'B', 'c', 'D', 'e'), { maxLength: 5 });

function recordOf(file: IssueFields, host: IssueFields = file): BaseRecord {
  return {
    ...{ version: 1, id: 'I_7', number: 7, path: 'issues/7.md', file, host, questions: {} },
    ...{ comments: [], updatedAtMs: 0, tombstone: null },
  };
}

function inputOf(base: BaseRecord | null, file: IssueFields, host: IssueFields): FieldsInput {
  return {
    ...{ base, file, host, policies: ask, answers: {}, refused: {} },
    ...{ fileAtMs: 1, hostAtMs: 2, nowMs: 3 },
  };
}

describe('canonical form', () => {
  it('is the same when taken twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), aText, (wild, text) => {
        for (const value of [
          wild,
          text,
          `${wild}\r\n${text}`,
          hostBody(text, ['<!-- sluice:x/1 -->']),
        ]) {
          assert.equal(canonicalBody(canonicalBody(value)), canonicalBody(value));
          assert.equal(canonicalTitle(canonicalTitle(value)), canonicalTitle(value));
          assert.deepEqual(
            canonicalNames(canonicalNames([value, wild])),
            canonicalNames([value, wild]),
          );
          assert.doesNotMatch(canonicalBody(value), /\r|^\s*\n|\n\s*$/);
        }
      }),
      many,
    );
  });

  it('leaves markers of ours at the end out, and writes them again', () => {
    const markers = ['<!-- sluice:issue-sync/new/0/issues/a.md -->', '<!-- sluice:other -->'];
    const written = hostBody('Text\n\nmore', markers);
    assert.equal(canonicalBody(written), 'Text\n\nmore');
    assert.deepEqual(markersIn(written), markers);
    assert.equal(canonicalBody(`a\n${markers[0]}\nb`), `a\n${markers[0]}\nb`);
  });

  it('compares names without case and keeps their letters', () => {
    assert.deepEqual(canonicalNames(['ui', 'Bug', 'bug', ' UI ']), ['Bug', 'ui']);
  });
});

describe('merge of bodies', () => {
  it('takes the one side that changed, and what both say', () => {
    fc.assert(
      fc.property(body, body, (base, other) => {
        for (const merged of [mergeBody(base, other, base), mergeBody(base, base, other)]) {
          assert.ok(merged.isClean);
          assert.equal(merged.text('file'), other);
        }
        assert.equal(mergeBody(base, other, other).text('github'), other);
        assert.equal(mergeBody(null, other, other).text('github'), other);
      }),
      many,
    );
  });

  it('does not mind which side is which', () => {
    fc.assert(
      fc.property(body, body, body, (base, file, github) => {
        const one = mergeBody(base, file, github);
        const other = mergeBody(base, github, file);
        assert.equal(one.isClean, other.isClean);
        assert.equal(one.text('file'), other.text('github'));
        assert.equal(one.leftOut('file'), other.leftOut('github'));
      }),
      many,
    );
  });

  it('keeps every line that a side put in, in the text or in the conflict', () => {
    fc.assert(
      fc.property(lines, fc.nat(12), fc.nat(12), (base, at, other) => {
        const [file, github] = [base.toSpliced(at, 0, 'ours'), base.toSpliced(other, 1, 'theirs')];
        const merged = mergeBody(base.join('\n'), file.join('\n'), github.join('\n'));
        const text = merged.isClean ? merged.text('file') : merged.conflictText();
        assert.match(text, /^ours$/m);
        assert.match(text, /^theirs$/m);
        assert.equal(leftOverMarker(text) !== null, !merged.isClean);
      }),
      many,
    );
  });

  it('comes to the same when one side has the merge already', () => {
    fc.assert(
      fc.property(lines, fc.nat(12), fc.nat(12), (base, at, other) => {
        const [file, github] = [base.toSpliced(at, 0, 'ours'), base.toSpliced(other, 1, 'theirs')];
        const [o, f, g] = [base, file, github].map((all) => all.join('\n')) as [
          string,
          string,
          string,
        ];
        const merged = mergeBody(o, f, g);
        if (!merged.isClean) return;
        const again = mergeBody(o, f, merged.text('file'));
        assert.ok(again.isClean);
        assert.equal(again.text('github'), merged.text('file'));
      }),
      many,
    );
  });

  it('merges lines apart, asks about the same one, and shows what was there', () => {
    assert.equal(mergeBody('a\nb\nc\nd', 'A\nb\nc\nd', 'a\nb\nc\nD').text('file'), 'A\nb\nc\nD');
    const merged = mergeBody('a\nb\nc', 'a\nX\nc', 'a\nY\nc');
    assert.equal(
      merged.conflictText(),
      'a\n<<<<<<< file\nX\n||||||| before\nb\n=======\nY\n>>>>>>> github\nc',
    );
    assert.deepEqual([merged.text('file'), merged.leftOut('file')], ['a\nX\nc', 'Y']);
    assert.equal(
      mergeBody(null, 'a\nX', 'a\nY').conflictText(),
      'a\n<<<<<<< file\nX\n=======\nY\n>>>>>>> github',
    );
  });

  it('is quick with a megabyte on each side', () => {
    const long = Array.from({ length: 30_000 }, (_, at) => `line ${at % 50}`);
    const [file, github] = [long.toSpliced(10, 1, 'ours'), long.toSpliced(29_000, 1, 'theirs')];
    const merged = mergeBody(long.join('\n'), file.join('\n'), github.join('\n'));
    const text = merged.isClean ? merged.text('file') : merged.conflictText();
    assert.match(text, /^ours$/m);
    assert.match(text, /^theirs$/m);
  }).timeout(30_000);

  it('finds markers that were left, and no others', () => {
    assert.equal(leftOverMarker('a\n<<<<<<< file\nx\n=======\ny\n>>>>>>> github'), 2);
    assert.equal(leftOverMarker('<<<<<<< ours\nx\n=======\ny\n>>>>>>> theirs'), null);
    assert.equal(leftOverMarker('>>>>>>> github\n<<<<<<< file'), null);
  });
});

describe('merge of sets', () => {
  it('has what either side added, without what either took away, and never a conflict', () => {
    fc.assert(
      fc.property(names, names, names, (base, file, host) => {
        const merged = mergeSets({ file: base, host: base }, { file, host });
        const has = (all: readonly string[], name: string) => all.includes(name);
        const expected = ['a', 'B', 'c', 'D', 'e'].filter((name) =>
          has(base, name) ? has(file, name) && has(host, name) : has(file, name) || has(host, name),
        );
        assert.deepEqual(merged.file, canonicalNames(expected));
        assert.deepEqual(merged.host, canonicalNames(expected));
      }),
      many,
    );
  });

  it('does not ask again for what was refused', () => {
    const merged = mergeSets(
      { file: ['a', 'nobody'], host: ['a'] },
      { file: ['a', 'nobody'], host: ['a', 'b'] },
    );
    assert.deepEqual(merged, { file: ['a', 'b', 'nobody'], host: ['a', 'b'] });
  });
});

describe('merge of fields', () => {
  it('does nothing where nothing changed, and takes what one side changed', () => {
    fc.assert(
      fc.property(anIssueFields, anIssueFields, (base, other) => {
        const still = mergeFields(inputOf(recordOf(base), base, base));
        assert.deepEqual([still.file, still.host], [base, base]);
        const changed = {
          ...other,
          reason: other.state === base.state ? base.reason : other.reason,
        };
        const fromHost = mergeFields(inputOf(recordOf(base), base, changed));
        assert.deepEqual(changedFields(fromHost.file, fromHost.host), []);
        assert.equal(fromHost.file.body, changed.body);
        assert.equal(fromHost.file.title, changed.title);
        assert.equal(fromHost.file.state, changed.state);
        const fromFile = mergeFields(inputOf(recordOf(base), changed, base));
        assert.equal(fromFile.host.title, changed.title);
        assert.equal(fromFile.host.state, changed.state);
      }),
      many,
    );
  });

  const base = canonicalFields({
    ...{
      title: 'T',
      body: 'a\nb',
      state: 'open',
      reason: null,
      labels: [],
      assignees: [],
      milestone: null,
    },
  });
  const [file, host] = [
    { ...base, title: 'F', body: 'a\nfile', milestone: 'v1' },
    { ...base, title: 'G', body: 'a\nhost', milestone: 'v2' },
  ];
  const single = ['title', 'body', 'milestone'] as const;

  for (const [policy, times, expected] of [
    ['ask', [1, 2], 'both'],
    ['github', [2, 1], 'host'],
    ['file', [1, 2], 'file'],
    ['newest', [2, 1], 'file'],
    ['newest', [1, 2], 'host'],
    ['newest', [1, 1], 'host'],
    ['both-as-comment', [2, 1], 'host'],
  ] as const) {
    it(`${policy} with the file at ${times[0]} and GitHub at ${times[1]}: ${expected}`, () => {
      const policies = { title: policy, body: policy, milestone: policy };
      const input = inputOf(recordOf(base), file, host);
      const plan = mergeFields({ ...input, policies, fileAtMs: times[0], hostAtMs: times[1] });
      for (const name of single) {
        const taken = expected === 'host' ? host : file;
        assert.equal(plan.file[name], taken[name]);
        assert.equal(plan.host[name], expected === 'both' ? host[name] : taken[name]);
        const made = plan.plans.find((each) => each.name === name);
        assert.equal(made?.question?.kind ?? null, expected === 'both' ? 'conflict' : null);
        assert.equal(made?.conflict === null, expected !== 'both');
        assert.equal(made?.isForComment, policy === 'both-as-comment');
        if (expected !== 'both') {
          const left =
            name === 'body'
              ? expected === 'host'
                ? 'file'
                : 'host'
              : (expected === 'host' ? file : host)[name];
          assert.equal(made?.passedOver?.text, left);
        }
      }
    });
  }

  it('settles a conflict when both sides say the same, or one goes back', () => {
    const question = { kind: 'conflict', sinceMs: 0, pull: 9, before: 'T' } as const;
    const asked = { ...recordOf(file, host), questions: { title: question } };
    const still = mergeFields(inputOf(asked, file, host));
    assert.deepEqual(still.plans[0]?.question, question);
    const moved = mergeFields(inputOf(asked, file, { ...host, title: 'G2' }));
    assert.deepEqual(moved.plans[0]?.question, question);
    const same = mergeFields(inputOf(asked, { ...file, title: 'G' }, host));
    assert.equal(same.plans[0]?.question, null);
    const back = mergeFields(inputOf(asked, file, { ...host, title: 'T' }));
    assert.deepEqual([back.host.title, back.plans[0]?.question], ['F', null]);
  });

  it('takes an answer only for what it was given to', () => {
    const question = { kind: 'conflict', sinceMs: 0, pull: null, before: 'T' } as const;
    const asked = { ...recordOf(file, host), questions: { title: question } };
    const answers = { title: { take: 'file' } } as const;
    assert.equal(mergeFields({ ...inputOf(asked, file, host), answers }).host.title, 'F');
    const late = mergeFields({ ...inputOf(asked, file, { ...host, title: 'G2' }), answers });
    assert.deepEqual([late.host.title, late.plans[0]?.question?.kind], ['G2', 'conflict']);
    const text = { body: { take: 'text', text: 'a\nboth' } } as const;
    const before = {
      ...recordOf(file, host),
      questions: { body: { ...question, before: 'a\nb' } },
    };
    const grown = { ...host, body: 'new\na\nhost' };
    const merged = mergeFields({ ...inputOf(before, file, grown), answers: text });
    assert.equal(merged.host.body, 'new\na\nboth');
  });

  it('keeps what the host refused in the file, and asks for it no second time', () => {
    const wanted = { ...base, assignees: ['nobody'], milestone: 'v9' };
    const refused = { assignees: 'no such login', milestone: 'no such milestone' };
    const first = mergeFields({ ...inputOf(recordOf(base), wanted, base), refused });
    assert.deepEqual([first.file, first.host], [wanted, base]);
    const questions = Object.fromEntries(
      first.plans.flatMap(({ name, question }) => (question ? [[name, question]] : [])),
    );
    const record = { ...recordOf(wanted, base), questions };
    const second = mergeFields(inputOf(record, wanted, base));
    assert.deepEqual([second.file, second.host], [wanted, base]);
    const more = mergeFields(inputOf(record, wanted, { ...base, assignees: ['ada'] }));
    assert.deepEqual([more.file.assignees, more.host.assignees], [['ada', 'nobody'], ['ada']]);
    const other = mergeFields(inputOf(record, { ...wanted, milestone: 'v1' }, base));
    assert.equal(other.host.milestone, 'v1');
  });

  it('lets GitHub say the reason where both closed, and the file where GitHub says none', () => {
    const closed = (reason: IssueFields['reason']): IssueFields => ({
      ...base,
      state: 'closed',
      reason,
    });
    const reasonOf = (f: IssueFields, g: IssueFields) =>
      mergeFields(inputOf(recordOf(base), f, g)).file.reason;
    assert.equal(reasonOf(closed('completed'), closed('not_planned')), 'not_planned');
    assert.equal(reasonOf(closed(null), closed('completed')), 'completed');
    assert.equal(reasonOf(closed('duplicate'), closed(null)), 'duplicate');
    const reopened = mergeFields(inputOf(recordOf(closed('completed')), base, closed('completed')));
    assert.deepEqual([reopened.host.state, reopened.host.reason], ['open', null]);
  });

  it('refuses what GitHub cannot hold without asking it', () => {
    const long = withField(base, 'body', 'x'.repeat(70_000));
    const plan = mergeFields(inputOf(recordOf(base), long, base));
    assert.equal(plan.host.body, base.body);
    assert.equal(plan.plans.find(({ name }) => name === 'body')?.question?.kind, 'refused');
  });

  it('holds a text with markers that somebody left in it', () => {
    const marked = withField(base, 'body', 'a\n<<<<<<< file\nx\n=======\ny\n>>>>>>> github');
    const plan = mergeFields(inputOf(recordOf(base), marked, base));
    assert.equal(plan.host.body, base.body);
    assert.match(plan.plans.find(({ name }) => name === 'body')?.trouble ?? '', /line 2/);
  });

  it('takes no markers that came into the file after an answer was given, whatever it says', () => {
    const markers = 'a\n<<<<<<< file\nx\n=======\ny\n>>>>>>> github';
    const [file, host] = ['x', 'y'].map((text) => withField(base, 'body', text)) as [
      IssueFields,
      IssueFields,
    ];
    const question = { kind: 'conflict', sinceMs: 1, pull: 3, before: 'z' } as const;
    const known = { ...recordOf(file, host), questions: { body: question } };
    const marked = withField(base, 'body', `x\n${markers}`);
    for (const answer of [{ take: 'file' }, { take: 'text', text: 'x' }] as const) {
      const plan = mergeFields({ ...inputOf(known, marked, host), answers: { body: answer } });
      assert.equal(plan.host.body, 'y');
      assert.match(plan.plans.find(({ name }) => name === 'body')?.trouble ?? '', /line 3/);
    }
    const said = { body: { take: 'text', text: markers } } as const;
    const plan = mergeFields({ ...inputOf(known, file, host), answers: said });
    assert.equal(plan.host.body, markers, 'an issue may well speak of them');
  });
});

/** What the sync remembers and tells: records, the audit trail, names of files, and edits that its own writes hid. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type AuditCommit,
  explainIssue,
  parseAudit,
  printAudit,
  replayTrail,
} from '../../../src/domain/issue-sync/audit.js';
import { canonicalFields } from '../../../src/domain/issue-sync/canon.js';
import { fileNameOf, movedPath } from '../../../src/domain/issue-sync/file-name.js';
import { closeGap } from '../../../src/domain/issue-sync/gap.js';
import { linkedNumber, linkedNumberInLines } from '../../../src/domain/issue-sync/linked-file.js';
import { newIssueMarker, shortHash } from '../../../src/domain/issue-sync/markers.js';
import {
  parseRecord,
  parseState,
  printRecord,
  recordNumber,
  recordPath,
} from '../../../src/domain/issue-sync/record.js';
import { syncPolicySchema } from '../../../src/domain/issue-sync/schema.js';
import type {
  BaseRecord,
  HostIssue,
  IssueFields,
  IssueHistory,
} from '../../../src/domain/issue-sync/shapes.js';
import { aComment, anIssueFields } from './arbitrary.js';

const numRuns = process.env.SLUICE_TEST_FULL ? 20_000 : 500;
const fields = canonicalFields({
  ...{ title: 'T', body: 'a\nb\nc', state: 'open', reason: null },
  ...{ labels: [], assignees: [], milestone: null },
});

function recordOf(number: number, more: Partial<BaseRecord> = {}): BaseRecord {
  return {
    ...{ version: 1, id: `I_${number}`, number, path: null, file: fields, host: fields },
    ...{ questions: {}, comments: [], updatedAtMs: 0, tombstone: null },
    ...more,
  };
}

describe('record of the base', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(
        anIssueFields,
        anIssueFields,
        aComment,
        fc.integer({ min: 1, max: 1e9 }),
        (file, host, comment, number) => {
          const record = recordOf(number, { file, host, comments: [comment] });
          const text = printRecord(record);
          assert.deepEqual(parseRecord(recordPath(number), text), record);
          assert.equal(printRecord(parseRecord(recordPath(number), text)), text);
          assert.equal(recordNumber(recordPath(number)), number);
        },
      ),
      { numRuns },
    );
  });

  it('is refused when somebody else wrote it', () => {
    for (const text of ['', 'x', '[]', '{}', '{"version":2}', printRecord(recordOf(8))]) {
      assert.throws(() => parseRecord(recordPath(7), text), { code: 'InvalidInput' });
    }
    assert.throws(() => parseState('{"version":1}'), { code: 'InvalidInput' });
    assert.equal(recordNumber('issues/1/7.json'), null);
  });
});

const anEntry = fc.record(
  {
    number: fc.integer({ min: 1, max: 1e6 }),
    changes: fc.array(
      fc.record(
        {
          field: fc.constantFrom('title', 'body', 'labels', 'comments', 'path', 'issue'),
          how: fc.constantFrom('file', 'github', 'merged', 'chosen', 'open'),
        },
        { noNullPrototype: true },
      ),
      { maxLength: 4 },
    ),
    actor: fc.constantFrom(null, 'ada', 'Ada L. <ada@example.org>', 'x\nSync-Issue: 9'),
    event: fc.constantFrom(null, 'delivery 123', 'commit abc'),
    before: fc.constantFrom(null, 'abc'),
    after: fc.constantFrom(null, 'def'),
  },
  { noNullPrototype: true },
);

describe('audit trail', () => {
  it('says in trailers what it was told, whatever a name tries', () => {
    fc.assert(
      fc.property(
        fc.array(anEntry as fc.Arbitrary<AuditCommit['entries'][number]>, { maxLength: 5 }),
        (entries) => {
          const commit = { run: 'run-1', policy: 'v1', cause: 'a push: x\ny', entries };
          const read = parseAudit(printAudit(commit));
          const flat = entries.map((entry) => ({
            ...entry,
            actor: entry.actor?.replace(/\s+/g, ' ') ?? null,
          }));
          assert.deepEqual(read, { ...commit, cause: 'a push: x y', entries: flat });
        },
      ),
      { numRuns },
    );
    assert.equal(parseAudit('Fix a typo\n\nSigned-off-by: Ada'), null);
  });

  it('tells who changed which field from which side by which event', () => {
    const change = { field: 'title', how: 'github' } as const;
    const entry = {
      number: 7,
      changes: [change],
      actor: 'ada',
      event: 'delivery 1',
      before: null,
      after: 'x',
    };
    const message = printAudit({
      run: 'r',
      policy: 'v',
      cause: 'a webhook',
      entries: [entry, { ...entry, number: 8 }],
    });
    assert.match(message, /^Settle #7, #8\n\n#7 title: from GitHub, by ada\n/);
    assert.deepEqual(explainIssue(7, [{ sha: 'abc', atMs: 5, message }]), [
      { ...change, actor: 'ada', event: 'delivery 1', cause: 'a webhook', sha: 'abc', atMs: 5 },
    ]);
    assert.deepEqual(explainIssue(9, [{ sha: 'abc', atMs: 5, message }]), []);
  });

  it('finds a write that no message tells of', () => {
    const text = printRecord(recordOf(7));
    const entry = {
      number: 7,
      changes: [],
      actor: null,
      event: null,
      before: null,
      after: shortHash(text),
    };
    const message = printAudit({ run: 'r', policy: 'v', cause: 'c', entries: [entry] });
    const step = { sha: '1', message, writes: [{ path: recordPath(7), text }] };
    assert.deepEqual(replayTrail([step], shortHash), {
      files: new Map([[recordPath(7), text]]),
      faults: [],
    });
    const forged = { ...step, writes: [{ path: recordPath(7), text: `${text} ` }] };
    assert.equal(replayTrail([forged], shortHash).faults.length, 1);
    assert.equal(replayTrail([{ ...step, writes: [] }], shortHash).faults.length, 1);
    assert.equal(replayTrail([{ ...step, message: 'Mend by hand' }], shortHash).faults.length, 1);
  });
});

describe('name of a file', () => {
  it('is made of the number and the title, and stays where somebody put it', () => {
    assert.equal(fileNameOf(7, 'Größe: „naïve“!'), '007-grosse-naive.md');
    assert.equal(fileNameOf(1234, '検索'), '1234.md');
    const place = { folder: 'issues', archive: 'issues/archive', names: 'follow' } as const;
    const open = { number: 7, title: 'A', isClosed: false };
    const closed = { ...open, isClosed: true };
    const free = (): boolean => false;
    assert.equal(
      movedPath(place, 'issues/007-a.md', open, closed, free),
      'issues/archive/007-a.md',
    );
    assert.equal(
      movedPath(place, 'issues/archive/007-a.md', closed, open, free),
      'issues/007-a.md',
    );
    assert.equal(
      movedPath(place, 'issues/deep/007-a.md', closed, open, free),
      'issues/deep/007-a.md',
    );
    assert.equal(
      movedPath({ ...place, archive: false }, 'issues/007-a.md', open, closed, free),
      'issues/007-a.md',
    );
    const retitled = { ...open, title: 'B' };
    assert.equal(
      movedPath(place, 'issues/deep/007-a.md', open, retitled, free),
      'issues/deep/007-b.md',
    );
    assert.equal(movedPath(place, 'issues/mine.md', open, retitled, free), 'issues/mine.md');
    assert.equal(movedPath(place, 'issues/new.md', null, open, free), 'issues/007-a.md');
  });

  it('makes a marker of any path', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.stringMatching(/^[0-9a-f]{1,12}$/),
        (path, epoch) => {
          assert.match(
            newIssueMarker(path, epoch),
            /^<!-- sluice:issue-sync\/new\/[0-9a-f]+\/.* -->$/,
          );
        },
      ),
      { numRuns },
    );
  });

  it('is told by its lines where it cannot be read', () => {
    const broken = '---\ntitle: [\ngithub: {id: I, number: 7}\n---\n';
    assert.deepEqual([linkedNumber(broken), linkedNumberInLines(broken)], [null, 7]);
    assert.equal(linkedNumberInLines('<<<<<<< file\r\ngithub:\r\n  id: I\r\n  number: 7\r\n'), 7);
    assert.equal(linkedNumberInLines('github:\n  id: I\nnumber: 7\n'), null);
    const fromMs = Date.now();
    linkedNumberInLines(`github:\n${`${' '.repeat(50)}\n`.repeat(1_000)}`);
    assert.ok(Date.now() - fromMs < 1_000);
  });
});

describe('gap between reading and writing', () => {
  const ours = 'sluice[bot]';
  const file = { ...fields, body: 'a\nb\nc\nfile' };

  function gapOf(
    now: Partial<IssueFields>,
    history: Partial<IssueHistory>,
    wanted: IssueFields = file,
  ) {
    const host: HostIssue = {
      ...{ kind: 'issue', id: 'I_7', number: 7, fields: { ...fields, ...now }, markers: [] },
      ...{ author: 'ada', createdAtMs: 0, updatedAtMs: 9, commentCount: 0, url: '' },
    };
    const link = { id: 'I_7', number: 7, repository: 'acme/shop' };
    const issueFile = {
      path: 'issues/007-t.md',
      link,
      fields: wanted,
      comments: [],
      newComments: [],
    };
    return closeGap(
      {
        ...{ repository: 'acme/shop', base: recordOf(7, { path: issueFile.path }), host },
        ...{ file: { file: issueFile, text: '', atMs: 1 }, comments: null, answers: {} },
        ...{ policy: syncPolicySchema.parse({}), deletedFile: null, refused: {}, madeOf: null },
        ...{ posted: [], isHostOnly: false, epoch: '1', nowMs: 9 },
        isTaken: () => false,
      },
      { bodies: [], titles: [], milestones: [], states: [], ...history },
      (login) => login === ours,
    );
  }

  const edit = (editor: string, text: string, atMs: number) => ({ editor, text, atMs });
  const read = edit('ada', 'a\nb\nc', 0);
  const wrote = edit(ours, 'a\nb\nc\nfile', 3);

  it('is none where nobody came between', () => {
    assert.equal(gapOf({ body: file.body }, { bodies: [read, wrote] }), null);
    const seen = edit('bob', 'bob\na\nb\nc', 2);
    const merged = edit(ours, 'bob\na\nb\nc\nfile', 3);
    assert.equal(gapOf({ body: merged.text }, { bodies: [read, seen, merged] }), null);
  });

  it('merges the text that was hidden, and those that were written after', () => {
    const hidden = edit('bob', 'bob\na\nb\nc', 2);
    assert.equal(
      gapOf({ body: file.body }, { bodies: [read, hidden, wrote] })?.body,
      'bob\na\nb\nc\nfile',
    );
    const later = edit('eve', 'a\nb\nc\nfile\neve', 4);
    assert.equal(
      gapOf({ body: later.text }, { bodies: [read, hidden, wrote, later] })?.body,
      'bob\na\nb\nc\nfile\neve',
    );
    const mended = edit(ours, 'bob\na\nb\nc\nfile', 5);
    assert.equal(gapOf({ body: mended.text }, { bodies: [read, hidden, wrote, mended] }), null);
  });

  it('is closed once, also where the write that closed it hid another one', () => {
    const texts = [
      ...[read, edit('bob', 'b\nc', 1), wrote, edit(ours, 'b\nc\nfile', 3)],
      ...[edit('bob', 'new', 4), edit(ours, 'b\nc\nfile\nnew', 5)],
      ...[edit('eve', 'b\nc\nfile\nnew eve', 6), edit(ours, 'new', 7)],
    ];
    const body = 'b\nc\nfile\nnew eve';
    assert.equal(gapOf({ body }, { bodies: [...texts, edit(ours, body, 8)] }), null);
  });

  it('leaves what it put back beside what that hid: the file has neither', () => {
    const texts = [read, edit('bob', 'bob', 2), edit(ours, 'file', 3)];
    const inFile = { ...fields, body: 'file' };
    assert.equal(gapOf({ body: 'file' }, { bodies: texts }, inFile)?.body, 'bob');
    const later = [...texts, edit('eve', 'file\neve', 4), edit(ours, 'bob', 5)];
    assert.equal(gapOf({ body: 'bob' }, { bodies: later }, inFile)?.body, 'bob\nfile\neve');
  });

  it('leaves what it put back also where the file and that text would come to the same', () => {
    const [inFile, put] = ['file\na\nb\nc', 'file\na\nb\nbob'];
    const texts = [
      ...[read, edit('bob', 'a\nb\nbob', 2), edit(ours, inFile, 3)],
      ...[edit('eve', `${inFile}\neve`, 4), edit(ours, put, 5)],
    ];
    const wanted = { ...fields, body: inFile };
    assert.match(gapOf({ body: put }, { bodies: texts }, wanted)?.body ?? '', /bob[^]*eve/);
  });

  it('puts a hidden title back, so that somebody is asked', () => {
    const titled = { ...fields, title: 'File' };
    const titles = [
      { actor: 'bob', atMs: 2, from: 'T', to: 'Bob' },
      { actor: ours, atMs: 3, from: 'Bob', to: 'File' },
    ];
    assert.equal(gapOf({ title: 'File' }, { titles }, titled)?.title, 'Bob');
    const plain = [{ actor: ours, atMs: 3, from: 'T', to: 'File' }];
    assert.equal(gapOf({ title: 'File' }, { titles: plain }, titled), null);
  });

  it('keeps a milestone and a state that it hid, and puts nothing back twice', () => {
    const inFile = { ...fields, milestone: '1.0' };
    const set = { actor: 'bob', atMs: 2, from: null, to: '2.0' };
    const over = { actor: ours, atMs: 3, from: '2.0', to: '1.0' };
    const hid = { milestones: [set, over] };
    assert.equal(gapOf({ milestone: '1.0' }, hid, inFile)?.milestone, '2.0');
    const back = { actor: ours, atMs: 3, from: '1.0', to: '2.0' };
    assert.equal(gapOf({ milestone: '2.0' }, { milestones: [set, over, back] }, inFile), null);
    const later = { ...back, actor: 'eve', from: '1.0', to: '3.0' };
    assert.equal(gapOf({ milestone: '3.0' }, { milestones: [set, over, later] }, inFile), null);

    const done = { state: 'closed', reason: 'completed' } as const;
    const planned = { state: 'closed', reason: 'not_planned' } as const;
    const duplicate = { state: 'closed', reason: 'duplicate' } as const;
    const open = { state: 'open', reason: null } as const;
    const said = { actor: 'bob', atMs: 2, from: open, to: duplicate };
    const closed = { actor: ours, atMs: 3, from: duplicate, to: planned };
    const change = gapOf(planned, { states: [said, closed] }, { ...fields, ...planned });
    assert.deepEqual([change?.state, change?.reason], ['closed', 'duplicate']);
    // Nobody said a reason, and the host keeps none away: there is nothing to put back.
    const unsaid = { state: 'closed', reason: null } as const;
    const states = [
      { actor: 'bob', atMs: 2, from: open, to: unsaid },
      { actor: ours, atMs: 3, from: unsaid, to: done },
    ];
    assert.equal(gapOf(done, { states }, { ...fields, ...unsaid }), null);
    assert.equal(
      gapOf(done, { states: [{ ...said, actor: ours, to: done }] }, { ...fields, ...done }),
      null,
    );
  });
});

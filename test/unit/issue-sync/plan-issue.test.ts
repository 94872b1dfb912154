/** What is done about one issue in each case that the table names: new, deleted, moved, renamed, closed, refused, commented. */
import assert from 'node:assert/strict';
import { canonicalFields } from '../../../src/domain/issue-sync/canon.js';
import { parseIssueFile, printIssueFile } from '../../../src/domain/issue-sync/issue-file.js';
import type { IssueInput, IssuePlan } from '../../../src/domain/issue-sync/issue-plan.js';
import { planIssue } from '../../../src/domain/issue-sync/plan-issue.js';
import { syncPolicySchema } from '../../../src/domain/issue-sync/schema.js';
import type {
  BaseRecord,
  HostIssue,
  IssueComment,
  IssueFields,
} from '../../../src/domain/issue-sync/shapes.js';

const base = canonicalFields({
  ...{ title: 'Search is slow', body: 'one\ntwo\nthree', state: 'open', reason: null },
  ...{ labels: ['bug'], assignees: [], milestone: null },
});
const link = { id: 'I_7', number: 7, repository: 'acme/shop' };
const path = 'issues/007-search-is-slow.md';
const ada: IssueComment = {
  id: 1,
  author: 'ada',
  body: 'hi',
  createdAtMs: 1000,
  updatedAtMs: 1000,
};

function hostOf(fields: IssueFields = base, more: Partial<HostIssue> = {}): HostIssue {
  return {
    ...{ kind: 'issue', id: 'I_7', number: 7, fields, markers: [], author: 'ada' },
    ...{ createdAtMs: 1, updatedAtMs: 2, commentCount: 0, url: '' },
    ...more,
  };
}

function fileOf(text: string, at = path): NonNullable<IssueInput['file']> {
  const reading = parseIssueFile(at, text);
  assert.equal(reading.kind, 'file', JSON.stringify(reading));
  return {
    file: (reading as { file: NonNullable<IssueInput['file']>['file'] }).file,
    text,
    atMs: 5,
  };
}

function textOf(fields: IssueFields = base, comments: readonly IssueComment[] = []): string {
  return printIssueFile(null, { link, fields, comments, newComments: [] });
}

const record: BaseRecord = {
  ...{ version: 1, id: 'I_7', number: 7, path, file: base, host: base, questions: {} },
  ...{ comments: [], updatedAtMs: 1, tombstone: null },
};

function plan(input: Partial<IssueInput>): IssuePlan {
  return planIssue({
    ...{ repository: 'acme/shop', base: record, file: fileOf(textOf()), host: hostOf() },
    ...{ comments: null, policy: syncPolicySchema.parse({}), answers: {}, deletedFile: null },
    ...{ refused: {}, madeOf: null, posted: [], isHostOnly: false, epoch: '3', nowMs: 9 },
    isTaken: () => false,
    ...input,
  });
}

function recordOf(made: IssuePlan): BaseRecord {
  assert.ok(made.record !== null && made.record !== 'remove', JSON.stringify(made));
  return made.record;
}

describe('plan of an issue', () => {
  it('is nothing where nothing changed', () => {
    const made = plan({});
    assert.deepEqual([made.host, made.files, made.record, made.comments], [null, [], null, []]);
  });

  it('writes the file in place when the issue changed, and says what it did', () => {
    const text = `---\n# ours\ntitle:   Search is slow\nlabels: [bug] # one\nowner: ada\ngithub: {id: I_7, number: 7, repo: acme/shop}\n---\none\ntwo\nthree\n`;
    const made = plan({ file: fileOf(text), host: hostOf({ ...base, labels: ['bug', 'p1'] }) });
    assert.deepEqual(made.files, [{ path, text: text.replace('[bug]', '[bug, p1]') }]);
    assert.deepEqual(made.changes, [{ field: 'labels', how: 'github', passedOver: null }]);
    assert.equal(made.host, null);
    assert.equal(made.isFromFile, false);
  });

  it('writes the issue first when the file changed, and settles after', () => {
    const file = fileOf(textOf({ ...base, body: 'one\ntwo\nthree\nfour', labels: [] }));
    const markers = ['<!-- sluice:other -->'];
    const first = plan({ file, host: hostOf(base, { markers }) });
    assert.deepEqual(first.host, {
      ...{ number: 7, id: 'I_7', removeLabels: ['bug'] },
      body: 'one\ntwo\nthree\nfour\n\n<!-- sluice:other -->',
    });
    assert.deepEqual([first.files, first.record, first.isFromFile], [[], null, true]);
    const second = plan({ file, host: hostOf(file.file.fields, { markers }) });
    assert.deepEqual([second.host, second.files], [null, []]);
    assert.deepEqual(recordOf(second).file, file.file.fields);
  });

  it('merges both sides and asks only about what both wrote', () => {
    const file = fileOf(
      textOf({ ...base, title: 'F', body: 'ONE\ntwo\nthree', labels: ['bug', 'f'] }),
    );
    const host = hostOf({ ...base, title: 'G', body: 'one\ntwo\nTHREE', labels: ['g'] });
    const first = plan({ file, host });
    assert.deepEqual(first.host?.body, 'ONE\ntwo\nTHREE');
    assert.deepEqual(first.host?.addLabels, ['f']);
    assert.equal(first.host?.title, undefined);
    const fields = { ...host.fields, body: 'ONE\ntwo\nTHREE', labels: ['f', 'g'] };
    const second = plan({ file, host: hostOf(fields) });
    assert.equal(second.host, null);
    const kept = recordOf(second);
    assert.deepEqual(kept.questions.title, {
      kind: 'conflict',
      sinceMs: 9,
      pull: null,
      before: base.title,
    });
    assert.deepEqual([kept.file.title, kept.host.title], ['F', 'G']);
    assert.deepEqual(
      second.waits.map(({ kind, field }) => [kind, field]),
      [['conflict', 'title']],
    );
    assert.match(
      second.conflict?.text ?? '',
      /<<<<<<< file\ntitle: F\n=======\ntitle: G\n>>>>>>> github/,
    );
    assert.equal(second.conflict?.isChanged, true);
    const written = fileOf(second.files.at(-1)?.text ?? '', kept.path ?? '');
    const third = plan({ base: kept, file: written, host: hostOf(fields) });
    assert.deepEqual([third.host, third.files, third.record], [null, [], null]);
    assert.equal(third.conflict?.isChanged, false);
  });

  it('makes an issue of a new file once, and gives the file its link and name', () => {
    const file = fileOf('# A new one\n\nText.\n', 'issues/idea.md');
    const first = plan({ base: null, host: null, file });
    assert.equal(first.create?.marker, '<!-- sluice:issue-sync/new/3/issues/idea.md -->');
    assert.deepEqual([first.create?.title, first.create?.body], ['A new one', 'Text.']);
    const host = hostOf({ ...file.file.fields }, { markers: [first.create?.marker ?? ''] });
    const second = plan({ base: null, host, file, madeOf: file.file.fields });
    assert.deepEqual(second.files, [
      { path: 'issues/idea.md', text: null },
      {
        path: 'issues/007-a-new-one.md',
        text: '---\ngithub: {id: I_7, number: 7, repo: acme/shop}\n---\n\n# A new one\n\nText.\n',
      },
    ]);
  });

  it('makes a file of a new issue, archived when it is closed', () => {
    const open = plan({ base: null, file: null });
    assert.deepEqual(open.files, [{ path, text: textOf() }]);
    const closed = hostOf({ ...base, state: 'closed', reason: 'completed' });
    const made = plan({ base: null, file: null, host: closed });
    assert.equal(made.files[0]?.path, 'issues/archive/007-search-is-slow.md');
    assert.equal(recordOf(made).path, made.files[0]?.path);
  });

  it('does not touch two sides that are linked and differ without a base, but asks', () => {
    const made = plan({ base: null, host: hostOf({ ...base, body: 'other' }) });
    assert.equal(made.host, null);
    assert.equal(recordOf(made).questions.body?.kind, 'conflict');
  });

  it('moves a closed issue to the archive and back, and a retitled one to its name', () => {
    const closed = hostOf({ ...base, state: 'closed', reason: 'completed' });
    const made = plan({ host: closed });
    assert.deepEqual(
      made.files.map((file) => [file.path, file.text === null]),
      [
        [path, true],
        ['issues/archive/007-search-is-slow.md', false],
      ],
    );
    const kept = recordOf(made);
    const archived = fileOf(made.files[1]?.text ?? '', kept.path ?? '');
    assert.equal(recordOf(plan({ base: kept, file: archived })).path, path);
    const retitled = plan({ host: hostOf({ ...base, title: 'Find' }) });
    assert.equal(recordOf(retitled).path, 'issues/007-find.md');
    const taken = plan({
      host: hostOf({ ...base, title: 'Find' }),
      isTaken: (at) => at === 'issues/007-find.md',
    });
    assert.equal(recordOf(taken).path, 'issues/007-find-2.md');
    const keep = { ...syncPolicySchema.parse({}), names: 'keep' } as const;
    assert.equal(
      recordOf(plan({ host: hostOf({ ...base, title: 'Find' }), policy: keep })).path,
      path,
    );
    const own = fileOf(textOf(), 'issues/my-own-name.md');
    const named = plan({
      base: { ...record, path: 'issues/my-own-name.md' },
      file: own,
      host: hostOf({ ...base, title: 'Find' }),
    });
    assert.equal(recordOf(named).path, 'issues/my-own-name.md');
  });

  it('follows a renamed file without a write', () => {
    const made = plan({ file: fileOf(textOf(), 'issues/deep/x.md') });
    assert.deepEqual([made.files, made.host], [[], null]);
    assert.equal(recordOf(made).path, 'issues/deep/x.md');
  });

  it('asks what a deleted file means, once, and does as told', () => {
    const asked = plan({ file: null });
    assert.deepEqual([asked.host, asked.files, asked.waits[0]?.kind], [null, [], 'gone']);
    const kept = recordOf(asked);
    assert.equal(kept.path, null);
    assert.equal(plan({ base: kept, file: null }).record, null);
    const restored = plan({ base: kept, file: null, deletedFile: 'restore' });
    assert.deepEqual(restored.files, [{ path, text: textOf() }]);
    const closing = plan({ base: kept, file: null, deletedFile: 'close' });
    assert.deepEqual(closing.host, {
      number: 7,
      id: 'I_7',
      state: 'closed',
      reason: 'not_planned',
    });
    const closed = hostOf({ ...base, state: 'closed', reason: 'not_planned' });
    const policy = syncPolicySchema.parse({ onFileDeleted: 'close' });
    const after = plan({ file: null, host: closed, policy });
    assert.deepEqual([after.host, after.files, after.waits], [null, [], []]);
    assert.deepEqual([recordOf(after).path, recordOf(after).host.state], [null, 'closed']);
    const reopened = plan({ base: recordOf(after), file: null, policy });
    assert.equal(reopened.files.length, 1, 'an issue that is opened again has a file again');
  });

  it('keeps the edit of an issue whose file was deleted', () => {
    for (const onFileDeleted of ['ask', 'close'] as const) {
      const policy = syncPolicySchema.parse({ onFileDeleted });
      const made = plan({ file: null, host: hostOf({ ...base, body: 'edited' }), policy });
      assert.match(made.files[0]?.text ?? '', /edited/);
      assert.equal(made.host, null);
    }
  });

  it('archives the file of what is gone, keeps what was changed, and acts on nothing that is only hidden', () => {
    const gone = plan({ host: { kind: 'deleted', number: 7 } });
    assert.deepEqual(
      gone.files.map((file) => file.path),
      [path, 'issues/archive/007-search-is-slow.md'],
    );
    assert.equal(recordOf(gone).tombstone, 'deleted');
    const moved = plan({ host: { kind: 'moved', number: 7, to: 'acme/other', toNumber: 3 } });
    assert.match(moved.files[1]?.text ?? '', /^movedTo: "acme\/other#3"$/m);
    const edited = fileOf(textOf({ ...base, body: 'edited' }));
    const kept = plan({ host: { kind: 'deleted', number: 7 }, file: edited });
    assert.deepEqual([kept.files, kept.waits[0]?.kind], [[], 'gone']);
    const body = '<<<<<<< file\nx\n=======\ny\n>>>>>>> github';
    const marked = fileOf(textOf({ ...base, body }));
    const merged = plan({ host: { kind: 'deleted', number: 7 }, file: marked });
    assert.match(merged.waits[0]?.reason ?? '', /take the markers of a conflict in line \d+ and/);
    const hidden = plan({ host: { kind: 'deleted', number: 7, isHidden: true } });
    assert.deepEqual([hidden.files, hidden.record, hidden.waits.length], [[], null, 1]);
    assert.equal(plan({ host: { kind: 'deleted', number: 7 }, file: null }).record, 'remove');
  });

  it('puts GitHub’s side back where somebody asks for that', () => {
    const file = fileOf(textOf({ ...base, title: 'Old', body: 'old', labels: ['x'] }));
    const made = plan({ file, isHostOnly: true });
    assert.equal(made.host, null);
    assert.deepEqual(fileOf(made.files.at(-1)?.text ?? '').file.fields, base);
  });

  it('posts a new comment of the file once, and keeps texts that exclude each other', () => {
    const text = `${textOf(base, [ada])}\n/comment\nhello\n\n/comment\nhello\n`;
    const file = fileOf(text);
    const kept = { ...record, comments: [ada] };
    const first = plan({ base: kept, file, comments: [ada] });
    assert.deepEqual(
      first.comments.map((act) => act.kind),
      ['post', 'post'],
    );
    const markers = first.comments.flatMap((act) => (act.kind === 'post' ? [act.marker] : []));
    assert.equal(new Set(markers).size, 2);
    const posted = markers.map((marker, at) => ({
      ...ada,
      id: 10 + at,
      author: 'bot',
      body: 'hello',
      createdAtMs: 2000,
      markers: [marker],
    }));
    const second = plan({ base: kept, file, comments: [ada, ...posted] });
    assert.deepEqual(second.comments, []);
    const now = fileOf(second.files[0]?.text ?? '').file;
    assert.deepEqual([now.comments.map(({ id }) => id), now.newComments], [[1, 10, 11], []]);
    const again = plan({
      base: recordOf(second),
      file: fileOf(second.files[0]?.text ?? ''),
      comments: [ada, ...posted],
    });
    assert.deepEqual([again.comments, again.files, again.record], [[], [], null]);
  });

  it('posts a text that is kept in parts where one comment does not hold it, each once', () => {
    const long = `${'🙂'.repeat(40_000)} end`;
    const policy = syncPolicySchema.parse({ fields: { body: 'both-as-comment' } });
    const input = { policy, file: fileOf(textOf({ ...base, body: long })), comments: [] };
    const host = hostOf({ ...base, body: 'theirs' });
    const posts = plan({ ...input, host }).comments.flatMap((act) =>
      act.kind === 'post' ? [act] : [],
    );
    assert.equal(posts.length, 2);
    const parts = posts.map(({ body }) => body.slice(body.indexOf('\n\n') + 2));
    assert.equal(parts.join(''), long);
    for (const { body } of posts) assert.ok(body.length < 65_536);
    const markers = posts.map(({ marker }) => marker);
    const rest = plan({ ...input, host, posted: markers.slice(0, 1) }).comments;
    assert.deepEqual(rest, posts.slice(1));
    assert.deepEqual(plan({ ...input, host, posted: markers }).comments, []);
  });

  it('posts no text that a comment has already, read anew or noted without its marker', () => {
    const policy = syncPolicySchema.parse({ fields: { body: 'both-as-comment' } });
    const file = fileOf(textOf({ ...base, body: 'ours' }));
    const host = hostOf({ ...base, body: 'theirs' });
    const [post] = plan({ policy, file, host, comments: [] }).comments;
    assert.equal(post?.kind, 'post');
    const said = { ...ada, body: post?.body ?? '' };
    const noted = { ...record, comments: [said] };
    for (const comments of [null, [said]]) {
      assert.deepEqual(plan({ policy, file, host, base: noted, comments }).comments, []);
    }
  });

  it('edits the comment that was changed in the file, and posts what cannot be merged', () => {
    const kept = { ...record, comments: [ada] };
    const file = fileOf(textOf(base, [{ ...ada, body: 'hi all' }]));
    const edited = plan({ base: kept, file, comments: [ada] });
    assert.deepEqual(edited.comments, [{ kind: 'edit', number: 7, id: 1, body: 'hi all' }]);
    const both = plan({ base: kept, file, comments: [{ ...ada, body: 'hi there' }] });
    assert.equal(both.comments[0]?.kind, 'post');
    assert.match(both.comments[0]?.body ?? '', /hi all/);
    const gone = plan({ base: kept, file, comments: [] });
    assert.equal(gone.comments[0]?.kind, 'post');
    const dropped = plan({ base: kept, file: fileOf(textOf(base, [ada])), comments: [] });
    assert.doesNotMatch(dropped.files[0]?.text ?? '', /\bhi\b/);
    const cut = plan({ base: kept, file: fileOf(textOf()), comments: [ada] });
    assert.match(
      cut.files[0]?.text ?? '',
      /@ada/,
      'a comment that was cut out of the file comes back',
    );
  });
});

/** What an issue's follower concludes from what it sees, and does about it: whatever order the world tells it in. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  advanceIssue,
  issueStages,
  type IssueState,
  newIssue,
} from '../../../src/domain/issue/advance.js';
import { numberInName } from '../../../src/domain/issue/archive-path.js';
import { nextAct } from '../../../src/domain/issue/next-act.js';
import { nextEvent, type SeenIssue } from '../../../src/domain/issue/observe.js';
import { emptyFields } from '../../../src/domain/issue/required-fields.js';
import { isFileOf, linkedNumber } from '../../../src/domain/issue-sync/linked-file.js';
import { issuesPolicySchema } from '../../../src/domain/issue/schema.js';

const policy = issuesPolicySchema.parse({});
const asked = { branchNow: false };

const open: SeenIssue = {
  issue: {
    number: 7,
    nodeId: 'I_7',
    title: 'Search is slow',
    url: 'https://github.com/acme/shop/issues/7',
    state: 'open',
    labels: [],
    assignees: [],
  },
  isForeign: false,
  isReopened: false,
  branch: null,
  pull: null,
  file: null,
};
const name = 'feature/issue-7-search-is-slow';
const branch = { name, sha: 'a1', hasWork: true };
const pull = {
  number: 8,
  state: 'open' as const,
  isMerged: false,
  mergeSha: null,
  headSha: 'a1',
  body: '',
};
const merged = { ...pull, state: 'closed' as const, isMerged: true, mergeSha: 'm1' };
const closed = { ...open, issue: open.issue && { ...open.issue, state: 'closed' as const } };

/** All that follows from one look. */
function settle(state: IssueState, seen: SeenIssue): IssueState {
  let at = state;
  for (let n = 0; ; n += 1) {
    assert.ok(n < 10, 'it comes to rest');
    const event = nextEvent(at, seen);
    if (event === null) return at;
    const next = advanceIssue(at, event);
    assert.equal(next.kind, 'advanced', `${event.kind} at ${at.stage}`);
    if (next.kind === 'advanced') at = next.state;
  }
}

describe('following an issue', () => {
  it('takes all steps that happened while nobody looked', () => {
    const seen = { ...closed, branch, pull: merged };
    assert.equal(settle(newIssue, seen).stage, 'closed');
    assert.equal(settle(newIssue, { ...seen, branch: null }).stage, 'closed');
    assert.equal(settle(newIssue, { ...open, branch, pull }).stage, 'inReview');
    assert.equal(settle(newIssue, closed).isDropped, true);
  });

  it('waits for the fields that an issue must fill in, and for nobody who asks for the branch', () => {
    const wants = issuesPolicySchema.parse({ branch: { required: ['Steps', 'Version'] } });
    const lacking = { ...open, issue: open.issue && { ...open.issue, lacks: ['Steps'] } };
    const act = nextAct(newIssue, lacking, wants, asked);
    assert.deepEqual(act, { kind: 'wait', for: 'something under "Steps" in it' });
    assert.equal(nextAct(newIssue, lacking, wants, { branchNow: true }).kind, 'createBranch');
    assert.equal(nextAct(newIssue, open, wants, asked).kind, 'createBranch');
  });

  it('tells an empty field from one that is filled in', () => {
    const rows: readonly (readonly [string, readonly string[]])[] = [
      ['', ['Steps', 'Version']],
      ['### Steps\n\n_No response_\n\n### Version\n\n1.2\n', ['Steps']],
      ['## steps\n1. open\n## Version ##\r\n1.2\r\n', []],
      ['### Steps\n<!-- what did you do? -->\n### Version\n1.2', ['Steps']],
      ['### Steps\n```sh\n# it fails\n```\n### Version\n<!-- open', ['Version']],
    ];
    for (const [body, lacks] of rows) {
      assert.deepEqual(emptyFields(body, ['Steps', 'Version']), lacks, body);
    }
    assert.deepEqual(emptyFields('', []), []);
  });

  const rows: readonly (readonly [string, SeenIssue, Partial<IssueState>, string])[] = [
    ['a new issue', open, {}, 'createBranch'],
    ['an issue with its branch', { ...open, branch: { ...branch, hasWork: false } }, {}, 'wait'],
    ['a branch with work', { ...open, branch }, {}, 'openPull'],
    ['a pull request', { ...open, branch, pull }, {}, 'checkBody'],
    ['a merged one', { ...open, branch: null, pull: merged }, {}, 'closeIssue'],
    [
      'a closed issue with a file',
      { ...closed, pull: merged, file: 'issues/7.md' },
      {},
      'archiveFile',
    ],
    ['a closed issue without', { ...closed, pull: merged }, {}, 'end'],
    ['a deleted issue', { ...open, issue: null }, {}, 'end'],
    ['an issue opened again after its merge', { ...open, isReopened: true }, {}, 'wait'],
  ];
  for (const [what, seen, state, act] of rows) {
    it(`${what}: ${act}`, () => {
      const at = settle({ ...newIssue, ...state }, seen);
      assert.equal(nextAct(at, seen, policy, asked).kind, act);
    });
  }

  it('opens no second pull request from a commit whose first one somebody closed', () => {
    const reviewed = settle(newIssue, { ...open, branch, pull });
    const dropped = settle(reviewed, { ...open, branch, pull: { ...pull, state: 'closed' } });
    assert.equal(dropped.stage, 'branched');
    const at = (sha: string) =>
      nextAct(dropped, { ...open, branch: { ...branch, sha } }, policy, asked).kind;
    assert.deepEqual([at('a1'), at('a2')], ['wait', 'openPull']);
  });

  it('waits for what the policy names before the branch, unless a person asks for it', () => {
    const of = (written: object) => issuesPolicySchema.parse({ branch: written });
    const act = (written: object, issue: object, branchNow = false) =>
      nextAct(
        newIssue,
        { ...open, issue: open.issue && { ...open.issue, ...issue } },
        of(written),
        { branchNow },
      ).kind;
    assert.equal(act({ when: 'assigned' }, {}), 'wait');
    assert.equal(act({ when: 'assigned' }, { assignees: ['ann'] }), 'createBranch');
    assert.equal(act({ when: 'labeled' }, {}), 'wait');
    assert.equal(act({ when: 'labeled' }, { labels: ['x'] }), 'createBranch');
    assert.equal(act({ when: 'labeled', labels: ['Ready'] }, { labels: ['x'] }), 'wait');
    assert.equal(
      act({ when: 'labeled', labels: ['Ready'] }, { labels: ['ready'] }),
      'createBranch',
    );
    assert.equal(act({ when: 'assigned' }, {}, true), 'createBranch');
  });

  it('comes to the same stage however the looks are spread over what happened', () => {
    const story: readonly SeenIssue[] = [
      open,
      { ...open, branch: { ...branch, hasWork: false } },
      { ...open, branch },
      { ...open, branch, pull },
      { ...open, branch, pull: merged },
      { ...closed, branch: null, pull: merged },
    ];
    fc.assert(
      fc.property(fc.subarray(story.map((_, n) => n)), (looks) => {
        let state = newIssue;
        for (const n of [...looks, story.length - 1]) {
          const before = issueStages.indexOf(state.stage);
          state = settle(state, story[n] as SeenIssue);
          assert.ok(issueStages.indexOf(state.stage) >= before);
        }
        assert.equal(state.stage, 'closed');
        assert.equal(state.isDropped, false);
      }),
    );
  });

  it('comes to rest after every look, whatever is seen', () => {
    const seen = fc.record({
      issue: fc.constantFrom(open.issue, closed.issue, null),
      isForeign: fc.constant(false),
      isReopened: fc.boolean(),
      branch: fc.constantFrom(
        null,
        branch,
        { ...branch, hasWork: false },
        { ...branch, sha: 'a2' },
      ),
      pull: fc.constantFrom(null, pull, merged, { ...pull, state: 'closed' as const }),
      file: fc.constantFrom(null, 'issues/007-slow.md'),
    });
    fc.assert(
      fc.property(fc.array(seen, { maxLength: 12 }), (looks) => {
        let state = newIssue;
        for (const look of looks) {
          state = settle(state, look);
          const act = nextAct(state, look, policy, asked);
          // Acts change the world only in the one way that their stage knows.
          if (act.kind === 'closeIssue') assert.notEqual(state.pull, null);
          if (act.kind === 'archiveFile') assert.notEqual(look.issue?.state, 'open');
        }
      }),
    );
  });
});

describe('file of an issue', () => {
  it('is known by its link, or else by its number', () => {
    assert.deepEqual(
      [
        'issues/007-slow.md',
        '7.md',
        'issues/0.md',
        'x/7-a/b.md',
        'issues/a7.md',
        'issues/7.txt',
      ].map(numberInName),
      [7, 7, 0, null, null, null],
    );
    assert.equal(linkedNumber('---\ngithub: {id: I_1, number: 12, repo: a/b}\n---\n'), 12);
    assert.equal(linkedNumber('---\r\ngithub:\r\n  id: I_1\r\n  number: 12\r\n---\r\n'), 12);
    assert.equal(linkedNumber('---\ntitle: x\ngithub:\n  id: I\nnumber: 12\n---\n'), null);
    assert.equal(linkedNumber('# 12\n---\ngithub: {number: 12}\n---\n'), null);
    assert.equal(isFileOf(7, 'issues/007-slow.md', '# slow'), true);
    assert.equal(isFileOf(7, 'issues/007-slow.md', '---\ngithub: {number: 12}\n---\n'), false);
    assert.equal(isFileOf(12, 'issues/007-slow.md', '---\ngithub: {number: 12}\n---\n'), true);
  });
});

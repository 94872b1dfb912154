/** The life of an issue: every step by its own event, all others refused with a reason. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  advanceIssue,
  type IssueLifeEvent,
  type IssueLifeEventKind,
  issueStages,
  issueSteps,
  type IssueState,
  newIssue,
} from '../../../src/domain/issue/advance.js';

const examples: Readonly<Record<IssueLifeEventKind, IssueLifeEvent>> = {
  branchLinked: { kind: 'branchLinked', branch: 'feature/issue-7-x' },
  workBegun: { kind: 'workBegun' },
  pullOpened: { kind: 'pullOpened', number: 8 },
  pullMerged: { kind: 'pullMerged', sha: 'f00d' },
  issueClosed: { kind: 'issueClosed' },
  fileArchived: { kind: 'fileArchived', path: 'issues/archive/007-x.md' },
  pullDropped: { kind: 'pullDropped', headSha: 'beef' },
  branchLost: { kind: 'branchLost' },
  issueDropped: { kind: 'issueDropped' },
  issueReopened: { kind: 'issueReopened' },
};
const events = Object.values(examples);

describe('life of an issue', () => {
  it('goes from created to archived by seven events in their order', () => {
    const way = ['branchLinked', 'workBegun', 'pullOpened', 'pullMerged', 'issueClosed'] as const;
    let state: IssueState = newIssue;
    const stages: string[] = [state.stage];
    for (const kind of [...way, 'fileArchived'] as const) {
      const next = advanceIssue(state, examples[kind]);
      assert.equal(next.kind, 'advanced');
      if (next.kind === 'advanced') state = next.state;
      stages.push(state.stage);
    }
    assert.deepEqual(stages, issueStages);
    assert.deepEqual(state, {
      ...newIssue,
      stage: 'archived',
      branch: 'feature/issue-7-x',
      pull: 8,
      mergeSha: 'f00d',
      archivedAs: 'issues/archive/007-x.md',
    });
  });

  it('takes exactly the steps that are written down, and refuses the others with both stages named', () => {
    let taken = 0;
    for (const stage of issueStages) {
      for (const event of events) {
        const next = advanceIssue({ ...newIssue, stage }, event);
        const leads = issueSteps[event.kind][stage];
        if (leads !== undefined) {
          taken += 1;
          assert.equal(next.kind === 'advanced' && next.state.stage, leads);
          continue;
        }
        assert.equal(next.kind, 'refused');
        if (next.kind !== 'refused') continue;
        assert.match(next.reason, new RegExp(`"${event.kind}".* it is ${stage}$`));
        for (const from of Object.keys(issueSteps[event.kind]))
          assert.ok(next.reason.includes(from));
      }
    }
    assert.equal(taken, 14);
  });

  it('reaches merged only through its own branch, work and pull request, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 40 }), (sequence) => {
        let state: IssueState = newIssue;
        for (const event of sequence) {
          const before = state;
          const next = advanceIssue(state, event);
          if (next.kind === 'refused') continue;
          state = next.state;
          const at = issueStages.indexOf(before.stage);
          const to = issueStages.indexOf(state.stage);
          // Forward by one, or one of the four ways that leave the straight line.
          if (to !== at + 1) {
            assert.ok(
              ['pullDropped', 'branchLost', 'issueDropped', 'issueReopened'].includes(event.kind),
            );
          }
          if (['linked', 'branched', 'inReview', 'merged'].includes(state.stage))
            assert.notEqual(state.branch, null);
          if (['inReview', 'merged'].includes(state.stage)) assert.notEqual(state.pull, null);
          if (state.stage === 'created') assert.equal(state.branch, null);
          assert.notEqual(before.stage, 'archived', 'nothing follows the archive');
        }
      }),
    );
  });

  it('changes nothing in what it was given', () => {
    const frozen = Object.freeze({ ...newIssue });
    for (const event of events) advanceIssue(frozen, event);
    assert.deepEqual(frozen, newIssue);
  });
});

/** Which pull requests may be merged: a table in the order of the rules, and that nothing but success is success. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decideMerge } from '../../../src/domain/merge/decide.js';
import { explainMerge, nextForMerge } from '../../../src/domain/merge/explain.js';
import type {
  BranchRules,
  CheckResult,
  Pull,
  Review,
} from '../../../src/domain/repository/shapes.js';
import { aPull, base, head, policy, result, review, rules } from './sample-pulls.js';

interface Row {
  readonly name: string;
  readonly pull?: Partial<Pull>;
  readonly rules?: Partial<BranchRules>;
  readonly results?: readonly CheckResult[];
  readonly resultsOf?: string;
  readonly reviews?: readonly Review[];
  readonly policy?: Record<string, unknown>;
  /** Kind and codes. */
  readonly want: string;
}

const good = [result('build', 'success')];
const queue = { queue: { owner: 'ann' } };

const table: readonly Row[] = [
  { name: 'all is well', want: 'ready' },
  { name: 'merged already', pull: { isMerged: true, state: 'closed' }, want: 'over merged' },
  { name: 'closed', pull: { state: 'closed' }, want: 'over closed' },
  { name: 'not labelled', pull: { labels: [] }, want: 'blocked labelMissing' },
  { name: 'labelled in other letters', pull: { labels: ['AutoMerge'] }, want: 'ready' },
  {
    name: 'held by a label',
    pull: { labels: ['automerge', 'do-not-merge'] },
    want: 'blocked labelBlocks',
  },
  { name: 'a draft', pull: { isDraft: true }, want: 'blocked draft' },
  { name: 'in conflict', pull: { isMergeable: false }, want: 'blocked conflicts' },
  { name: 'not worked out', pull: { isMergeable: null }, want: 'waits mergeableUnknown' },
  { name: 'method', rules: { mergeMethods: ['rebase'] }, want: 'blocked methodNotAllowed' },
  { name: 'the queue of the host', rules: { usesMergeQueue: true }, want: 'blocked hostQueue' },
  { name: 'results of an older head', resultsOf: base, want: 'waits staleResults' },
  { name: 'nothing reported', results: [], want: 'waits checkMissing' },
  { name: 'running', results: [result('build', null)], want: 'waits checkPending' },
  ...(
    ['failure', 'neutral', 'cancelled', 'skipped', 'timed_out', 'action_required', 'stale'] as const
  ).map((conclusion) => ({
    name: `required and ${conclusion}`,
    results: [result('build', conclusion)],
    want: 'blocked checkNotSuccess',
  })),
  {
    name: 'a status of the same name disagrees',
    results: [...good, result('build', 'failure', { source: 'status', appId: null })],
    want: 'blocked checkNotSuccess',
  },
  {
    name: 'another app reports under the name',
    rules: { requiredChecks: [{ name: 'build', appId: 9 }] },
    want: 'waits checkMissing',
  },
  {
    name: 'what is not required fails',
    results: [...good, result('lint', 'failure')],
    want: 'ready',
  },
  {
    name: 'required by the policy alone',
    policy: { requires: { checks: ['lint', 'build'] } },
    want: 'waits checkMissing',
  },
  { name: 'nothing required, all well', rules: { requiredChecks: [] }, want: 'ready' },
  {
    name: 'nothing required, one skipped',
    rules: { requiredChecks: [] },
    results: [result('docs', 'skipped')],
    want: 'ready',
  },
  {
    name: 'nothing required, one failed',
    rules: { requiredChecks: [] },
    results: [result('docs', 'failure')],
    want: 'blocked checkNotSuccess',
  },
  {
    name: 'nothing required in a queue',
    rules: { requiredChecks: [] },
    policy: queue,
    want: 'blocked nothingRequired',
  },
  { name: 'approvals', rules: { requiredApprovals: 1 }, want: 'blocked approvalsMissing' },
  {
    name: 'approved',
    rules: { requiredApprovals: 1 },
    reviews: [review('bob', 'approved')],
    want: 'ready',
  },
  {
    name: 'approved by its author',
    rules: { requiredApprovals: 1 },
    reviews: [review('ann', 'approved')],
    want: 'blocked approvalsMissing',
  },
  {
    name: 'approved, then dismissed',
    policy: { requires: { approvals: 1 } },
    reviews: [review('bob', 'dismissed', 2), review('bob', 'approved', 1)],
    want: 'blocked approvalsMissing',
  },
  {
    name: 'changes asked for, then commented',
    reviews: [review('bob', 'changes_requested', 1), review('bob', 'commented', 2)],
    want: 'blocked changesRequested',
  },
  {
    name: 'behind where it must not be',
    pull: { mergeState: 'behind' },
    rules: { requiresUpToDate: true },
    want: 'behind behind',
  },
  { name: 'behind where it may be', pull: { mergeState: 'behind' }, want: 'ready' },
  {
    name: 'behind and failed',
    pull: { mergeState: 'behind' },
    rules: { requiresUpToDate: true },
    results: [result('build', 'failure')],
    want: 'blocked checkNotSuccess',
  },
  {
    name: 'waiting and blocked',
    pull: { isDraft: true },
    results: [result('build', null)],
    want: 'blocked draft,checkPending',
  },
];

describe('whether a pull request may be merged', () => {
  for (const row of table) {
    it(row.name, () => {
      const decision = decideMerge(
        aPull(row.pull),
        rules(row.rules),
        { sha: row.resultsOf ?? head, results: row.results ?? good },
        row.reviews ?? [],
        policy(row.policy),
      );
      const codes = decision.kind === 'ready' ? [] : decision.reasons.map(({ code }) => code);
      assert.equal([decision.kind, codes.join()].filter(Boolean).join(' '), row.want);
      assert.notEqual(explainMerge(decision), '');
      // Who is blocked is told what to do.
      if (decision.kind === 'blocked') assert.notEqual(nextForMerge(decision).length, 0);
    });
  }

  it('is never ready while a required check is anything but a success of that head', () => {
    const conclusions = [
      ...(['success', 'failure', 'neutral', 'cancelled', 'skipped', null] as const),
    ];
    const reported = fc.record({
      name: fc.constantFrom('build', 'test', 'lint'),
      conclusion: fc.constantFrom(...conclusions),
      appId: fc.constantFrom(1, 2),
      source: fc.constantFrom('check' as const, 'status' as const),
      url: fc.constant(null),
    });
    fc.assert(
      fc.property(
        fc.array(reported, { maxLength: 6 }),
        fc.subarray(['build', 'test', 'lint'], { minLength: 1 }),
        fc.constantFrom(head, base),
        (results, names, sha) => {
          const required = names.map((name) => ({ name, appId: null }));
          const decision = decideMerge(
            aPull(),
            rules({ requiredChecks: required }),
            { sha, results },
            [],
            policy(),
          );
          const isSound = names.every((name) => {
            const meant = results.filter((each) => each.name === name);
            return meant.length > 0 && meant.every(({ conclusion }) => conclusion === 'success');
          });
          assert.equal(decision.kind === 'ready', isSound && sha === head);
        },
      ),
      { numRuns: 500 },
    );
  });
});

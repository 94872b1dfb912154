/** The table of the decision: each row a moment in the life of a branch. */
import assert from 'node:assert/strict';
import { type BranchDecision, decideBranch } from '../../../src/domain/branch/decide.js';
import type { BranchFacts, HeardActivity, Keep, Notice } from '../../../src/domain/branch/facts.js';
import { aBranch, aDayMs, aPolicy, nowMs, theFacts } from './sample-branch.js';

interface Row {
  readonly name: string;
  readonly facts?: Partial<BranchFacts>;
  readonly notice?: Partial<Notice>;
  readonly heard?: HeardActivity;
  readonly keep?: Keep;
  readonly isOrdered?: true;
  readonly policy?: object;
  readonly want: BranchDecision['kind'];
  readonly untilMs?: number | null;
}

const days = (count: number): number => nowMs - count * aDayMs;
const committed = (count: number) => aBranch({ committedAtMs: days(count) });
const toldDaysAgo = (count: number): Partial<Notice> => ({
  hostAtMs: days(count),
  graceEndsAtMs: days(count - 7),
});
const answered = (count: number, kind: 'comment' | 'closed' = 'comment') => ({
  answer: { kind, login: 'bob', atMs: days(count) } as const,
});

const rows: readonly Row[] = [
  { name: 'nothing there', facts: { branch: null }, want: 'gone' },
  { name: 'policy off', policy: { enabled: false }, want: 'exempt' },
  { name: 'exempt', facts: { exempt: 'it is protected' }, notice: toldDaysAgo(8), want: 'exempt' },
  { name: 'exempt, though ordered', facts: { exempt: 'x' }, isOrdered: true, want: 'exempt' },
  { name: 'young', facts: { branch: committed(29) }, want: 'active', untilMs: days(-1) },
  { name: 'on the day', facts: { branch: committed(30) }, want: 'stale' },
  { name: 'old', facts: { branch: committed(31) }, want: 'stale' },
  {
    name: 'old commit, young push',
    facts: { pushedAtMs: days(3) },
    want: 'active',
    untilMs: days(-27),
  },
  {
    name: 'commit of tomorrow',
    facts: { branch: committed(-5), pushedAtMs: days(40) },
    want: 'stale',
  },
  { name: 'commit of tomorrow, push unknown', facts: { branch: committed(-5) }, want: 'active' },
  {
    name: 'heard of a push that reads do not show',
    heard: { atMs: days(1), reason: 'push' },
    want: 'active',
  },
  { name: 'told yesterday', notice: toldDaysAgo(1), want: 'grace', untilMs: days(-6) },
  { name: 'told 7 days ago', notice: toldDaysAgo(7), want: 'archive' },
  { name: 'told, then a comment', facts: answered(2), notice: toldDaysAgo(8), want: 'active' },
  {
    name: 'a comment before it was told',
    facts: answered(35),
    notice: toldDaysAgo(2),
    want: 'grace',
  },
  {
    name: 'a comment within the second of the ping',
    facts: { answer: { kind: 'comment', login: 'bob', atMs: days(1) } },
    notice: { hostAtMs: days(1) + 900, graceEndsAtMs: days(-6) },
    want: 'active',
  },
  {
    name: 'told, then closed by a person',
    facts: answered(2, 'closed'),
    notice: toldDaysAgo(8),
    want: 'active',
  },
  {
    name: 'an answer in the grace counts though it is older than the short limit',
    policy: { after: '1d' },
    facts: answered(3),
    notice: toldDaysAgo(8),
    want: 'active',
    untilMs: nowMs,
  },
  {
    name: 'told, then another tip with an old commit',
    facts: { branch: aBranch({ sha: 'b'.repeat(40) }) },
    notice: toldDaysAgo(8),
    want: 'active',
  },
  {
    name: 'told, then the label',
    facts: { hasKeepLabel: true },
    notice: toldDaysAgo(8),
    want: 'kept',
    untilMs: null,
  },
  {
    name: 'kept by word',
    keep: { actor: 'ann', reason: 'x', untilMs: days(-3) },
    notice: toldDaysAgo(8),
    want: 'kept',
    untilMs: days(-3),
  },
  {
    name: 'told, then the issue is gone',
    facts: { isIssueGone: true },
    notice: toldDaysAgo(8),
    want: 'active',
  },
  {
    name: 'kept until yesterday',
    keep: { actor: 'ann', reason: 'x', untilMs: days(1) },
    want: 'stale',
  },
  {
    name: 'ordered though young',
    facts: { branch: committed(1) },
    isOrdered: true,
    want: 'archive',
  },
];

describe('what becomes of a branch', () => {
  for (const row of rows) {
    it(`${row.name}: ${row.want}`, () => {
      const notice = row.notice
        ? { sha: 'a'.repeat(40), hostAtMs: 0, graceEndsAtMs: 0, ...row.notice }
        : null;
      const decision = decideBranch({
        policy: aPolicy(row.policy),
        facts: theFacts(row.facts),
        notice,
        heard: row.heard ?? null,
        keep: row.keep ?? null,
        isOrdered: row.isOrdered ?? false,
        nowMs,
      });
      assert.equal(decision.kind, row.want);
      if (row.untilMs !== undefined)
        assert.equal('untilMs' in decision ? decision.untilMs : undefined, row.untilMs);
    });
  }

  it('archives the tip that was announced, not the one that is there', () => {
    const notice = { sha: 'a'.repeat(40), hostAtMs: days(8), graceEndsAtMs: days(1) };
    const base = {
      policy: aPolicy(),
      facts: theFacts(),
      heard: null,
      keep: null,
      isOrdered: false,
    };
    const decision = decideBranch({ ...base, notice, nowMs });
    assert.deepEqual(decision, { kind: 'archive', sha: 'a'.repeat(40) });
  });
});

/** What is told of a pull request: conclusions, the comment, labels, broken rules, and texts that must stay harmless. */
import assert from 'node:assert/strict';
import { judgePull } from '../../../src/domain/pull-check/judge.js';
import { planReport, policyRun, type PullReport } from '../../../src/domain/pull-check/report.js';
import { describePullChecks, printReport } from '../../../src/domain/pull-check/view.js';
import { factsOf, policyOf, type PullCase } from './pull-case.js';

const known = policyRun([], null);
const fault = {
  file: 'sluice.yaml',
  line: 3,
  column: 5,
  message: 'repository.pulls.titel: unknown',
};

function reportOf(one: Omit<PullCase, 'name'>, policyCheck = known): PullReport {
  const facts = factsOf({ name: '', ...one });
  const policy = policyOf(one.policy);
  const { number, head, isDraft } = facts.pull;
  return planReport(
    { number, sha: head.sha, isDraft },
    judgePull(facts, policy),
    policyCheck,
    policy,
  );
}

describe('planReport', () => {
  it('concludes by the worst of the checks', () => {
    const warned = { title: 'warn' };
    assert.equal(reportOf({}).verdict, 'passed');
    assert.equal(reportOf({ pull: { title: 'x' }, policy: warned }).verdict, 'warned');
    assert.equal(reportOf({ pull: { title: 'x' } }).verdict, 'failed');
    assert.equal(reportOf({}, policyRun([fault], null)).verdict, 'warned');
    assert.equal(reportOf({}, policyRun([], [fault])).verdict, 'failed');
  });

  it('begins a comment where policy wants one', () => {
    const may = (one: Omit<PullCase, 'name'>): boolean => reportOf(one).mayComment;
    const bad = { title: 'x' };
    assert.equal(may({}), false);
    assert.equal(may({ pull: bad }), true);
    assert.equal(may({ pull: bad, policy: { comment: 'never' } }), false);
    assert.equal(may({ policy: { comment: 'always' } }), true);
    assert.equal(may({ pull: { ...bad, isDraft: true } }), false);
    assert.equal(may({ pull: { ...bad, isDraft: true }, policy: { drafts: 'check' } }), true);
  });

  it('leaves the labels of a draft alone', () => {
    const none = { add: [], remove: [] };
    assert.deepEqual(reportOf({ pull: { isDraft: true } }).labels, none);
    assert.notDeepEqual(reportOf({}).labels, none);
  });

  it('tells each finding with what to do, at its place where it has one', () => {
    const { runs, comment } = reportOf({ files: ['-src/public/a.ts', 'src/api/b.ts'] });
    const docs = runs.find(({ name }) => name === 'sluice/api-docs');
    assert.deepEqual(
      docs?.annotations.map(({ path, line, level }) => [path, line, level]),
      [['src/api/b.ts', 1, 'failure']],
    );
    assert.match(docs?.summary ?? '', /\*\*Mend it:\*\* Bring `docs\/api\/\*\*` up to date/);
    for (const { summary, conclusion } of runs) {
      assert.ok(conclusion === 'success' || summary.includes('**Mend it:**'), summary);
      assert.ok(conclusion === 'success' || comment.includes(summary), summary);
    }
  });

  it('lets no text of others call anybody or become markup', () => {
    const evil = 'x @everyone <img src=x> `code` [a](b) | # -->';
    const { comment, runs } = reportOf({
      pull: { title: evil, labels: [evil], body: `- [ ] ${evil}` },
      commits: [evil],
      files: [`src/api/${evil}`],
      policy: { labels: { none: [evil] } },
    });
    for (const text of [comment, ...runs.map(({ summary }) => summary)]) {
      const outside = text.replace(/`[^`\n]*`/g, '').replace(/<!-- sluice:pull-checks -->$/, '');
      assert.ok(!outside.includes('@everyone') && !outside.includes('<img'), outside);
    }
  });

  it('stays within what the host takes', () => {
    const commits = Array.from({ length: 250 }, (_, n) => `${'very long '.repeat(40)}${n}`);
    const { comment, runs } = reportOf({ commits });
    assert.ok(comment.length < 65_536);
    for (const { summary, title } of runs)
      assert.ok(summary.length < 65_536 && title.length <= 255);
  });
});

describe('policyRun', () => {
  it('holds up only the pull request that breaks the rules', () => {
    assert.equal(policyRun([], null).conclusion, 'success');
    assert.equal(policyRun([fault], null).conclusion, 'neutral');
    assert.equal(policyRun([fault], [fault]).conclusion, 'failure');
    assert.equal(policyRun([fault], []).conclusion, 'success');
    assert.deepEqual(policyRun([], [fault]).annotations[0], {
      ...{ path: 'sluice.yaml', line: 3, level: 'failure', message: fault.message },
    });
  });
});

describe('the view', () => {
  it('prints the comment without its marker, and the labels', () => {
    const report = reportOf({ pull: { title: 'x' } });
    const printed = printReport(report);
    assert.ok(!printed.includes('<!--'));
    assert.match(printed, /One check fails[^]*labels: \+size\/S$/);
  });

  it('tells operators what, why and what next', () => {
    const text = describePullChecks({
      ...{ repository: { owner: 'acme', name: 'shop' }, number: 34, stage: 'told', passes: 1 },
      ...{ reason: 'opened by *ann*', trouble: 'no @permission', isDryRun: false },
      ...{ report: reportOf({}), commands: ['checkNow'] },
    });
    assert.match(text, /\*\*why\*\* opened by \\\*ann\\\*/);
    assert.match(text, /\*\*trouble\*\*[^]*sluice\/title \| success[^]*\*\*next\*\*.*checkNow/);
  });
});

/** Workflows that run actions/stale become rules of a repository, and whatever is not as it was is told. */
import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { Failure } from '../../../src/domain/failures.js';
import { staleItemPolicies } from '../../../src/domain/stale-item/policy.js';
import { staleItemsSchema } from '../../../src/domain/stale-item/schema.js';
import { importActionsStale } from '../../../src/import/actions-stale.js';
import { createPolicyBook } from '../../../src/config/policy-book.js';

function workflow(inputs: string): string {
  return [
    'on: {schedule: [{cron: "30 1 * * *"}]}',
    'jobs:',
    '  stale:',
    '    runs-on: ubuntu-latest',
    '    steps:',
    '      - uses: actions/checkout@v4',
    '      - uses: actions/stale@v9',
    '        with:',
    ...inputs.split('\n').map((line) => `          ${line}`),
  ].join('\n');
}

function imported(inputs: string) {
  const { yaml, notes } = importActionsStale({ text: workflow(inputs), file: 'stale.yml' });
  const { repository } = parse(yaml) as { repository: { stale: { items: unknown } } };
  const reading = createPolicyBook({ file: 'sluice.yaml', repository: null }).read(yaml);
  assert.deepEqual(reading.faults, [], yaml);
  const { items } = repository.stale;
  return { items, notes, policies: staleItemPolicies(staleItemsSchema.parse(items)) };
}

describe('import of actions/stale', () => {
  it('keeps silent where it kept silent, and else becomes the defaults', () => {
    const { items, notes } = imported('repo-token: ""');
    assert.deepEqual(items, { message: 'none', closeMessage: 'none' });
    assert.deepEqual(notes, []);
  });

  it('takes every input, with its overrides', () => {
    const { policies, notes } = imported(
      [
        'days-before-stale: 30',
        'days-before-pr-stale: -1',
        'days-before-issue-close: "14"',
        'stale-issue-message: "quiet, {x}"',
        'stale-issue-label: dormant',
        'close-pr-label: gone',
        'exempt-issue-labels: "pinned, security"',
        'exempt-pr-labels: wip',
        'exempt-milestones: v1',
        'exempt-all-pr-milestones: true',
        'exempt-assignees: ann,bob',
        'exempt-draft-pr: true',
        'only-labels: a',
        'any-of-issue-labels: b,c',
        'only-issue-types: Bug',
        'include-only-assigned: true',
        'start-date: "2025-02-01T00:00:00Z"',
        'close-issue-reason: completed',
        'labels-to-remove-when-stale: triage',
        'labels-to-add-when-unstale: active',
      ].join('\n'),
    );
    const { issues, pulls } = policies;
    const dayMs = 86_400_000;
    assert.deepEqual([issues.afterMs, pulls.afterMs], [30 * dayMs, null]);
    assert.deepEqual([issues.closeAfterMs, pulls.closeAfterMs], [14 * dayMs, 7 * dayMs]);
    assert.deepEqual([issues.message, pulls.message], ['quiet, {x}', null]);
    assert.deepEqual([issues.label, pulls.label], ['dormant', 'Stale']);
    assert.deepEqual([issues.closeLabel, pulls.closeLabel], [null, 'gone']);
    assert.deepEqual(issues.exempt, {
      labels: ['pinned', 'security'],
      milestones: ['v1'],
      assignees: ['ann', 'bob'],
      drafts: false,
    });
    assert.deepEqual(pulls.exempt, {
      labels: ['wip'],
      milestones: 'all',
      assignees: ['ann', 'bob'],
      drafts: true,
    });
    assert.deepEqual(issues.only, {
      labels: ['a'],
      anyLabels: ['b', 'c'],
      types: ['Bug'],
      assigned: true,
    });
    assert.deepEqual(pulls.only, { labels: ['a'], anyLabels: [], types: [], assigned: true });
    assert.equal(issues.startAtMs, Date.UTC(2025, 1, 1));
    assert.equal(issues.closeReason, 'completed');
    assert.deepEqual(pulls.relabel.removeWhenMarked, ['triage']);
    assert.deepEqual(issues.relabel.addWhenUnmarked, ['active']);
    assert.deepEqual(notes, []);
  });

  it('tells what is not as it was, with its line', () => {
    const { notes } = imported(
      [
        'repo-token: ${{ secrets.TOKEN }}',
        'operations-per-run: 100',
        'ascending: true',
        'remove-stale-when-updated: false',
        'delete-branch: true',
        'stale-issue-message: ${{ vars.TEXT }}',
        'days-befor-stale: 3',
      ].join('\n'),
    );
    assert.deepEqual(
      notes.map(({ kind, where, field }) => `${kind} ${where} ${field.split('.').at(-1)}`),
      [
        'unexpressed stale.yml:9:11 repo-token',
        'different stale.yml:10:11 operations-per-run',
        'different stale.yml:11:11 ascending',
        'different stale.yml:12:11 remove-stale-when-updated',
        'different stale.yml:13:11 delete-branch',
        'unexpressed stale.yml:14:11 stale-issue-message',
        'unexpressed stale.yml:15:11 days-befor-stale',
      ],
    );
  });

  const faulty: Record<string, string> = {
    'a word for days': 'days-before-stale: soon',
    'a word for a flag': 'delete-branch: maybe',
    'no date': 'start-date: once',
  };
  for (const [name, inputs] of Object.entries(faulty)) {
    it(`refuses ${name} and says where`, () => {
      assert.throws(
        () => imported(inputs),
        (error) => error instanceof Failure && /stale\.yml:9:11/.test(error.details.where ?? ''),
      );
    });
  }

  it('refuses a workflow without the step', () => {
    const text = 'jobs: {a: {steps: [{uses: actions/checkout@v4}]}}';
    assert.throws(
      () => importActionsStale({ text, file: 'x.yml' }),
      /no step that uses actions\/stale/,
    );
  });

  it('says of a second step that it was left out', () => {
    const twice = `${workflow('ascending: false')}\n      - uses: actions/stale@v8\n`;
    const { notes } = importActionsStale({ text: twice, file: 'stale.yml' });
    assert.ok(notes.some(({ kind, field }) => kind === 'unexpressed' && field.endsWith('uses')));
  });
});

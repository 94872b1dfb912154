/** What is asked by GraphQL, held against the schema that GitHub publishes. */
import assert from 'node:assert/strict';
import { validate } from '@octokit/graphql-schema';
import * as queries from '../../../src/adapters/github/queries.js';
import * as synced from '../../../src/adapters/github/synced-issues-queries.js';

const names = { labels: ['a'], logins: ['b'], withMilestones: true, assigneesOf: [7] };
const parts = (
  [
    ...([
      'createIssue',
      'updateIssue',
      'closeIssue',
      'reopenIssue',
      'addLabelsToLabelable',
    ] as const),
    ...(['removeLabelsFromLabelable', 'addAssigneesToAssignable'] as const),
    ...(['removeAssigneesFromAssignable'] as const),
  ] as const
).map((field, index) => ({ alias: `w${index}`, field, input: {}, isLast: true }));
const label = { alias: 'l0', field: 'createLabel', input: {}, isLast: false } as const;
const documents: Readonly<Record<string, string>> = {
  ...queries,
  changedIssuesQuery: synced.changedIssuesQuery,
  historyQuery: synced.historyQuery,
  newestNumbersQuery: synced.newestNumbersQuery,
  issuesQuery: synced.issuesQuery([7, 8], false),
  issuesQueryWithEdits: synced.issuesQuery([7], true),
  namesQuery: synced.namesQuery(names),
  writeIssuesMutation: synced.partsMutation('writeIssues', parts),
  createLabelsMutation: synced.partsMutation('createLabels', [label]),
};

describe('GraphQL at GitHub', () => {
  for (const [name, document] of Object.entries(documents)) {
    it(`${name} is valid`, () => {
      assert.deepEqual(validate(document).map(String), []);
    });
  }

  it('finds a field that is not there', () => {
    const planted = queries.listBranchesQuery
      .replaceAll('branchFields', 'plantedFields')
      .replace('committedDate', 'commitedDate');
    assert.match(String(validate(planted)[0]), /commitedDate/);
  });
});

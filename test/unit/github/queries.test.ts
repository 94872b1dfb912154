/** What is asked by GraphQL, held against the schema that GitHub publishes. */
import assert from 'node:assert/strict';
import { parse, validate } from 'graphql';
import * as queries from '../../../src/adapters/github/queries.js';
import { githubSchema } from '../../../src/github-standin/graphql/schema.js';
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

/** The package's own check knows an older schema than the text it comes with. */
async function faultsOf(document: string): Promise<readonly string[]> {
  return validate(await githubSchema(), parse(document)).map(({ message }) => message);
}

describe('GraphQL at GitHub', () => {
  for (const [name, document] of Object.entries(documents)) {
    it(`${name} is valid`, async () => {
      assert.deepEqual(await faultsOf(document), []);
    });
  }

  it('finds a field that is not there', async () => {
    const planted = queries.listBranchesQuery
      .replaceAll('branchFields', 'plantedFields')
      .replace('committedDate', 'commitedDate');
    assert.match((await faultsOf(planted))[0] ?? '', /commitedDate/);
  });
});

/** What is asked by GraphQL, held against the schema that GitHub publishes. */
import assert from 'node:assert/strict';
import { validate } from '@octokit/graphql-schema';
import * as queries from '../../../src/adapters/github/queries.js';

describe('GraphQL at GitHub', () => {
  for (const [name, document] of Object.entries(queries)) {
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

/** What `deploy/` holds for a Temporal server of one's own, tried on one that knows nothing of Sluice. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { findTemporalCli } from '../../src/embedded/temporal-cli.js';
import { searchAttributes } from '../../src/workflows/search-attributes.js';

const script = fileURLToPath(new URL('../../deploy/search-attributes.sh', import.meta.url));

// temporal.api.enums.v1.IndexedValueType
const wireTypes: Readonly<Record<string, number>> = { KEYWORD: 2, INT: 3, DATETIME: 6 };

describe('deploy/search-attributes.sh', () => {
  it('registers every search attribute with its type, and changes nothing when run again', async () => {
    const path = findTemporalCli(process.env);
    const environment = await TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path },
        log: { format: 'json', level: 'error' },
      },
    });
    try {
      const env = {
        ...process.env,
        SLUICE_TEMPORAL_CLI: path,
        TEMPORAL_ADDRESS: environment.address,
      };
      const run = async () => (await promisify(execFile)(script, { env })).stdout;
      await run();
      const { connection } = environment;
      const { customAttributes } = await connection.operatorService.listSearchAttributes({
        namespace: 'default',
      });
      for (const { name, type } of searchAttributes) {
        assert.equal(customAttributes?.[name], wireTypes[type], name);
      }
      assert.equal((await run()).match(/ is there/g)?.length, searchAttributes.length);
    } finally {
      await environment.teardown();
    }
  });
});

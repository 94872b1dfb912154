/** The next command for every kind of workflow: each is one that the command line has. */
import assert from 'node:assert/strict';
import { explanationOf, listingOf } from '../../../src/api/next-command.js';
import {
  repositoryWorkflowId,
  repositoryWorkflowKinds,
} from '../../../src/domain/repository/names.js';
import { faultOf } from '../../support/said-commands.js';

const shop = { owner: 'Acme', name: 'shop' };

describe('the next command', () => {
  const table: Readonly<Record<string, readonly [explanation: string, listing: string]>> = {
    'release:checkout:1.4.0': ['sluice why checkout@1.4.0', 'sluice get release'],
    'rollout:checkout:production:eu:3': [
      'sluice why checkout/production/eu#3',
      'sluice get target',
    ],
    'target:checkout:production:eu': [
      'sluice get target checkout/production/eu',
      'sluice get target',
    ],
    'branch:acme/shop:fix%2Fa%20b': [
      'sluice branch why acme/shop fix/a b',
      'sluice branch list acme/shop',
    ],
    'item:acme/shop:7': ['sluice stale why acme/shop 7', 'sluice stale list acme/shop'],
    'pull:acme/shop:7': ['sluice pr why acme/shop#7', 'sluice repository get acme/shop'],
    'issue:acme/shop:7': ['sluice issue why acme/shop#7', 'sluice repository get acme/shop'],
    'develop-reset:acme/shop:develop': [
      'sluice reset show acme/shop develop',
      'sluice reset list acme/shop',
    ],
    'merge-queue:acme/shop:main': [
      'sluice merge why acme/shop main',
      'sluice repository get acme/shop',
    ],
    'protection:acme/shop:plan': [
      'sluice protection drift acme/shop',
      'sluice protection drift acme/shop',
    ],
  };
  for (const [workflowId, wanted] of Object.entries(table)) {
    it(`about ${workflowId} shows more of it`, async () => {
      const said = [explanationOf(workflowId), listingOf(workflowId)];
      assert.deepEqual(said, wanted);
      for (const command of said) assert.equal(await faultOf(command), null);
    });
  }

  it('speaks of the repository for everything that is kept for one, and never of a target', () => {
    for (const kind of repositoryWorkflowKinds) {
      const id = repositoryWorkflowId(kind, shop, 'x');
      for (const command of [explanationOf(id), listingOf(id)]) {
        assert.match(command, /^sluice (?!get target).*acme\/shop/, kind);
      }
    }
  });
});

/** Our own sync holds in every case of the comparison, and a careless tool does not: the cases can tell. */
import assert from 'node:assert/strict';
import { comparedCases } from './cases.js';
import type { ToolDriver } from './driver.js';
import { createSluiceDriver } from './sluice-driver.js';
import { tryCase } from './stage.js';

describe('the comparison of syncs', function () {
  this.timeout(240_000);
  let driver: ToolDriver;
  before(async () => {
    driver = await createSluiceDriver();
  });
  after(() => driver.stop());

  for (const one of comparedCases) {
    it(`${one.name}: ${one.holds}`, async () => {
      assert.deepEqual(await tryCase(driver, one), { kind: 'holds' });
    });
  }
});

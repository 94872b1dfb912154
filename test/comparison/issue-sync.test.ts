/** Our own sync holds in every case of the comparison, and a careless tool does not: the cases can tell. */
import assert from 'node:assert/strict';
import { createCarelessDriver } from './careless-driver.js';
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

  it('fails a careless tool: one of each kind of case', async () => {
    const names = [
      'other lines of one body',
      'labels on both sides',
      'lost after the issue was made',
    ];
    const verdicts: string[] = [];
    for (const one of comparedCases.filter(({ name }) => names.includes(name))) {
      verdicts.push((await tryCase(createCarelessDriver(), one)).kind);
    }
    assert.deepEqual(verdicts, ['fails', 'fails', 'fails']);
  });
});

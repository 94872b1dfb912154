/** The examples of docs/merging.md and docs/develop-reset.md are policies that are taken. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { bareBook } from '../../support/policy-file.js';

describe('the pages about merging and resets', () => {
  for (const page of ['merging', 'develop-reset']) {
    it(`docs/${page}.md shows a policy that is taken`, () => {
      const text = readFileSync(new URL(`../../../docs/${page}.md`, import.meta.url), 'utf8');
      const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(text) ?? [];
      const reading = bareBook.read(`apiVersion: sluice/v1\nproject: shop\n${yaml}`);
      assert.deepEqual(reading.faults, []);
      assert.ok(reading.policy);
    });
  }
});

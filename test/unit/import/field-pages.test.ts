/** The pages for users of Argo Rollouts and Flagger name exactly the fields that the importers know. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { templateTable } from '../../../src/import/argo-analysis.js';
import { rolloutTable } from '../../../src/import/argo-fields.js';
import { canaryTable } from '../../../src/import/flagger-fields.js';
import type { FieldTable } from '../../../src/import/notes.js';
import { rowsOf } from '../../support/field-rows.js';

const pages: readonly (readonly [string, readonly FieldTable[]])[] = [
  ['docs/from-argo-rollouts.md', [rolloutTable, templateTable]],
  ['docs/from-flagger.md', [canaryTable]],
];

describe('pages of foreign fields', () => {
  for (const [page, tables] of pages) {
    const text = readFileSync(new URL(`../../../${page}`, import.meta.url), 'utf8');
    const fields = text.slice(text.indexOf('## Every field'));
    const rows = fields.split('\n').filter((line) => line.startsWith('| `'));

    it(`${page} says of every field what the importer says, and of no other`, () => {
      assert.deepEqual(rows, tables.flatMap(rowsOf));
    });

    it(`${page} names each kind that the importer reads`, () => {
      for (const kind of tables.flatMap((table) => table.kinds)) assert(text.includes(kind), kind);
    });
  }

  it('no field is told twice', () => {
    for (const table of [rolloutTable, templateTable, canaryTable]) {
      const names = table.rules.map((rule) => rule.field);
      assert.deepEqual(names, [...new Set(names)]);
    }
  });
});

/** The published JSON Schema is the schema that is used. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { projectJsonSchema } from '../../../src/config/project-json-schema.js';

describe('schemas/sluice.schema.json', () => {
  const published = readFileSync(
    new URL('../../../schemas/sluice.schema.json', import.meta.url),
    'utf8',
  );

  it('is up to date (else run: node --import tsx scripts/publish-schema.mjs)', () => {
    assert.equal(published, projectJsonSchema());
  });

  it('describes what is written, not what is read', () => {
    const schema = JSON.parse(published);
    assert.equal(schema.$schema, 'http://json-schema.org/draft-07/schema#');
    assert.deepEqual(schema.required, [
      'apiVersion',
      'project',
      'platforms',
      'services',
      'environments',
    ]);
    const { soak, strategy } = schema.properties.environments.additionalProperties.properties;
    assert.equal(soak.type, 'string');
    assert.equal(strategy.anyOf.length, 2);
  });
});

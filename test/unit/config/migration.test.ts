/** A migration as it is written down: its defaults, and the environments that cannot run one. */
import assert from 'node:assert/strict';
import { migrationSchema, migrationsHavePlace } from '../../../src/config/migration-schema.js';

const written = (kind: string, environments?: readonly string[]) => ({
  platforms: { eu: { kind: 'kubernetes' }, here: { kind } },
  services: {
    checkout: {
      workload: { migration: { job: 'migrate' } },
      ...(environments && { environments }),
    },
  },
  environments: { staging: { platform: 'here' }, production: { platform: 'eu' } },
});

describe('a written migration', () => {
  it('has ten minutes, and tells its last twenty lines', () => {
    assert.deepEqual(migrationSchema.parse({ job: 'migrate' }), {
      ...{ job: 'migrate', deadline: 600_000, logLines: 20 },
    });
  });

  it('is refused where an environment of the service runs no Job, and says which', () => {
    const [fault, ...others] = migrationsHavePlace(written('playground'));
    assert.equal(
      fault?.message,
      'services.checkout.workload.migration: seen environment staging on platform "here" (playground), allowed: kubernetes, because only a cluster runs a Job',
    );
    assert.deepEqual(fault?.path, ['services', 'checkout', 'workload', 'migration']);
    assert.deepEqual(others, []);
    assert.equal(migrationsHavePlace(written('gitops')).length, 1);
  });

  it('is fine where every environment that the service goes through is a cluster', () => {
    assert.deepEqual(migrationsHavePlace(written('kubernetes')), []);
    assert.deepEqual(migrationsHavePlace(written('playground', ['production'])), []);
  });
});

/** Regions of an environment: stages one after the other, in the order of the file, with what each says of its own. */
import assert from 'node:assert/strict';
import { parseProject } from '../../../src/config/project.js';
import { resolvePipeline } from '../../../src/config/resolve-pipeline.js';
import type { Failure } from '../../../src/domain/failures.js';
import { strategySchema } from '../../../src/domain/rollout/schema.js';

const text = `apiVersion: sluice/v1
project: shop
platforms:
  west: {kind: playground}
  east: {kind: playground}
services:
  checkout: {workload: {command: [node, server.mjs], instances: 3}}
environments:
  staging: {platform: west}
  production:
    platform: west
    soak: 10m
    approvals: {required: 2}
    regions:
      us: {platform: east, instances: 9, soak: 1h}
      eu: {}
`;

const stagesOf = (written: string, options = {}) =>
  resolvePipeline(parseProject(written, '/shop/sluice.yaml'), 'checkout', {
    embedded: false,
    ...options,
  }).environments;

describe('regions', () => {
  it('are stages in the order of the file', () => {
    const seen = stagesOf(text).map(({ environment, platform, workload, soakMs }) => [
      environment,
      platform,
      workload.instances,
      soakMs,
    ]);
    assert.deepEqual(seen, [
      ['staging', 'west', 3, 0],
      ['production/us', 'east', 9, 3_600_000],
      ['production/eu', 'west', 3, 600_000],
    ]);
  });

  it('are approved with the first', () => {
    const seen = stagesOf(text).map(({ promotion, approvals }) => [promotion, approvals.required]);
    assert.deepEqual(seen, [
      ['auto', 0],
      ['manual', 2],
      ['auto', 0],
    ]);
  });

  it('are all of the last environment, whose silence is no consent', () => {
    const [staging, us, eu] = stagesOf(text).map(({ health }) => health.onNoData);
    assert.equal(us, eu);
    assert.notEqual(staging, eu);
  });

  it('all go by a strategy that is given to their environment, or one alone by its own', () => {
    const strategy = strategySchema.parse('blueGreen');
    const kindsWith = (environment: string) =>
      stagesOf(text, { override: { environment, strategy } }).map(({ strategy: { kind } }) => kind);
    assert.deepEqual(kindsWith('production'), ['canary', 'blueGreen', 'blueGreen']);
    assert.deepEqual(kindsWith('production/eu'), ['canary', 'canary', 'blueGreen']);
  });

  const faults: readonly [string, string, string, RegExp][] = [
    ['an unknown platform', 'platform: east, ', 'platform: north, ', /no platform "north"/],
    ['a name that fits no label', '      eu: {}', '      EU: {}', /seen the name "EU"/],
    [
      'none',
      '\n      us: {platform: east, instances: 9, soak: 1h}\n      eu: {}',
      ' {}',
      /one region/,
    ],
  ];
  for (const [what, from, to, fault] of faults) {
    it(`are refused with ${what}, line and all`, () => {
      const changed = text.replace(from, to);
      assert.notEqual(changed, text);
      assert.throws(
        () => stagesOf(changed),
        ({ details }: Failure) => {
          const [first] = details.faults ?? [];
          assert.match(first?.message ?? '', fault);
          assert.match(first?.where ?? '', /sluice\.yaml:1[3-6]:/);
          return true;
        },
      );
    });
  }
});

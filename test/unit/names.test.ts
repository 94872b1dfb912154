/** Names and ids: every id has an inverse, and nothing else is taken for an id. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  deploymentWorkflowId,
  environmentPath,
  namePattern,
  parseDeploymentWorkflowId,
  parseReleaseWorkflowId,
  parseRolloutWorkflowId,
  parseTargetWorkflowId,
  releaseWorkflowId,
  rolloutWorkflowId,
  type TargetKey,
  targetPath,
  targetWorkflowId,
} from '../../src/domain/names.js';

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
const target: fc.Arbitrary<TargetKey> = fc.record(
  { service: name, environment: name, region: name },
  { requiredKeys: ['service', 'environment'], noNullPrototype: true },
);

describe('names', () => {
  it('of deployments have an inverse', () => {
    const release = { service: 'shop', version: '1.2.0-rc.1' };
    const id = deploymentWorkflowId(release, '01a1-ff');
    assert.equal(id, 'deployment:shop:1.2.0-rc.1:01a1-ff');
    assert.deepEqual(parseDeploymentWorkflowId(id), { release, runId: '01a1-ff' });
    for (const bad of [
      'deployment:shop:1.2.0',
      'release:shop:1.2.0:x',
      `${id}:y`,
      'deployment:::',
    ]) {
      assert.throws(() => parseDeploymentWorkflowId(bad), /is not a deployment id/);
    }
  });

  it('are DNS labels', () => {
    for (const good of ['a', '0', 'checkout', 'eu-west-1', 'a'.repeat(63)]) {
      assert.match(good, namePattern);
    }
    for (const bad of ['', '-a', 'a-', 'A', 'a.b', 'a:b', 'a/b', 'ä', 'a\n', 'a'.repeat(64)]) {
      assert.doesNotMatch(bad, namePattern);
    }
  });

  const rows: { name: string; given: TargetKey; want: [string, string, string] }[] = [
    {
      name: 'without a region',
      given: { service: 'checkout', environment: 'staging' },
      want: ['target:checkout:staging', 'checkout/staging', 'staging'],
    },
    {
      name: 'in a region',
      given: { service: 'checkout', environment: 'production', region: 'eu' },
      want: ['target:checkout:production:eu', 'checkout/production/eu', 'production/eu'],
    },
  ];
  for (const { name: title, given, want } of rows) {
    it(`of a target ${title}`, () => {
      assert.deepEqual([targetWorkflowId(given), targetPath(given), environmentPath(given)], want);
    });
  }

  it('of targets, rollouts and releases come back from their ids', () => {
    fc.assert(
      fc.property(target, fc.integer({ min: 1 }), (key, n) => {
        assert.deepEqual(parseTargetWorkflowId(targetWorkflowId(key)), key);
        const rollout = { target: key, n };
        assert.deepEqual(parseRolloutWorkflowId(rolloutWorkflowId(rollout)), rollout);
        const release = { service: key.service, version: `1.2.${n}-rc.1+build` };
        assert.deepEqual(parseReleaseWorkflowId(releaseWorkflowId(release)), release);
      }),
    );
  });

  const refused: [string, (id: string) => unknown, string[]][] = [
    [
      'target',
      parseTargetWorkflowId,
      [
        '',
        'target',
        'target:a',
        'target:a:',
        'target:a:b:c:d',
        'target:A:b',
        'rollout:a:b',
        'target:a:b:',
      ],
    ],
    [
      'rollout',
      parseRolloutWorkflowId,
      [
        'rollout:a:b',
        'rollout:a:b:0',
        'rollout:a:b:-1',
        'rollout:a:b:1.5',
        'rollout:a:b:x',
        'rollout:a:b:c:d:1',
        'target:a:b:1',
        'rollout:1',
      ],
    ],
    [
      'release',
      parseReleaseWorkflowId,
      ['release:a', 'release::1.0.0', 'release:a:', 'release:a:1:2', 'target:a:1.0.0'],
    ],
  ];
  for (const [kind, parse, ids] of refused) {
    it(`refuse what is no ${kind} id`, () => {
      for (const id of ids)
        assert.throws(() => parse(id), { code: 'InvalidInput', details: { where: id } }, id);
    });
  }
});

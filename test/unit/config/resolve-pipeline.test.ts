/** The snapshot a release carries: every default filled in, and a hash that follows the content. */
import assert from 'node:assert/strict';
import { parseProject } from '../../../src/config/project.js';
import { resolvePipeline } from '../../../src/config/resolve-pipeline.js';
import { strategySchema } from '../../../src/domain/rollout/schema.js';

const text = `apiVersion: sluice/v1
project: shop
platforms: {local: {kind: playground}}
webhooks: {allowedHosts: [gate.example]}
services:
  checkout:
    workload:
      command: [node, server.mjs, "{artifact}"]
      artifact: built/checkout-{version}.json
      directory: app
      env: {DEBUG: false, LEVEL: 3}
      healthPath: /ready
  search:
    workload: {command: [search]}
    environments: [production, integration]
environments:
  integration: {platform: local, instances: 1}
  staging:
    platform: local
    strategy: {canary: {steps: [{smokeTest: {}}, {webhook: {url: "https://gate.example"}}, {setWeight: 10}]}}
    health: {errorRate: {max: 0.5%}, onNoData: advance}
  production: {platform: local, approvals: {approvers: ["team:release"], deadline: null}, verification: {}}
`;

const project = parseProject(text, '/shop/sluice.yaml');
const resolved = resolvePipeline(project, 'checkout', { embedded: true });

describe('resolvePipeline', () => {
  it('anchors paths at the file and makes texts of the variables', () => {
    assert.deepEqual(resolved.environments[1]?.workload, {
      command: ['node', 'server.mjs', '{artifact}'],
      env: { DEBUG: 'false', LEVEL: '3' },
      artifact: '/shop/app/built/checkout-{version}.json',
      directory: '/shop/app',
      instances: 3,
      healthPath: '/ready',
    });
    assert.equal(resolved.environments[0]?.workload.instances, 1);
  });

  it('turns back on doubt in the last environment and holds in the others', () => {
    const doubts = resolved.environments.map(({ health }) => [
      health.onInconclusive,
      health.onNoData,
    ]);
    assert.deepEqual(doubts, [
      ['hold', 'hold'],
      ['hold', 'advance'],
      ['rollBack', 'rollBack'],
    ]);
    const rates = resolved.environments.map(({ health }) => health.errorRate.rollBackAbove);
    const success = resolved.environments.map(({ health }) => health.errorRate.succeedBelow);
    assert.deepEqual(success, [0.01, 0.005, 0.01], 'never above the limit');
    assert.deepEqual(rates, [0.05, 0.005, 0.05]);
  });

  it('gives smoke tests the health path and webhooks the project’s hosts', () => {
    const strategy = resolved.environments[1]?.strategy;
    assert.ok(strategy?.kind === 'canary');
    const [first, second] = strategy.steps;
    assert.ok(first?.kind === 'smokeTest' && second?.kind === 'webhook');
    assert.equal(first.smoke.path, '/ready');
    assert.deepEqual(second.webhook.allowedHosts, ['gate.example']);
    assert.equal(resolved.environments[2]?.verification?.path, '/ready');
  });

  it('asks for approval where the file does, and counts claims only when embedded', () => {
    const production = resolved.environments[2];
    assert.equal(production?.promotion, 'manual');
    assert.deepEqual(production?.approvals, {
      required: 1,
      approvers: ['team:release'],
      minimumWaitMs: 0,
      deadlineMs: null,
      acceptClaims: true,
    });
    const outside = resolvePipeline(project, 'checkout', { embedded: false });
    assert.equal(outside.environments[2]?.approvals.acceptClaims, false);
    assert.equal(resolved.environments[0]?.approvals.required, 0);
  });

  it('keeps pipeline order for a service that names its environments', () => {
    const { environments } = resolvePipeline(project, 'search', { embedded: false });
    assert.deepEqual(
      environments.map(({ environment }) => environment),
      ['integration', 'production'],
    );
  });

  it('uses a strategy override where it is for, and nowhere else', () => {
    const strategy = strategySchema.parse('blueGreen');
    const override = { environment: 'production', strategy };
    const { environments } = resolvePipeline(project, 'checkout', { embedded: true, override });
    assert.deepEqual(
      environments.map((plan) => plan.strategy.kind),
      ['canary', 'canary', 'blueGreen'],
    );
    const elsewhere = { environment: 'staging', strategy };
    assert.throws(
      () => resolvePipeline(project, 'search', { embedded: true, override: elsewhere }),
      {
        code: 'NotFound',
        message: 'there is no environment "staging", there are: integration, production',
      },
    );
  });

  it('hashes the content: equal for equal, other for any change, not for layout', () => {
    const again = (changed: string) =>
      resolvePipeline(parseProject(changed, '/shop/sluice.yaml'), 'checkout', { embedded: true });
    assert.match(resolved.sha256, /^[0-9a-f]{64}$/);
    assert.equal(again(`# a comment\n${text}`).sha256, resolved.sha256);
    assert.equal(
      again(text.replace('DEBUG: false, LEVEL: 3', 'LEVEL: 3, DEBUG: false')).sha256,
      resolved.sha256,
    );
    assert.notEqual(again(text.replace('0.5%', '0.6%')).sha256, resolved.sha256);
  });

  it('names the services there are', () => {
    assert.throws(() => resolvePipeline(project, 'chekout', { embedded: true }), {
      code: 'NotFound',
      message:
        'there is no service "chekout", there are: checkout, search; did you mean "checkout"?',
    });
  });
});

/** The section `alerts` of sluice.yaml, and how the API keeps to it while it changes. */
import assert from 'node:assert/strict';
import { createAlertRules } from '../../../src/api/alert-rules.js';
import { parseProject } from '../../../src/config/project.js';
import { Failure } from '../../../src/domain/failures.js';

const fileWith = (alerts: string) => `apiVersion: sluice/v1
project: shop
platforms:
  local: {kind: playground}
services:
  checkout: {workload: {command: [node, server.mjs]}}
environments:
  production: {platform: local}
${alerts}
`;
const read = (alerts = '') => parseProject(fileWith(alerts), '/shop/sluice.yaml').alerts;

function faultsOf(alerts: string): string {
  try {
    read(alerts);
  } catch (error) {
    const { faults = [] } = (error as Failure).details;
    return faults.map(({ where, message }) => `${where} ${message}`).join('\n');
  }
  return '';
}

describe('alerts in sluice.yaml', () => {
  it('may be left out', () => {
    const { labels, action, signature } = read();
    assert.deepEqual(
      { ...labels },
      {
        service: 'sluice_service',
        environment: 'sluice_environment',
        region: 'sluice_region',
        action: 'sluice_action',
      },
    );
    assert.equal(action, 'rollback');
    assert.equal(signature, undefined);
  });

  it('name labels of their own, and where the secret lies', () => {
    const { labels, action, signature } = read(
      'alerts: {labels: {service: app}, action: hold, signature: {secret: {env: KEY}, tolerance: 1m}}',
    );
    assert.equal(labels.service, 'app');
    assert.equal(labels.environment, 'sluice_environment');
    assert.equal(action, 'hold');
    assert.deepEqual({ ...signature?.secret }, { env: 'KEY' });
    assert.equal(signature?.tolerance, 60_000);
  });

  const faulty: readonly [string, string, RegExp][] = [
    [
      'the secret itself',
      'signature: {secret: s3cret}',
      /alerts\.signature\.secret.*never the secret/,
    ],
    [
      'a tolerance of a day',
      'signature: {secret: {env: K}, tolerance: 1d}',
      /tolerance.*from 1s to 1h/,
    ],
    ['another action', 'action: explode', /alerts\.action.*rollback/],
    ['no label', 'labels: {service: "my service"}', /alerts\.labels\.service.*name of a label/],
    ['another field', 'secret: {env: K}', /alerts\.secret|secret/],
  ];
  for (const [name, alerts, want] of faulty) {
    it(`are refused with ${name}`, () => {
      const faults = faultsOf(`alerts: {${alerts}}`);
      assert.match(faults, want);
      assert.doesNotMatch(faults, /s3cret/);
    });
  }
});

describe('rules for alerts', () => {
  it('are read again after a while, and stay while the file is faulty', async () => {
    let nowMs = 0;
    let action = 'hold';
    let reads = 0;
    const rules = createAlertRules({
      readProject: async () => {
        reads += 1;
        if (action === 'faulty') throw new Failure('InvalidInput', 'sluice.yaml has a fault');
        return { alerts: read(`alerts: {action: ${action}, signature: {secret: {env: KEY}}}`) };
      },
      readSecret: async (credential) => JSON.stringify(credential),
      clock: () => nowMs,
    });
    const first = await rules();
    assert.equal(first.action, 'hold');
    assert.equal(await first.signature?.readSecret(), '{"env":"KEY"}');
    action = 'look';
    nowMs = 1_999;
    assert.equal((await rules()).action, 'hold');
    assert.equal(reads, 1);
    nowMs = 2_000;
    assert.equal((await rules()).action, 'look');
    action = 'faulty';
    nowMs = 10_000;
    assert.equal((await rules()).action, 'look');
    assert.equal(reads, 3);
  });

  it('are not there at all while the file was never read', async () => {
    const rules = createAlertRules({
      readProject: async () => {
        throw new Failure('NotFound', 'there is no configuration');
      },
      readSecret: async () => '',
      clock: () => 0,
    });
    for (let n = 0; n < 2; n++) {
      await assert.rejects(rules(), (error: Failure) => {
        assert.equal(error.code, 'NotReady');
        assert.doesNotMatch(error.message, /there is no/);
        return true;
      });
    }
  });
});

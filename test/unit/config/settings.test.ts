/** The environment of a process: defaults, all faults at once, no secrets, and the example file that shows it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadSettings, settingsSchema } from '../../../src/config/settings.js';
import { Failure } from '../../../src/domain/failures.js';

describe('loadSettings', () => {
  it('has a default for everything', () => {
    const settings = loadSettings({});
    assert.equal(settings.configPath, resolve('sluice.yaml'));
    assert.equal(settings.tokensFile, resolve('.sluice/tokens.json'));
    assert.deepEqual(settings.api, { host: '127.0.0.1', port: 7400 });
    assert.equal(settings.embedded, false);
    assert.ok(Object.isFrozen(settings.api));
  });

  it('reads what is set and takes an empty variable for an unset one', () => {
    const settings = loadSettings({
      SLUICE_API_PORT: '0',
      SLUICE_LOG_LEVEL: '',
      SLUICE_TASK_QUEUES: 'workflows,actuate-eu',
      SLUICE_DATA_DIR: '/var/lib/sluice',
      SLUICE_EMBEDDED: 'true',
      SLUICE_WORKER_METRICS_ADDRESS: '[::1]:9464',
    });
    assert.deepEqual(settings.workerMetrics, { host: '::1', port: 9464 });
    assert.equal(settings.api.port, 0);
    assert.equal(settings.logLevel, 'info');
    assert.deepEqual(settings.taskQueues, ['workflows', 'actuate-eu']);
    assert.equal(settings.approvalKeyFile, '/var/lib/sluice/approval.key');
    assert.equal(settings.embedded, true);
  });

  it('takes an address and a port for the metrics, and nothing else', () => {
    const read = (SLUICE_WORKER_METRICS_ADDRESS: string) =>
      loadSettings({ SLUICE_WORKER_METRICS_ADDRESS }).workerMetrics;
    assert.deepEqual(read('127.0.0.1:9464'), { host: '127.0.0.1', port: 9464 });
    assert.deepEqual(read('worker.internal:0'), { host: 'worker.internal', port: 0 });
    assert.equal(read(''), null);
    for (const wrong of ['9464', ':9464', '127.0.0.1', '127.0.0.1:65536', '::1:9464', 'http://a:1'])
      assert.throws(() => read(wrong), Failure, wrong);
  });

  it('names every fault at once and repeats no value', () => {
    const env = {
      SLUICE_API_PORT: '70000',
      SLUICE_LOG_LEVEL: 'hunter2',
      SLUICE_PLAYGROUND_URL: 'hunter2',
      SLUICE_EMBEDDED: 'hunter2',
      SLUICE_WORKER_METRICS_ADDRESS: 'hunter2',
    };
    assert.throws(
      () => loadSettings(env),
      (error) => {
        assert.ok(error instanceof Failure && error.code === 'InvalidInput');
        assert.deepEqual(
          error.details.faults?.map(({ where }) => where).sort(),
          Object.keys(env).sort(),
        );
        assert.ok(!JSON.stringify([error.message, error.details]).includes('hunter2'));
        return true;
      },
    );
  });
});

describe('.env.example', () => {
  const text = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8');
  const shown = [...text.matchAll(/^# (.+)\n(# )?(SLUICE_\w+)=(.*)$/gm)].map(
    ([, meaning, comment, name, value]) => ({
      meaning,
      optional: comment !== undefined,
      name,
      value,
    }),
  );

  it('shows every variable with its meaning, and no other', () => {
    const known = Object.entries(settingsSchema.shape).map(([name, schema]) => ({
      name,
      meaning: schema.description,
    }));
    assert.deepEqual(
      shown.map(({ name, meaning }) => ({ name, meaning })),
      known,
    );
  });

  it('shows the defaults', () => {
    const defaults = shown
      .filter(({ optional }) => !optional)
      .map(({ name, value }) => [name, value]);
    assert.deepEqual(loadSettings(Object.fromEntries(defaults)), loadSettings({}));
  });
});

/** The demo of docker-compose.yml without containers: the image's files, read-only, as nobody in particular. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosePorts } from '../../src/embedded/free-port.js';
import { findTemporalCli } from '../../src/embedded/temporal-cli.js';
import { type ComposeService, environmentOf, readCompose } from '../support/compose-file.js';
import {
  type ImageProcess,
  type ImageTree,
  layOutImage,
  startProcess,
} from '../support/image-tree.js';
import { packPackage } from './installed-package.js';

const { services } = readCompose();

function service(name: string): ComposeService {
  const found = services[name];
  assert.ok(found, name);
  return found;
}

describe('image', function () {
  this.timeout(300_000);
  let tree: ImageTree;
  let placed: (text: string) => string;
  const running = new Map<string, ImageProcess>();

  before(async () => {
    tree = layOutImage(packPackage().archive);
    const ports = await choosePorts({ temporal: null, playground: null, api: null, metrics: null });
    // What docker does by names, mounts and networks.
    const places: Readonly<Record<string, string>> = {
      'temporal:7233': `127.0.0.1:${ports.temporal}`,
      '127.0.0.1:7233': `127.0.0.1:${ports.temporal}`,
      '7410': String(ports.playground),
      '7400': String(ports.api),
      '9464': String(ports.metrics),
      '0.0.0.0': '127.0.0.1',
      '/etc/sluice/sluice.yaml': join(tree.app, 'examples', 'checkout'),
    };
    const anyPlace = new RegExp(Object.keys(places).join('|'), 'g');
    placed = (text) => text.replace(anyPlace, (found) => places[found] ?? found);
    const command = (service('temporal-dev').command ?? []).map(placed);
    const given = [...command, `--port=${ports.temporal}`, '--headless'];
    running.set('temporal-dev', temporal(...given));
  });
  after(async () => {
    for (const each of running.values()) each.child.kill('SIGTERM');
    await Promise.all([...running.values()].map(({ ended }) => ended));
    tree.remove();
  });

  /** It may lie where only its owner may go, and is no part of the image. */
  function temporal(...args: readonly string[]): ImageProcess {
    return startProcess([findTemporalCli(process.env), ...args], tmpdir(), { HOME: tmpdir() });
  }

  function start(name: string): ImageProcess {
    const { entrypoint = ['node'], command = [] } = service(name);
    const settings = {
      SLUICE_CONFIG: '/etc/sluice/sluice.yaml',
      SLUICE_API_HOST: '0.0.0.0',
      SLUICE_API_PORT: '7400',
      SLUICE_WORKER_METRICS_ADDRESS: '0.0.0.0:9464',
      ...environmentOf(service(name)),
    };
    const env = Object.entries(settings).map(([key, value]) => [key, placed(value)]);
    const started = tree.start([...entrypoint, ...command], Object.fromEntries(env));
    running.set(name, started);
    return started;
  }

  /** By the service's own health check. */
  async function healthy(name: string): Promise<void> {
    const [, ...check] = service(name).healthcheck?.test ?? [];
    const [program = '', ...args] = check.map(placed);
    const run = () =>
      program === 'temporal' ? temporal(...args) : tree.start([program, ...args], {});
    const passes = async () => (await run().ended) === 0;
    for (const untilMs = Date.now() + 60_000; !(await passes()); ) {
      const { said, child } = running.get(name) ?? { said: () => '', child: { exitCode: null } };
      assert.equal(child.exitCode, null, said());
      assert.ok(Date.now() < untilMs, `${name} is not healthy: ${said()}`);
    }
  }

  it('holds the native part for one platform', () => {
    const releases = join(tree.app, 'node_modules/@temporalio/core-bridge/releases');
    assert.equal(readdirSync(releases).length, 1);
    for (const unwanted of ['mocha', 'typescript', 'esbuild', 'tsx'])
      assert.equal(existsSync(join(tree.app, 'node_modules', unwanted)), false, unwanted);
  });

  it('lets nobody write where programs are', async () => {
    for (const path of ['dist/new.js', 'node_modules/new.js', 'new.js']) {
      const script = `require('node:fs').writeFileSync(${JSON.stringify(path)}, '')`;
      const { ended, said } = tree.start(['node', '-e', script], {});
      assert.equal(await ended, 1);
      assert.match(said(), /EACCES/);
    }
  });

  it('makes its credentials once', async () => {
    const first = start('credentials');
    assert.equal(await first.ended, 0, first.said());
    assert.match(first.said(), /slc_[\w-]{40,}/);
    const again = start('credentials');
    assert.equal(await again.ended, 0, again.said());
    assert.equal(again.said(), '');
    assert.deepEqual(readdirSync(tree.data).toSorted(), ['approval.key', 'tokens.json']);
  });

  it('starts every part, healthy by its own check, and stops it when told', async () => {
    await healthy('temporal-dev');
    start('playground');
    await healthy('playground');
    const [worker, api] = [start('worker'), start('api')];
    await healthy('worker');
    await healthy('api');
    const log = worker.said();
    assert.match(log, /"ready":true/);
    assert.doesNotMatch(log, /EACCES|EROFS/);
    for (const each of [worker, api]) {
      each.child.kill('SIGTERM');
      assert.equal(await each.ended, 0, each.said());
    }
  });

  it('would see a health check that fails', async () => {
    const nowhere = placed('http://127.0.0.1:7400/readyz');
    const { ended } = tree.start(['node', 'deploy/compose/healthy.mjs', nowhere], {});
    assert.notEqual(await ended, 0);
  });
});

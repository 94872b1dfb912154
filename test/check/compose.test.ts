/** docker-compose.yml is what the Compose Specification allows, keeps to loopback, and starts what it says it starts. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { pinnedTemporal } from '../../scripts/setup/pins.mjs';
import { settingsSchema } from '../../src/config/settings.js';
import { searchAttributes } from '../../src/workflows/search-attributes.js';
import { type ComposeFile, composeText, readCompose } from '../support/compose-file.js';

// Of github.com/compose-spec/compose-go v2.16.2, Apache-2.0, unchanged.
const specification = JSON.parse(
  readFileSync(new URL('compose-spec.json', import.meta.url), 'utf8'),
) as object;
const isValid = new Ajv2020({ strict: false, validateFormats: false }).compile(specification);

const { services, volumes } = readCompose();
const named = Object.entries(services);
const profiles = ['demo', 'full'];
const ofPlayground = ['SLUICE_PLAYGROUND_PORT', 'SLUICE_PLAYGROUND_DATA'];
const ofCli = ['SLUICE_API_URL', 'SLUICE_TOKEN'];
const known = new Set([...Object.keys(settingsSchema.shape), ...ofPlayground, ...ofCli]);

/** What is wrong with a file, in a few words each. */
function faultsOf(text: string): readonly string[] {
  const file = readCompose(text);
  const broken = isValid(parse(text, { merge: true })) ? [] : ['schema'];
  if (broken.length > 0) return broken;
  return Object.keys(file.services).flatMap((name) => serviceFaults(file, name));
}

function serviceFaults(file: ComposeFile, name: string): readonly string[] {
  const service = file.services[name];
  if (service === undefined) return [];
  const faults: string[] = [];
  const isOneShot = service.restart === 'no' || service.restart?.startsWith('on-failure');
  if (!/:v?\d+\.\d+/.test(service.image)) faults.push('image is not pinned');
  if (!service.cap_drop?.includes('ALL')) faults.push('keeps capabilities');
  if (!service.security_opt?.includes('no-new-privileges:true')) faults.push('may gain privileges');
  if (service.build !== undefined && service.read_only !== true) faults.push('is writable');
  if (!isOneShot && service.healthcheck === undefined) faults.push('has no health check');
  for (const port of service.ports ?? [])
    if (!port.startsWith('127.0.0.1:')) faults.push(`publishes ${port}`);
  for (const volume of service.volumes ?? []) {
    const [source = ''] = volume.split(':');
    if (source.startsWith('.') ? !existsSync(source) : !(source in file.volumes))
      faults.push(`mounts ${source}`);
  }
  for (const variable of Object.keys(service.environment ?? {}))
    if (variable.startsWith('SLUICE_') && !known.has(variable)) faults.push(`sets ${variable}`);
  for (const [needed, { condition, required }] of Object.entries(service.depends_on ?? {})) {
    const other = file.services[needed];
    if (other === undefined) faults.push(`needs ${needed}`);
    const missing = service.profiles.filter((profile) => !other?.profiles.includes(profile));
    if (missing.length > 0 && required !== false) faults.push(`needs ${needed} everywhere`);
    if (condition === 'service_healthy' && other?.healthcheck === undefined)
      faults.push(`${needed} is never healthy`);
  }
  return faults.map((fault) => `${name} ${fault}`);
}

describe('docker-compose.yml', () => {
  it('is valid and keeps its own rules', () => {
    assert.deepEqual(faultsOf(composeText), []);
    assert.ok(named.length >= 13, `${named.length} services`);
  });

  const planted: readonly (readonly [string, string | RegExp, string, RegExp])[] = [
    ['an unknown key', 'init: true', 'initial: true', /^schema$/],
    ['a port as an object that is none', '["127.0.0.1:7400:7400"]', '[{at: 7400}]', /^schema$/],
    ['a condition that there is not', 'service_healthy }', 'service_well }', /^schema$/],
    ['a port for everybody', '127.0.0.1:9090:9090', '9090:9090', /prometheus publishes/],
    ['an image of today', 'prom/prometheus:v3.15.0', 'prom/prometheus:latest', /not pinned/],
    ['a service that is not there', 'postgres: { cond', 'database: { cond', /needs database/],
    [
      'a folder that is not there',
      './deploy/helm/sluice/monitoring:',
      './deploy/watching:',
      /grafana mounts/,
    ],
    ['a volume that nobody declares', 'grafana:/var', 'graphs:/var', /grafana mounts graphs/],
    ['a setting that nobody reads', 'SLUICE_LOG_LEVEL:', 'SLUICE_LOGLEVEL:', /SLUICE_LOGLEVEL/],
    ['all capabilities', 'cap_drop: [ALL]', 'cap_drop: [MKNOD]', /keeps capabilities/],
    ['a root file system to write to', 'read_only: true\n  tmpfs', 'tmpfs', /api is writable/],
    ['a part of the other profile', ', required: false }', ' }', /api needs temporal-dev every/],
  ];
  for (const [title, from, to, expected] of planted)
    it(`would see ${title}`, () => {
      const text = composeText.replace(from, to);
      assert.notEqual(text, composeText);
      const faults = faultsOf(text);
      assert.ok(
        faults.some((fault) => expected.test(fault)),
        faults.join('; '),
      );
    });

  it('starts all of ours in both profiles, and Temporal, PostgreSQL and monitoring in full', () => {
    const startedBy = (profile: string) =>
      named.filter(([, service]) => service.profiles.includes(profile)).map(([name]) => name);
    const ours = ['credentials', 'playground', 'worker', 'api'];
    assert.deepEqual(startedBy('demo'), [...ours, 'temporal-dev']);
    assert.deepEqual(startedBy('full'), [
      ...ours,
      ...['postgres', 'temporal-schema', 'temporal', 'temporal-namespace', 'temporal-ui'],
      ...['prometheus', 'grafana'],
    ]);
    for (const profile of profiles) {
      const published = named
        .filter(([, service]) => service.profiles.includes(profile))
        .flatMap(([, { ports = [] }]) => ports.map((port) => port.split(':')[1]));
      assert.equal(new Set(published).size, published.length, `${profile}: ${published.join(' ')}`);
    }
    assert.deepEqual(Object.keys(volumes), ['data', 'postgres', 'prometheus', 'grafana']);
  });

  it('runs programs that the package has', () => {
    const programs = named.flatMap(([, { build, command = [], entrypoint = [] }]) =>
      build === undefined ? [] : [...entrypoint, ...command].filter((word) => word.includes('/')),
    );
    assert.equal(programs.length, 5);
    for (const program of programs)
      assert.ok(existsSync(program.replace(/^dist(.*)\.js$/, 'src$1.ts')), program);
    for (const [name, { healthcheck, build }] of named)
      if (build !== undefined && healthcheck !== undefined)
        assert.ok(existsSync(healthcheck.test[2] ?? ''), name);
  });

  it('takes our release, one of the Temporal server, and the dev server that tests run on', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const tag = (name: string) => services[name]?.image.split(':')[1];
    assert.equal(tag('temporal-schema'), tag('temporal'));
    assert.equal(tag('temporal-namespace'), tag('temporal'));
    assert.equal(tag('temporal-dev'), pinnedTemporal);
    for (const [name, { build, image }] of named)
      if (build !== undefined) assert.equal(image, `sluice:${version}`, name);
  });

  it('registers every search attribute, in the dev server and by the script', () => {
    const types: Readonly<Record<string, string>> = {
      KEYWORD: 'Keyword',
      DATETIME: 'Datetime',
      INT: 'Int',
    };
    const wanted = searchAttributes.map(({ name, type }) => `${name}=${types[type]}`);
    const flag = '--search-attribute=';
    const given = (services['temporal-dev']?.command ?? [])
      .filter((word) => word.startsWith(flag))
      .map((word) => word.slice(flag.length));
    assert.deepEqual(given.toSorted(), wanted.toSorted());
  });

  it('mounts a Prometheus configuration whose rule files are there', () => {
    const folder = 'deploy/compose';
    const { rule_files: files } = parse(readFileSync(join(folder, 'prometheus.yml'), 'utf8')) as {
      rule_files: readonly string[];
    };
    for (const file of files) assert.ok(existsSync(join(folder, file)), file);
  });
});

/** Metric sources and series of an environment's health, as sluice.yaml says them. */
import assert from 'node:assert/strict';
import { parseProject } from '../../../src/config/project.js';
import { readHeaders } from '../../../src/config/request-headers.js';
import { resolvePipeline } from '../../../src/config/resolve-pipeline.js';
import type { Failure } from '../../../src/domain/failures.js';

interface Parts {
  readonly sources?: string;
  readonly metric?: string;
  readonly platform?: string;
}

const lag = `{name: queue-lag, source: prom, query: 'max(lag{revision="{{revision}}"})', worse: higher, margin: 5}`;
const usual = `
  prom: {kind: prometheus, url: 'https://prometheus.test', auth: {env: TOKEN}, tls: {ca: /ca.pem, cert: /c.pem, key: /k.pem}}
  dog: {kind: datadog, site: datadoghq.eu, apiKey: {env: A}, applicationKey: {file: /run/key}}
  aws: {kind: cloudwatch, region: eu-central-1}
  relic: {kind: newrelic, account: 1234567, region: eu, apiKey: {env: NR}}
  shop: {kind: json, url: 'https://shop.test/api', headers: {X-Scope-OrgID: shop, X-Api-Key: {env: KEY}}}`;

const file = ({ sources = usual, metric = lag, platform = '{kind: playground}' }: Parts) =>
  `apiVersion: sluice/v1
project: shop
platforms: {local: ${platform}}
metricSources:${sources}
services:
  checkout: {workload: {command: [node], deployment: checkout}}
environments:
  production:
    platform: local
    health:
      metrics:
        - ${metric}
`;

const parse = (parts: Parts) => parseProject(file(parts), '/shop/sluice.yaml');
const seriesOf = (parts: Parts) =>
  resolvePipeline(parse(parts), 'checkout', { embedded: false }).environments[0]?.health.series;

function faultsOf(parts: Parts): string {
  try {
    parse(parts);
  } catch (error) {
    const { faults = [] } = (error as Failure).details;
    return faults.map(({ where, message }) => `${where} ${message}`).join('\n');
  }
  return '';
}

describe('health.metrics', () => {
  it('are part of the policy, with their defaults', () => {
    assert.deepEqual(seriesOf({}), [
      {
        ...{ name: 'queue-lag', source: 'prom', query: 'max(lag{revision="{{revision}}"})' },
        ...{ worse: 'higher', margin: 5, weight: 1, dryRun: false, everyMs: 15_000 },
      },
    ]);
    const aws = `{name: cpu, source: aws, worse: higher, range: [0, 100], margin: 10, dryRun: true, weight: 2,
           query: {namespace: AWS/ECS, metric: CPUUtilization, dimensions: {ServiceName: '{{service}}-{{revision}}'}}}`;
    const [cpu] = seriesOf({ metric: aws }) ?? [];
    assert.deepEqual(cpu?.range, [0, 100]);
    // CloudWatch tells one value a minute.
    assert.deepEqual([cpu.everyMs, cpu.dryRun, cpu.weight], [60_000, true, 2]);
  });

  it('may be asked of every kind of source', () => {
    for (const [source, query] of [
      ['dog', '"avg:lag{version:{{revision}}} by {host}"'],
      ['relic', `"SELECT max(lag) FROM Queue WHERE version = '{{revision}}'"`],
      ['shop', `{path: '/lag?v={{revision}}', value: '$.pods[*].lag', body: {a: ['{{service}}']}}`],
    ]) {
      const metric = `{name: lag, source: ${source}, query: ${query}, worse: higher, margin: 1}`;
      assert.equal(faultsOf({ metric }), '', source);
    }
  });

  const wrong = (query: string, source = 'prom') =>
    `{name: lag, source: ${source}, query: ${query}, worse: higher, margin: 1}`;
  const rows: readonly [string, Parts, RegExp][] = [
    [
      'an unknown variable',
      { metric: wrong(`'lag{v="{{revison}}"}'`) },
      /^\/shop\/sluice\.yaml:17:\d+ environments\.production\.health\.metrics\[0\]\.query: unknown variable \{\{revison\}\}, character 8, allowed: .*; did you mean "revision"\?$/,
    ],
    [
      'a variable outside of a literal',
      { metric: wrong("'lag{v={{revision}}}'") },
      /query: a variable stands in "…"/,
    ],
    [
      'a source that is not there',
      { metric: wrong(`'lag{v="{{revision}}"}'`, 'porm') },
      /metrics\[0\]\.source: there is no entry of metricSources "porm", .*did you mean "prom"/,
    ],
    [
      'a query of another kind',
      { metric: wrong("'x'", 'aws') },
      /query: seen a text, allowed for "aws" \(cloudwatch\): \{namespace, metric, dimensions\}/,
    ],
    [
      'the same for both sides',
      { metric: wrong("'max(lag)'") },
      /seen no \{\{revision\}\} and no \{\{instances\}\}/,
    ],
    [
      'a namespace where there is none',
      { metric: wrong(`'lag{v="{{revision}}",n="{{namespace}}"}'`) },
      /\{\{namespace\}\} has a value on Kubernetes alone/,
    ],
    [
      'a region without regions',
      { metric: wrong(`'lag{v="{{revision}}",n="{{region}}"}'`) },
      /\{\{region\}\} has a value only in an environment with regions/,
    ],
    [
      'no JSONPath',
      { metric: wrong("{path: '/lag?v={{revision}}', value: '$.pods[?(@.x'}", 'shop') },
      /query\.value: no JSONPath: /,
    ],
    [
      'a script in a JSONPath',
      { metric: wrong("{path: '/l?v={{revision}}', value: '$[(@.length-1)]'}", 'shop') },
      /query\.value: no JSONPath: /,
    ],
    [
      'a path to another host',
      { metric: wrong("{path: '//evil.test/{{revision}}', value: '$'}", 'shop') },
      /query\.path: .*allowed: a path such as/,
    ],
    [
      'a margin beyond the range',
      { metric: lag.replace('margin: 5', 'margin: 5, range: [0, 1]') },
      /margin: .*less than the width of the range/,
    ],
    [
      'a range upside down',
      { metric: lag.replace('margin: 5', 'margin: 0, range: [1, 0]') },
      /a low and a higher/,
    ],
    ['a name twice', { metric: `${lag}\n        - ${lag}` }, /a name of its own for each/],
  ];
  for (const [name, parts, message] of rows) {
    it(`are refused with ${name}`, () => assert.match(faultsOf(parts), message));
  }
});

describe('metricSources', () => {
  const prom = (more: string) => ({
    sources: `\n  prom: {kind: prometheus, url: 'https://prometheus.test', ${more}}`,
  });
  const canary = 'canary-secret-value';

  it('take credentials only by reference, and repeat none', () => {
    for (const sources of [
      `\n  prom: {kind: prometheus, url: 'https://p.test', auth: ${canary}}`,
      `\n  prom: {kind: datadog, apiKey: ${canary}, applicationKey: {env: A}}`,
      `\n  prom: {kind: newrelic, account: 1, apiKey: ${canary}}`,
      `\n  prom: {kind: cloudwatch, region: eu-central-1, keys: {accessKeyId: {env: A}, secretAccessKey: ${canary}}}`,
    ]) {
      const faults = faultsOf({ sources });
      assert.match(faults, /sluice\.yaml:5:\d+ metricSources\.prom.*never the secret itself/);
      assert.doesNotMatch(faults, /canary/);
    }
    const inHeader = faultsOf(prom(`headers: {X-Api-Key: ${canary}}`));
    assert.match(
      inHeader,
      /metricSources\.prom\.headers: .*only as \{env: NAME\} or \{file: path\}/,
    );
    assert.doesNotMatch(inHeader, /canary/);
    const inUrl = faultsOf({
      sources: `\n  prom: {kind: json, url: 'https://u:${canary}@x.test'}`,
    });
    assert.match(inUrl, /metricSources\.prom\.url: .*without a user in it/);
    assert.doesNotMatch(inUrl, /canary/);
  });

  it('take no headers that the connection sets, and no half of a certificate', () => {
    assert.match(faultsOf(prom('headers: {Host: other}')), /that the connection itself sets/);
    assert.match(faultsOf(prom("headers: {'X Y': other}")), /names of headers/);
    assert.match(faultsOf(prom('tls: {cert: /c.pem}')), /cert and key together/);
    assert.match(
      faultsOf({
        sources:
          '\n  prom: {kind: datadog, site: evil.test, apiKey: {env: A}, applicationKey: {env: B}}',
      }),
      /a site such as/,
    );
  });

  it('are known by the earlier name of the section too', () => {
    const text = file({}).replace(
      'metricSources:',
      'metrics:\n  old: {kind: prometheus, url: "https://o.test"}\nmetricSources:',
    );
    const { metricSources } = parseProject(text, '/shop/sluice.yaml');
    assert.deepEqual(Object.keys(metricSources), ['old', 'prom', 'dog', 'aws', 'relic', 'shop']);
  });

  it('are asked with headers whose credentials are read where they lie', async () => {
    const env = { TOKEN: 't0ken', KEY: 'k3y' };
    const headers = { 'X-Scope-OrgID': 'shop', 'X-Api-Key': { env: 'KEY' } };
    assert.deepEqual(await readHeaders({ auth: { env: 'TOKEN' }, headers }, env), {
      headers: { authorization: 'Bearer t0ken', 'X-Scope-OrgID': 'shop', 'X-Api-Key': 'k3y' },
      secrets: ['Bearer t0ken', 'k3y'],
    });
    await assert.rejects(readHeaders({ headers }, {}), /environment variable KEY is not there/);
  });
});

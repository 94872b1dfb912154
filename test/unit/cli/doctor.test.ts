/** `sluice doctor`: every fault of a set-up is planted once, seen, and told with what mends it. */
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { doctorCommand } from '../../../src/cli/commands/doctor.js';
import type { TemporalFacts } from '../../../src/cli/doctor/finding.js';
import { judgeTemporal } from '../../../src/cli/doctor/temporal.js';
import type { Finding } from '../../../src/domain/repository/finding.js';
import { runSluice } from '../../support/cli-under-test.js';

const project = `apiVersion: sluice/v1
project: shop
platforms: { local: { kind: playground, url: "http://playground.test" } }
metricSources: { main: { kind: prometheus, url: "http://prometheus.test", auth: { env: PROM_TOKEN } } }
services: { checkout: { workload: { command: [node, server.js] } } }
environments: { production: { platform: local } }
`;
const nowMs = Date.parse('2026-11-22T00:00:00Z');
const date = new Date(nowMs).toUTCString();

type Web = Readonly<Record<string, () => Response>>;
const wellServed: Web = {
  'http://api.test/healthz': () => Response.json({ status: 'ok' }, { headers: { date } }),
  'http://api.test/readyz': () => Response.json({ status: 'ok' }),
  'http://api.test/openapi.json': () => Response.json({ openapi: '3.1.0', info: { version: '1' } }),
  'http://api.test/v1/releases?limit=1': () => Response.json({ items: [], nextCursor: null }),
  'http://api.test/v1/audit/head': () => Response.json({ project: null, head: null }),
  'http://playground.test/v1/targets': () => Response.json({}, { status: 401 }),
  'http://prometheus.test/api/v1/query?query=1': () => Response.json({}),
};

const well: TemporalFacts = {
  address: 'temporal.test:7233',
  namespace: 'shop',
  serverVersion: '1.32.0',
  retentionDays: 30,
  missingAttributes: [],
  pollers: new Map([
    ['workflows', { workflows: 1, activities: 1 }],
    ['actuate-local', { workflows: 0, activities: 2 }],
  ]),
  reconciling: 'runs',
};

describe('sluice doctor', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'doctor-'));
  });
  after(() => rm(folder, { recursive: true }));

  interface Given {
    readonly web?: Web;
    readonly env?: Readonly<Record<string, string>>;
    readonly yaml?: string;
    readonly nodeVersion?: string;
  }

  async function examine({ web, env = {}, yaml = project, nodeVersion = 'v24.0.0' }: Given) {
    const data = join(folder, 'data');
    await mkdir(data, { recursive: true });
    const tokens = {
      tokens: [
        {
          ...{ id: 'a', owner: 'ci', sha256: 'a'.repeat(64), scopes: ['read'] },
          expiresAt: '2026-11-25T00:00:00Z',
        },
      ],
    };
    await writeFile(join(data, 'tokens.json'), JSON.stringify(tokens), { mode: 0o600 });
    await writeFile(join(data, 'approval.key'), 'k'.repeat(44), { mode: 0o600 });
    await writeFile(join(folder, 'sluice.yaml'), yaml);
    const served: Web = { ...wellServed, ...web };
    const io = {
      folder,
      env: {
        PATH: process.env.PATH ?? '',
        SLUICE_API_URL: 'http://api.test',
        SLUICE_TOKEN: 'slc_x',
        SLUICE_DATA_DIR: data,
        PROM_TOKEN: 'secret',
        ...env,
      },
      clock: () => nowMs,
      fetch: async (input: Parameters<typeof fetch>[0]) => {
        const answer = served[String(input as URL)];
        if (answer === undefined) throw new TypeError('fetch failed');
        return answer();
      },
    };
    const tools = {
      nodeVersion,
      readTemporal: async () => well,
      inspectGithub: async () => [],
      inspectKubernetes: async () => [],
    };
    const { out, code } = await runSluice(['doctor', '--json'], {}, io, (all) => [
      doctorCommand(all, tools),
    ]);
    const answer = JSON.parse(out) as { ok: boolean; findings: readonly Finding[] };
    assert.equal(code, answer.ok ? 0 : 1);
    for (const { state, next } of answer.findings) assert.equal(next === undefined, state === 'ok');
    assert.doesNotMatch(out, /slc_x|"secret/);
    return answer.findings;
  }

  it('of a good set-up finds only what is not there', async () => {
    const findings = await examine({});
    const bad = findings.filter(({ state }) => state !== 'ok').map(({ subject }) => subject);
    const allowed = ['api encryption', 'token expiry', 'temporal cli', 'memory'];
    assert.deepEqual(
      bad.filter((subject) => !allowed.includes(subject)),
      [],
    );
    assert.ok(findings.length >= 20, `${findings.length} probes`);
  });

  const gone = (): Response => {
    throw new TypeError('fetch failed');
  };
  const planted: readonly (readonly [subject: string, seen: RegExp, given: Given])[] = [
    ['node', /v18\.0\.0 is too old/, { nodeVersion: 'v18.0.0' }],
    ['node', /no security updates/, { nodeVersion: 'v20.20.2' }],
    ['git', /not on PATH/, { env: { PATH: '/nowhere' } }],
    ['temporal cli', /not on this machine/, { env: { PATH: '', SLUICE_CACHE_DIR: '/nowhere' } }],
    ['environment', /SLUICE_API_PORT/, { env: { SLUICE_API_PORT: 'x' } }],
    ['configuration', /4 faults/, { yaml: 'apiVersion: sluice/v1\nproject: shop\nfoo: 1\n' }],
    ['credential metricSources.main.auth', /PROM_TOKEN is not set/, { env: { PROM_TOKEN: '' } }],
    ['program of checkout', /node is not found/, { env: { PATH: '/nowhere' } }],
    ['token expiry', /within a week: a of ci/, {}],
    ['api', /fetch failed/, { web: { 'http://api.test/healthz': gone } }],
    [
      'api',
      /another program/,
      { web: { 'http://api.test/healthz': () => new Response('<html>') } },
    ],
    ['api encryption', /clear text/, {}],
    [
      'clock',
      /120 s from/,
      {
        web: {
          'http://api.test/healthz': () =>
            Response.json(
              { status: 'ok' },
              { headers: { date: new Date(nowMs + 120_000).toUTCString() } },
            ),
        },
      },
    ],
    [
      'api readiness',
      /Temporal is away/,
      {
        web: {
          'http://api.test/readyz': () =>
            Response.json({ detail: 'Temporal is away' }, { status: 503 }),
        },
      },
    ],
    [
      'api version',
      /speaks v2/,
      {
        web: {
          'http://api.test/openapi.json': () =>
            Response.json({ openapi: '3.1.0', info: { version: '2' } }),
        },
      },
    ],
    ['token', /no token/, { env: { SLUICE_TOKEN: '' } }],
    ['platform local', /nobody answers/, { web: { 'http://playground.test/v1/targets': gone } }],
    [
      'metrics main',
      /answers 403/,
      {
        web: {
          'http://prometheus.test/api/v1/query?query=1': () => new Response('', { status: 403 }),
        },
      },
    ],
  ];
  for (const [subject, seen, given] of planted) {
    it(`tells of ${subject}: ${seen.source}`, async () => {
      const findings = await examine(given);
      const found = findings.find((each) => each.subject === subject);
      assert.ok(found, JSON.stringify(findings));
      assert.notEqual(found.state, 'ok');
      assert.match(found.seen, seen);
    });
  }

  for (const [name, file] of [
    ['token file', 'tokens.json'],
    ['approval key', 'approval.key'],
  ] as const) {
    it(`tells of a ${name} that others can read`, async () => {
      await examine({});
      await chmod(join(folder, 'data', file), 0o644);
      const found = (await examine({})).find(({ subject }) => subject === name);
      assert.equal(found?.next, `chmod 600 ${join(folder, 'data', file)}`);
      await rm(join(folder, 'data', file));
    });
  }

  it('tells of a data folder that others can write', async () => {
    await examine({});
    await chmod(join(folder, 'data'), 0o777);
    const found = (await examine({})).find(({ subject }) => subject === 'data folder mode');
    assert.equal(found?.state, 'fault');
    await chmod(join(folder, 'data'), 0o755);
  });
});

describe('sluice doctor on Temporal', () => {
  it('finds nothing where nothing is wrong', () => {
    const findings = judgeTemporal(well);
    assert.deepEqual([...new Set(findings.map(({ state }) => state))], ['ok']);
    assert.equal(findings.length, 7);
  });

  const none = { workflows: 0, activities: 0 };
  const planted: readonly (readonly [Partial<TemporalFacts>, string, RegExp])[] = [
    [{ serverVersion: null }, 'temporal', /TEMPORAL_ADDRESS/],
    [{ serverVersion: '1.29.4' }, 'temporal version', /upgrade/],
    [{ retentionDays: null }, 'namespace', /namespace create --namespace shop/],
    [{ retentionDays: 0.5 }, 'namespace', /--retention 30d/],
    [{ missingAttributes: ['Phase'] }, 'search attributes', /deploy\/search-attributes\.sh/],
    [{ missingAttributes: null }, 'search attributes', /deploy\/search-attributes\.sh/],
    [{ pollers: new Map([['watch', none]]) }, 'workers of watch', /SLUICE_TASK_QUEUES/],
    [
      { pollers: new Map([['workflows', { workflows: 0, activities: 1 }]]) },
      'workers of workflows',
      /start a worker/,
    ],
    [{ reconciling: 'paused' }, 'reconciler', /schedule toggle --unpause/],
    [{ reconciling: null }, 'reconciler', /start a worker/],
  ];
  for (const [given, subject, next] of planted) {
    it(`tells of ${subject} with ${JSON.stringify(given)}`, () => {
      const bad = judgeTemporal({ ...well, ...given }).filter(({ state }) => state !== 'ok');
      assert.deepEqual(
        bad.map((one) => one.subject),
        [subject],
      );
      assert.match(bad[0]?.next ?? '', next);
    });
  }
});

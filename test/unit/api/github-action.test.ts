/** The action for GitHub, its steps run as a runner runs them, against an API and an issuer of this machine. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { createJobIdentity } from '../../../src/adapters/jwt/job-identity.js';
import { createShortTokens } from '../../../src/adapters/tickets/short-tokens.js';
import { identifyIn, withShortTokens } from '../../../src/api/tokens.js';
import { exitCodes } from '../../../src/cli/exit-codes.js';
import { type ApiUnderTest, digestA, serveApi } from '../../support/api-under-test.js';
import { audience, type JobIssuer, startJobIssuer } from '../../support/job-issuer.js';
import { type MemoryTemporal, startMemoryTemporal } from '../../support/memory-temporal.js';

const folder = fileURLToPath(new URL('../../../deploy/github-action/', import.meta.url));
const requestToken = 'ghs_what-the-runner-gives-the-job';

interface Action {
  readonly inputs: Readonly<
    Record<string, { readonly default?: string; readonly required: boolean }>
  >;
  readonly runs: {
    readonly steps: readonly { readonly env: Record<string, string>; readonly run: string }[];
  };
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** What `run` holds and how it ended, as a query of the release answers. */
const ends = new Map<string, string>();

describe('GitHub action', function () {
  this.timeout(30_000);
  let action: Action;
  let issuer: JobIssuer;
  let memory: MemoryTemporal;
  let api: ApiUnderTest;
  let runner: { url: string; asked: string[]; stop(): Promise<void> };

  before(async () => {
    action = parse(await readFile(join(folder, 'action.yml'), 'utf8'));
    issuer = await startJobIssuer();
    memory = startMemoryTemporal(undefined, ({ input }, workflowId) => {
      const outcome = ends.get(workflowId) ?? null;
      const phase = outcome === null ? 'Deploying' : 'Promoted';
      return { ...(input as object), phase, environment: 'staging', outcome, reason: 'so it went' };
    });
    const tokens = createShortTokens({ key: Buffer.alloc(32, 7), clock: Date.now });
    const rule = {
      ...{ repositoryId: '74', refs: ['refs/heads/main'], events: ['push'], validForMs: 900_000 },
      ...{ services: ['checkout'], scopes: ['read', 'release'] as const },
    };
    api = await serveApi(memory.client, {
      tokens: withShortTokens({ identify: async (secret) => identifyIn([], secret, 1) }, tokens),
      jobs: {
        access: async () => ({ issuer: issuer.url, audience, rules: [rule] }),
        identity: createJobIdentity({ clock: Date.now, fetch }),
        tokens,
      },
    });
    runner = await startRunner(issuer);
  });
  after(async () => {
    await runner.stop();
    await api.stop();
    await issuer.stop();
  });

  /** As a composite action is run: inputs into the environment of each step, and that into bash. */
  async function run(
    inputs: Readonly<Record<string, string>>,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    const work = await mkdtemp(join(tmpdir(), 'action-'));
    const given = { url: `${api.url}/`, audience, service: 'checkout', digest: digestA, ...inputs };
    const valueOf = (name: string) =>
      (given as Record<string, string>)[name] ?? action.inputs[name]?.default ?? '';
    const [step] = action.runs.steps;
    assert.ok(step);
    const filled = Object.entries(step.env).map(([name, text]) => [
      name,
      text
        .replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, input) => valueOf(input))
        .replace('${{ github.sha }}', '9fceb02d0ae598e9'),
    ]);
    const output = join(work, 'output');
    await writeFile(output, '');
    const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run], {
      env: {
        PATH: process.env.PATH,
        ...{ GITHUB_ACTION_PATH: folder, GITHUB_OUTPUT: output, TMPDIR: work },
        ...{ GITHUB_RUN_ID: '5821', GITHUB_JOB: 'release', SLUICE_PAUSE_SECONDS: '0' },
        ACTIONS_ID_TOKEN_REQUEST_URL: runner.url,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
        ...Object.fromEntries(filled),
        ...env,
      },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        said += String(chunk);
      });
    }
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    const lines = (await readFile(output, 'utf8')).trim().split('\n').filter(Boolean);
    await rm(work, { recursive: true });
    const outputs = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
    return { code, output: said, outputs };
  }

  it('starts a release without a stored secret, and does not wait', async () => {
    const { code, output, outputs } = await run({
      version: '1.0.0',
      reason: 'a "quoted" $(reason)',
    });
    assert.equal(code, 0, output);
    assert.equal(outputs['release-id'], 'release:checkout:1.0.0');
    assert.equal(outputs.location, '/v1/releases/checkout/1.0.0');
    const [release] = memory.runs.get('release:checkout:1.0.0') ?? [];
    const { requestedBy, reason, gitSha } = (release?.input ?? {}) as Record<string, string>;
    assert.deepEqual(
      [requestedBy, reason, gitSha],
      ['ann via acme/checkout', 'a "quoted" $(reason)', '9fceb02d0ae598e9'],
    );
    assert.deepEqual(runner.asked, [audience]);
    assert.match(output, /sluice watch checkout@1\.0\.0/);
    const secrets = output.split('\n').filter((line) => /eyJ|slc_/.test(line));
    assert.ok(
      secrets.every((line) => line.startsWith('::add-mask::')),
      output,
    );
  });

  it('is the same release when the run is repeated', async () => {
    await run({ version: '1.1.0' });
    const again = await run({ version: '1.1.0' });
    assert.equal(again.code, 0, again.output);
    assert.equal(memory.runs.get('release:checkout:1.1.0')?.length, 1);
  });

  for (const [outcome, name] of [
    ['promoted', 'ok'],
    ['aborted', 'aborted'],
    ['rolledBack', 'rolledBack'],
    ['rejected', 'rejected'],
    ['superseded', 'superseded'],
  ] as const) {
    it(`waits when told to, and ends ${exitCodes[name].code} when it is ${outcome}`, async () => {
      const version = `2.${exitCodes[name].code}.0`;
      const id = `release:checkout:${version}`;
      const running = run({ version, wait: 'true' });
      while (!memory.runs.has(id)) await new Promise((resolve) => setTimeout(resolve, 20));
      ends.set(id, outcome);
      memory.end(id, outcome === 'promoted' ? 'COMPLETED' : 'FAILED');
      const { code, output, outputs } = await running;
      assert.deepEqual([code, outputs.outcome], [exitCodes[name].code, outcome], output);
      if (outcome !== 'promoted') assert.match(output, /::error .*sluice why checkout@2/);
    });
  }

  it('ends 8 at its deadline, 4 and 7 when it is refused, each with what to do', async () => {
    const late = await run({ version: '3.0.0', wait: 'true', 'timeout-minutes': '0' });
    assert.deepEqual([late.code, /sluice watch/.test(late.output)], [8, true], late.output);
    const other = await run({ version: '3.0.0', service: 'cart' });
    assert.deepEqual([other.code, /not for cart/.test(other.output)], [4, true], other.output);
    const wrong = await run({ version: 'v3' });
    assert.deepEqual([wrong.code, /semantic version/.test(wrong.output)], [7, true], wrong.output);
    const silent = await run({ version: '3.0.0' }, { ACTIONS_ID_TOKEN_REQUEST_URL: '' });
    assert.deepEqual([silent.code, /id-token: write/.test(silent.output)], [7, true]);
    const elsewhere = await run({ version: '3.0.0', audience: 'https://else.test' });
    assert.deepEqual([elsewhere.code, /::error/.test(elsewhere.output)], [4, true]);
  });
});

/** Where a job asks for its token. */
async function startRunner(issuer: JobIssuer) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://x');
    const isJob = request.headers.authorization?.toLowerCase() === `bearer ${requestToken}`;
    if (!isJob || !searchParams.has('api-version')) return void response.writeHead(401).end();
    const wanted = searchParams.get('audience') ?? '';
    asked.push(wanted);
    response.setHeader('content-type', 'application/json');
    void issuer
      .sign({ aud: wanted })
      .then((value) => response.end(JSON.stringify({ count: 1, value })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/token?api-version=2.0`,
    asked,
    stop: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

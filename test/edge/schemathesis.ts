/** `npm run test:schemathesis`: asks the API whatever its own description allows and forbids, and holds it to what it promises. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../scripts/setup/run.mjs';
import { loadSettings } from '../../src/config/settings.js';
import { secrets, webhookSecret } from '../support/api-under-test.js';
import { fetchSchemathesis } from './fetch-schemathesis.js';
import { serveForFuzzing } from './served.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const isFull = process.env.SLUICE_TEST_FULL === '1';
const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 2 ** 31);
/** Of each operation, beside the cases at the bounds of its schemas, which are the same each time. */
const examples = isFull ? 60 : 3;
/** With `stateful`, what one operation answers is asked of the next. */
const phases = ['examples', 'coverage', 'fuzzing', ...(isFull ? ['stateful'] : [])].join(',');
const longestMs = isFull ? 3_600_000 : 600_000;
/** Side by side. Threads of one process will not do: Python 3.11 cannot parse in two at once. */
const halves: readonly Share[] = [
  { name: 'repositories', filter: ['--include-path-regex', '^/v1/repositories/'] },
  { name: 'all else', filter: ['--exclude-path-regex', '^/v1/repositories/'] },
];
/** Whoever has no token is let in nowhere, whatever they send. */
const nobody: Share = {
  name: 'without a token',
  filter: ['--include-path-regex', '^/v1/'],
  token: '',
};
/** Somebody may name what is to be tried: `-- --include-path /v1/plan`. */
const given = process.argv.slice(2);
const shares: readonly Share[] =
  given.length > 0
    ? [{ name: 'what is named', filter: given }]
    : [...halves, ...(isFull ? [nobody] : [])];

interface Share {
  readonly name: string;
  readonly filter: readonly string[];
  readonly token?: string;
}

/** What is read of schemathesis's own report. */
interface Report {
  readonly complete: boolean;
  readonly operations: { readonly selected: number; readonly tested: number } | null;
  readonly test_cases: { readonly generated: number };
  readonly failures: readonly { readonly title: string; readonly operations: readonly string[] }[];
  readonly errors: readonly { readonly title: string }[];
}

interface Outcome {
  readonly cases: number;
  readonly passed: number;
  readonly failures: readonly { readonly title: string; readonly message: string }[];
}

async function fuzz(
  url: string,
  { name, filter, token = secrets.all }: Share,
  folder: string,
  python: string,
): Promise<Outcome> {
  const file = join(folder, `${name}.json`);
  const options = ['--no-color', '--seed', `${seed}`, '--max-examples', `${examples}`];
  const tried = ['--phases', phases];
  const report = ['--report', 'json', '--report-json-path', file];
  const config = ['--config-file', join(here, 'schemathesis.toml')];
  const { ok, output } = await run(
    'python3',
    [
      ...['-m', 'schemathesis.cli', ...config, 'run', `${url}/openapi.json`],
      ...[...options, ...tried, ...report, ...filter],
    ],
    {
      cwd: folder,
      timeoutMs: longestMs,
      env: {
        ...process.env,
        PYTHONPATH: [python, here].join(':'),
        PYTHONDONTWRITEBYTECODE: '1',
        SCHEMATHESIS_HOOKS: 'hooks',
        SLUICE_EDGE_TOKEN: token,
        SLUICE_EDGE_WEBHOOK_SECRET: webhookSecret,
      },
    },
  );
  if (!ok) console.log(`--- ${name}\n${output}`);
  return outcomeOf(name, readReport(file), ok);
}

function readReport(file: string): Report | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return null;
  }
}

/** What counts is an operation: none fails twice, and one that was not tried has not passed. */
function outcomeOf(name: string, report: Report | null, ok: boolean): Outcome {
  if (!report?.complete || report.operations === null) {
    const failures = [{ title: name, message: 'it did not come to its end' }];
    return { cases: 0, passed: 0, failures };
  }
  const { selected, tested } = report.operations;
  const titles = new Map<string, string[]>();
  for (const { title, operations } of report.failures) {
    for (const operation of operations) {
      titles.set(operation, [...(titles.get(operation) ?? []), title]);
    }
  }
  const failures = [
    ...[...titles].map(([title, messages]) => ({ title, message: messages.join(', ') })),
    ...report.errors.map(({ title }) => ({ title: name, message: title })),
    ...(tested === selected
      ? []
      : [{ title: name, message: `${selected - tested} operations were not tried` }]),
  ];
  if (!ok && failures.length === 0) failures.push({ title: name, message: 'it ended badly' });
  return { cases: report.test_cases.generated, passed: tested - titles.size, failures };
}

const startedAtMs = Date.now();
const python = await fetchSchemathesis(loadSettings(process.env).cacheDir);
const folder = mkdtempSync(join(tmpdir(), 'sluice-edge-'));
const kept = await serveForFuzzing();
const servedAtMs = Date.now();
console.log(`SLUICE_TEST_SEED=${seed}, ${examples} examples of each operation`);
const outcomes = await Promise.all(
  shares.map((share) => fuzz(kept.api.url, share, folder, python)),
);
const faults = kept.api.log.filter((line) => line.includes('unforeseen fault'));
for (const line of faults.slice(0, 10)) console.log(line.slice(0, 2_000));
await kept.stop();
rmSync(folder, { recursive: true, force: true });

const failures = [
  ...outcomes.flatMap((outcome) => outcome.failures),
  ...(faults.length === 0
    ? []
    : [{ title: 'the log of the API', message: `${faults.length} unforeseen faults` }]),
].map((failure) => ({ file: 'test/edge/schemathesis.ts', ...failure }));
const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
const cases = outcomes.reduce((sum, outcome) => sum + outcome.cases, 0);
const failed = failures.length;
for (const { title, message } of failures) console.log(`failed: ${title}: ${message}`);
const [seconds, serving] = [Date.now(), servedAtMs].map((ms) =>
  Math.round((ms - startedAtMs) / 1000),
);
console.log(
  `schemathesis: ${passed} passed, ${failed} failed, ${cases} requests in ${seconds} s, of them ${serving} s to serve`,
);
const counts = process.env.SLUICE_COUNTS_FILE;
if (counts) appendFileSync(counts, `${JSON.stringify({ passed, failed, failures })}\n`);
// Temporal's runtime keeps the process alive.
process.exit(failed > 0 ? 1 : 0);

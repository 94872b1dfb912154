/** Recorded exchanges with the real GitHub, asked again of the stand-in: same status, headers and shape. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Control } from '../../../src/github-standin/control.js';
import { askWith, type JudgedGithub, startJudgedGithub } from '../../support/judged-github.js';

interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly status: number;
  readonly response: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly reqheaders: Readonly<Record<string, string>>;
}

const folder = '@octokit/fixtures/scenarios/api.github.com';

function recorded(scenario: string): readonly Recorded[] {
  const file = createRequire(import.meta.url).resolve(
    `${folder}/${scenario}/normalized-fixture.json`,
  );
  return JSON.parse(readFileSync(file, 'utf8')) as Recorded[];
}

/** Of the connection, or told of some answers only. */
const otherHeaders = new Set(['connection', 'content-length', 'last-modified', 'x-poll-interval']);

/** Paths of everything in the recorded value that the other lacks or has of another type. */
function differences(wanted: unknown, seen: unknown, at = ''): string[] {
  if (wanted === null || seen === null) return [];
  if (Array.isArray(wanted)) {
    if (!Array.isArray(seen)) return [`${at} is no list`];
    return wanted.length === 0 || seen.length === 0
      ? []
      : differences(wanted[0], seen[0], `${at}/0`);
  }
  if (typeof wanted !== typeof seen) return [`${at} is ${typeof seen} and not ${typeof wanted}`];
  if (typeof wanted !== 'object') return [];
  return Object.entries(wanted as object).flatMap(([key, value]) => {
    const own = (seen as Record<string, unknown>)[key];
    if (own === undefined) return lostSince.has(key) ? [] : [`${at}/${key} is missing`];
    return differences(value, own, `${at}/${key}`);
  });
}

/** Recorded then, and not in today's description. */
const lostSince = new Set([
  'organization',
  'security_and_analysis',
  'use_squash_pr_title_as_default',
  'master_branch',
]);

interface Scenario {
  readonly name: string;
  readonly repository: string;
  readonly prepare?: (
    control: Control,
    repository: { owner: string; name: string },
  ) => Promise<unknown>;
  /** Addresses that the API has no more. */
  readonly skip?: (one: Recorded) => boolean;
}

const owner = 'octokit-fixture-org';
const issues = (count: number) => async (control: Control, at: { owner: string; name: string }) => {
  for (let index = 0; index < count; index += 1) {
    await control.createIssue(at, { title: `Test issue ${index}`, body: 'text' });
  }
};

const scenarios: readonly Scenario[] = [
  { name: 'add-labels-to-issue', repository: 'add-labels-to-issue' },
  { name: 'branch-protection', repository: 'branch-protection' },
  { name: 'create-file', repository: 'create-file' },
  { name: 'create-status', repository: 'create-status' },
  { name: 'errors', repository: 'errors' },
  { name: 'get-content', repository: 'hello-world' },
  { name: 'get-repository', repository: 'hello-world' },
  {
    name: 'git-refs',
    repository: 'git-refs',
    skip: ({ path }) => path.endsWith('/git/refs/'),
    prepare: (control, at) => control.commit(at, { branch: 'main', files: { next: 'x' } }),
  },
  {
    name: 'labels',
    repository: 'labels',
    prepare: async (control, at) => {
      await control.createIssue(at, { title: 'x', labels: ['bug'] });
    },
  },
  { name: 'lock-issue', repository: 'lock-issue', prepare: issues(1) },
  { name: 'paginate-issues', repository: 'paginate-issues', prepare: issues(13) },
  { name: 'rename-repository', repository: 'rename-repository' },
];

describe('recordings of GitHub, asked of the stand-in', () => {
  let github: JudgedGithub;
  beforeEach(async () => {
    github = await startJudgedGithub();
  });
  afterEach(async () => {
    await github.close();
    await github.assertTrue();
  });

  for (const { name, repository, prepare, skip = () => false } of scenarios) {
    it(name, async () => {
      const { control, url } = github;
      const at = { owner, name: repository };
      const token = control.createToken(owner);
      await control.createRepository({
        ...at,
        isOrganization: true,
        files: { 'README.md': '# x' },
      });
      const first = control.readRef(at, 'refs/heads/main') ?? '';
      await prepare?.(control, at);
      const second = control.readRef(at, 'refs/heads/main') ?? '';
      // Ids were made anonymous when they were recorded: ours stand in their places.
      const shas = new Map([
        ['0000000000000000000000000000000000000001', second],
        ['0000000000000000000000000000000000000002', first],
      ]);
      const { id } = control.repository(at);
      const ours = (text: string) => {
        let result = text.replaceAll('/repositories/1000', `/repositories/${id}`);
        for (const [theirs, own] of shas) result = result.replaceAll(theirs, own);
        return result;
      };
      for (const one of recorded(name)) {
        if (skip(one)) continue;
        const where = `${one.method} ${one.path}`;
        const body = one.body === '' ? undefined : JSON.parse(ours(JSON.stringify(one.body)));
        const ask = askWith(url, token);
        const accept = one.reqheaders['accept'] ?? 'application/vnd.github+json';
        const answer = await ask(one.method.toUpperCase(), ours(one.path), body, { accept });
        assert.equal(answer.status, one.status, `${where}: ${JSON.stringify(answer.body)}`);
        const missing = Object.keys(one.headers)
          .map((header) => header.toLowerCase())
          .filter((header) => !otherHeaders.has(header) && !answer.headers.has(header));
        assert.deepEqual(missing, [], `headers of ${where}`);
        const response = one.response === '' ? undefined : one.response;
        if (response !== undefined) assert.deepEqual(differences(response, answer.body), [], where);
      }
    });
  }
});

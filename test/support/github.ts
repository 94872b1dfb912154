/** A GitHub of our own with the real adapter connected to it: what every test of a repository's flows starts. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGitIssueTree } from '../../src/adapters/git/issue-tree.js';
import { createMirrors, type Mirrors } from '../../src/adapters/git/mirror.js';
import { createGithubCodeHost } from '../../src/adapters/github/code-host.js';
import type { GithubClientOptions } from '../../src/adapters/github/client.js';
import { createGithubGitAccess } from '../../src/adapters/github/git-access.js';
import { accessOf } from '../../src/adapters/gitops/git-access.js';
import { createGit } from '../../src/adapters/gitops/git.js';
import { createGithubIssueTree } from '../../src/adapters/github/issue-tree.js';
import { createFileAnswers } from '../../src/adapters/jsonl/file-answers.js';
import type { RepositoryKey } from '../../src/domain/repository/names.js';
import type { Control } from '../../src/github-standin/control.js';
import { startGithubStandin } from '../../src/github-standin/standin.js';
import type { CodeHost } from '../../src/ports/code-host/code-host.js';
import type { IssueTree } from '../../src/ports/issue-tree.js';
import { startJudgedGithub } from './judged-github.js';

export interface GithubUnderTest {
  /** The real adapter, signed in as the App `sluice[bot]`, as a worker has it. */
  readonly codeHost: CodeHost;
  /** Sets scenes and faults, reads the log: see src/github-standin/standin.ts. */
  readonly control: Control;
  /** Of the API, as `github.url` of sluice.yaml would have it. */
  readonly url: string;
  /** Made at the start: `acme/shop` with a README.md on `main`. */
  readonly repository: RepositoryKey;
  /** The App, as `github.app` of sluice.yaml would have it. */
  readonly app: { readonly id: number; readonly installation: number; readonly privateKey: string };
  /** By git over HTTP, let in by a token of the App, as a worker has it. */
  readonly issueTree: IssueTree;
  /** As {@link issueTree}, without a clone. */
  readonly issueTreeOverApi: IssueTree;
  /** Whatever else connects there by itself, signed in as the App. */
  readonly access: GithubClientOptions;
  /** Mirrors of a second worker, which shares nothing with the first. */
  connectMirrors(): Mirrors;
  /** Another adapter at the same GitHub, as a second worker or a restarted one has it. */
  connect(options?: ConnectOptions): CodeHost;
  stop(): Promise<void>;
}

export interface ConnectOptions {
  /** As this person instead of the App. */
  readonly token?: string;
  readonly timeoutMs?: number;
  /** In place of the App's own. */
  readonly privateKey?: string;
  readonly now?: () => number;
  readonly fetch?: typeof fetch;
}

export interface GithubTestOptions {
  /** Epoch milliseconds at which the clock of GitHub stands; without it, it follows the machine. */
  readonly startMs?: number;
  /** What the App was granted; default: all that it can use. */
  readonly permissions?: Readonly<Record<string, 'read' | 'write'>>;
  /** Every exchange and webhook is held against GitHub's descriptions; what breaks them fails `stop`. */
  readonly isJudged?: boolean;
  /** Where webhooks go; default: nowhere. */
  readonly hook?: { readonly url: string; readonly secret: string; readonly events?: string[] };
}

let keys: { readonly publicKey: string; readonly privateKey: string } | null = null;
/** Made once: it takes a while. */
function keyPair() {
  keys ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return keys;
}

/**
 * @example
 * const github = await startGithub();
 * const { codeHost, control, repository } = github;
 * await control.commit(repository, { branch: 'fix/a', files: { 'a.txt': 'a' } });
 * control.fault({ operation: 'pulls/merge', kind: 'errorAfterEffect', status: 502 });
 * await codeHost.refs.listBranches(repository);
 * assert.equal(control.writes().length, 0);
 * await github.stop();
 */
export async function startGithub(options: GithubTestOptions = {}): Promise<GithubUnderTest> {
  const { startMs, permissions, hook } = options;
  const { publicKey, privateKey } = keyPair();
  const folder = await mkdtemp(join(tmpdir(), 'github-answers-'));
  const start = {
    ...(startMs !== undefined && { startMs }),
    log: (line: string) => void process.stderr.write(`${line}\n`),
  };
  const judged = options.isJudged ? await startJudgedGithub(start) : null;
  const standin = judged ?? (await startGithubStandin(start));
  const { control, url } = standin;
  const repository = { owner: 'acme', name: 'shop' };
  await control.createRepository({ ...repository, isOrganization: true });
  const { app, installation } = control.createApp({
    ...{ publicKey, owner: repository.owner },
    ...(permissions && { permissions }),
    ...(hook && { hook }),
  });

  const identity = { kind: 'app', id: app.id, readPrivateKey: async () => privateKey } as const;
  const access = { url, identity, timeoutMs: 60_000, settleMs: 20 };
  const gitAccess = createGithubGitAccess(access);
  let mirrors = 0;
  const connectMirrors = () => {
    mirrors += 1;
    return createMirrors({
      ...{ folder: join(folder, `mirrors-${mirrors}`), urlOf: gitAccess.urlOf },
      gitIn: (home) => createGit({ program: 'git', folder: home, environment: process.env }),
      accessTo: (place) =>
        accessOf({
          ...{ url: gitAccess.urlOf(place), branch: 'HEAD' },
          authorization: () => gitAccess.authorization(place),
        }),
    });
  };
  const connect = ({ token, timeoutMs = 10_000, now, ...given }: ConnectOptions = {}) =>
    createGithubCodeHost({
      ...{ url, timeoutMs, settleMs: 20 },
      identity:
        token === undefined
          ? { ...identity, readPrivateKey: async () => given.privateKey ?? privateKey }
          : { kind: 'token', readToken: async () => token },
      ...(now && { now }),
      ...(given.fetch && { fetch: given.fetch }),
      answers: createFileAnswers({ folder }),
    });
  return {
    ...{ control, url, repository, connect, connectMirrors },
    access,
    issueTree: createGitIssueTree(connectMirrors()),
    issueTreeOverApi: createGithubIssueTree(access),
    codeHost: connect(),
    app: { id: app.id, installation: installation.id, privateKey },
    async stop() {
      await standin.close();
      await rm(folder, { recursive: true, force: true });
      await judged?.assertTrue();
    },
  };
}

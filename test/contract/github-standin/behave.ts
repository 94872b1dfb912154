/** One behaviour, two tests: at the stand-in, and at a real repository when one is given; without it, unproved. */
import assert from 'node:assert/strict';
import { type Behaviour, behaviours } from '../../../src/github-standin/behaviours.js';
import type { Control } from '../../../src/github-standin/control.js';
import {
  type Answer,
  type Ask,
  askWith,
  type JudgedGithub,
  startJudgedGithub,
} from '../../support/judged-github.js';

/** A repository to act on by its API alone. */
export interface Host {
  readonly url: string;
  readonly owner: string;
  readonly name: string;
  /** `/repos/{owner}/{name}` */
  readonly r: string;
  readonly ask: Ask;
  readonly graphql: (query: string, input: object) => Promise<Answer>;
  /** A name that nobody has. */
  readonly fresh: (word: string) => string;
}

export interface StandinHost extends Host {
  readonly control: Control;
  readonly repository: { readonly owner: string; readonly name: string };
}

const live = {
  token: process.env['SLUICE_LIVE_GITHUB_TOKEN'] ?? '',
  repository: process.env['SLUICE_LIVE_GITHUB_REPOSITORY'] ?? '',
  url: process.env['SLUICE_LIVE_GITHUB_URL'] ?? 'https://api.github.com',
};

let serial = 0;

function hostOf(url: string, token: string, path: string): Host {
  const [owner = '', name = ''] = path.split('/');
  const ask = askWith(url, token);
  return {
    url,
    owner,
    name,
    r: `/repos/${owner}/${name}`,
    ask,
    graphql: (query, input) => ask('POST', '/graphql', { query, variables: { input } }),
    fresh: (word) => {
      serial += 1;
      return `${word}-${Date.now().toString(36)}-${serial}`;
    },
  };
}

/** A stand-in for the tests of one `describe`, and both ways of saying what it does. */
export function behaviourTests(): {
  readonly both: (id: string, test: (host: Host) => Promise<void>) => void;
  readonly here: (id: string, test: (host: StandinHost) => Promise<void>) => void;
} {
  let github: JudgedGithub;
  let host: StandinHost;
  const repository = { owner: 'acme', name: 'shop' };
  before(async () => {
    github = await startJudgedGithub();
    const { control, url } = github;
    const token = control.createToken('acme', 'token-of-acme');
    await control.createRepository({ ...repository, files: { 'README.md': '# shop\n' } });
    host = { ...hostOf(url, token, 'acme/shop'), control, repository };
  });
  afterEach(() => github.control.clearFaults());
  after(async () => {
    await github.control.settle();
    await github.close();
    await github.assertTrue();
  });
  const lineOf = (id: string): Behaviour => {
    const line = behaviours.find((one) => one.id === id);
    assert.ok(line, `no behaviour ${id}`);
    return line;
  };
  const liveTwin = (line: Behaviour, test: ((host: Host) => Promise<void>) | null) => {
    const title = `${line.id} live: ${line.says}`;
    if (test !== null && live.token !== '' && live.repository !== '') {
      it(title, () => test(hostOf(live.url, live.token, live.repository))).timeout(60_000);
    } else {
      it(`${title} [unproved]`);
    }
  };
  return {
    both: (id, test) => {
      const line = lineOf(id);
      assert.ok(line.canBeLive, `${id} is said not to be live`);
      it(`${line.id}: ${line.says}`, () => test(host));
      liveTwin(line, test);
    },
    here: (id, test) => {
      const line = lineOf(id);
      assert.ok(!line.canBeLive, `${id} is said to be live`);
      it(`${line.id}: ${line.says}`, () => test(host));
      liveTwin(line, null);
    },
  };
}

/** A branch with one commit of its own. */
export async function newBranch(host: Host, text = 'text\n', path?: string) {
  const { ask, r, fresh } = host;
  const name = fresh('branch');
  const { body: info } = await ask('GET', r);
  const head = await ask('GET', `${r}/git/ref/heads/${info.default_branch}`);
  const base: string = head.body.object.sha;
  await ask('POST', `${r}/git/refs`, { ref: `refs/heads/${name}`, sha: base });
  const content = Buffer.from(text).toString('base64');
  const made = await ask('PUT', `${r}/contents/${path ?? `${name}.txt`}`, {
    message: `Add ${name}`,
    content,
    branch: name,
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const sha: string = made.body.commit.sha;
  return {
    name,
    sha,
    base,
    repositoryId: info.node_id as string,
    into: info.default_branch as string,
  };
}

export async function newPull(host: Host, more: object = {}, path?: string) {
  const branch = await newBranch(host, host.fresh('text'), path);
  const body = { title: branch.name, head: branch.name, base: branch.into, ...more };
  const { status, body: pull } = await host.ask('POST', `${host.r}/pulls`, body);
  assert.equal(status, 201, JSON.stringify(pull));
  return { ...branch, number: pull.number as number };
}

/** Reads until mergeability is known, as it must be done. */
export async function settledPull(host: Host, number: number) {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const { body } = await host.ask('GET', `${host.r}/pulls/${number}`);
    if (body.mergeable !== null) return body;
    if (!host.url.includes('127.0.0.1')) await new Promise((done) => setTimeout(done, 1000));
  }
  throw new Error('mergeability never became known');
}

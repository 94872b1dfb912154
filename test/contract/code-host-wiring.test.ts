/** A worker's code host as sluice.yaml names it. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { codeHostOf } from '../../src/activities/ports.js';
import { parseProject } from '../../src/config/project.js';
import { loadSettings } from '../../src/config/settings.js';
import { connectAdapters } from '../../src/workers/adapters.js';
import { type GithubUnderTest, startGithub } from '../support/github.js';

const yaml = (github: string) => `apiVersion: sluice/v1
project: shop
platforms: {local: {kind: playground}}
services: {shop: {workload: {command: [node]}}}
environments: {production: {platform: local}}
${github}`;

describe('the code host of a worker', () => {
  let github: GithubUnderTest;
  let folder: string;
  before(async () => {
    github = await startGithub({ isJudged: true });
    folder = await mkdtemp(join(tmpdir(), 'wiring-'));
    await writeFile(join(folder, 'key.pem'), github.app.privateKey);
    await writeFile(join(folder, 'approval.key'), randomBytes(48).toString('base64'));
  });
  after(async () => {
    await github.stop();
    await rm(folder, { recursive: true });
  });

  function connect(section: string) {
    const project = parseProject(yaml(section), join(folder, 'sluice.yaml'));
    const settings = loadSettings({
      ...{ SLUICE_DATA_DIR: folder, SLUICE_PLAYGROUND_URL: 'http://127.0.0.1:1' },
      SLUICE_PLAYGROUND_TOKEN_FILE: join(folder, 'token'),
    });
    return connectAdapters(settings, project, {} as Client);
  }

  it('is the App of github, and keeps answers in the data directory', async () => {
    const { app, url, repository } = github;
    const key = join(folder, 'key.pem');
    const ports = connect(
      `github: {url: '${url}', app: {id: ${app.id}, privateKey: {file: ${key}}}}`,
    );
    const codeHost = codeHostOf(ports);
    assert.equal(await codeHost.ownLogin(), 'sluice[bot]');
    assert.equal((await codeHost.refs.readRepository(repository)).defaultBranch, 'main');
    assert.equal((await readdir(join(folder, 'github-answers'))).length, 1);
  });

  it('is none without github', () => {
    assert.throws(() => codeHostOf(connect('')), { code: 'NotFound' });
  });
});

/** A token opens a repository over http, and is seen by nobody else: no argument, no error, no other host. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Failure } from '../../src/domain/failures.js';
import { checkoutWorkload, intents } from '../support/platform-under-test.js';
import { type GitopsUnderTest, startGitops } from '../support/gitops-platform.js';

const secret = 'hunter2-hunter2';
const header = `Basic ${Buffer.from(`x-access-token:${secret}`).toString('base64')}`;
const revision = { version: '1.1.0', digest: `sha256:${'1'.repeat(64)}` };

/** Git's own server program behind a door that asks for a token. */
async function serve(root: string): Promise<Server> {
  const backend = join(execFileSync('git', ['--exec-path']).toString().trim(), 'git-http-backend');
  const server = createServer((request, response) => {
    if (request.headers.authorization !== header) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    const { pathname, search } = new URL(request.url ?? '/', 'http://door');
    const child = spawn(backend, {
      env: {
        PATH: process.env['PATH'] ?? '',
        ...{ GIT_PROJECT_ROOT: root, GIT_HTTP_EXPORT_ALL: '1', PATH_INFO: pathname },
        ...{ REQUEST_METHOD: request.method ?? 'GET', QUERY_STRING: search.slice(1) },
        ...{ CONTENT_TYPE: request.headers['content-type'] ?? '', REMOTE_USER: 'sluice' },
        HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      },
    });
    request.pipe(child.stdin);
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.on('close', () => {
      const all = Buffer.concat(parts);
      const end = all.indexOf('\r\n\r\n');
      const headers = Object.fromEntries(
        all
          .subarray(0, end)
          .toString()
          .split('\r\n')
          .map((line) => line.split(/: /) as [string, string]),
      );
      const { Status: status = '200', ...rest } = headers;
      response.writeHead(Number.parseInt(status, 10), rest).end(all.subarray(end + 4));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

describe('the credential of a repository', function () {
  this.timeout(60_000);
  let gitops: GitopsUnderTest;
  let server: Server;
  before(async () => {
    gitops = await startGitops();
    await gitops.repository.git('config', 'http.receivepack', 'true');
    server = await serve(gitops.repository.folder);
  });
  after(async () => {
    server.close();
    await gitops.dispose();
  });

  const release = (url: string, authorization: string, program = 'git') =>
    gitops
      .worker({
        repository: { url, branch: 'main', authorization: async () => authorization },
        program,
      })
      .workload.applyRevision({
        target: { service: 'checkout', environment: 'production' },
        ...{ revision, workload: checkoutWorkload, instances: 1, intent: intents()() },
      });

  async function failureOf(attempt: Promise<void>): Promise<Failure> {
    const error = await attempt.then(() => null).catch((reason: unknown) => reason);
    assert.ok(error instanceof Failure);
    return error;
  }

  it('opens it, and stands in no argument', async () => {
    const log = join(gitops.repository.folder, 'arguments');
    const program = join(gitops.repository.folder, 'git-that-tells');
    await writeFile(program, `#!/bin/sh\necho "$@" >> "${log}"\nexec git "$@"\n`, { mode: 0o755 });
    await release(`${addressOf(server)}/origin.git`, header, program);
    const subjects = await gitops.repository.subjects();
    assert.deepEqual(subjects, ['Release checkout 1.1.0 to production']);
    const told = await readFile(log, 'utf8');
    assert.match(told, / push /);
    assert.doesNotMatch(told, /hunter2|Basic|Authorization/);
  });

  it('stands in no error when it is refused', async () => {
    const wrong = `Basic ${Buffer.from('x-access-token:hunter3').toString('base64')}`;
    const error = await failureOf(release(`${addressOf(server)}/origin.git`, wrong));
    assert.equal(error.code, 'Unavailable');
    const told = `${error.message} ${JSON.stringify(error.details)} ${String(error.cause)}`;
    assert.doesNotMatch(told, new RegExp(`hunter|${wrong.slice(6)}`));
    assert.match(told, /git fetch failed: fatal: /);
  });

  it('does not follow whoever sends it elsewhere', async () => {
    const seen: IncomingHttpHeaders[] = [];
    const elsewhere = createServer((request, response) => {
      seen.push(request.headers);
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const door = createServer((request, response) => {
      response.writeHead(302, { location: `${addressOf(elsewhere)}${request.url}` }).end();
    });
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
    const error = await failureOf(release(`${addressOf(door)}/origin.git`, header));
    assert.equal(error.code, 'Unavailable');
    assert.deepEqual(seen, []);
    door.close();
    elsewhere.close();
  });
});

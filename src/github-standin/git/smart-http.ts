/** Clone, fetch and push: git's own HTTP server behind the stand-in's address. */
import { spawn } from 'node:child_process';
import type { Express, Request, Response } from 'express';
import { afterMove } from '../acts/refs.js';
import { refusalOf } from '../acts/rules.js';
import { actorOf } from '../auth.js';
import type { Actor, Repository } from '../state.js';
import type { World } from '../world.js';
import { gitEnv } from './run-git.js';

export function mountGit(app: Express, world: World): void {
  app.all(
    ['/:owner/:name/info/refs', '/:owner/:name/git-upload-pack', '/:owner/:name/git-receive-pack'],
    async (request, response) => {
      await serve(world, request, response);
    },
  );
}

async function serve(world: World, request: Request, response: Response): Promise<void> {
  const name = String(request.params['name']).replace(/\.git$/, '');
  const repository = world.findRepository(String(request.params['owner']), name);
  if (repository === null) {
    response.status(404).end('Repository not found.');
    return;
  }
  const isPush = request.originalUrl.includes('git-receive-pack');
  let actor: Actor;
  try {
    actor = actorOf(world, bearer(request.get('authorization')));
  } catch {
    response.status(401).set('www-authenticate', 'Basic realm="GitHub"').end();
    return;
  }
  if (!isPush || request.method === 'GET') {
    await backend(repository, request, response);
    response.end();
    return;
  }
  await world.inOrder(async () => {
    const before = new Map(repository.git.refs());
    await backend(repository, request, response);
    await repository.git.reload();
    await settle(world, repository, actor, before);
    // Not before: who has pushed then finds what follows from it.
    response.end();
  });
}

/** A push that breaks protection is turned back; the real one refuses it before (GH006). */
async function settle(
  world: World,
  repository: Repository,
  actor: Actor,
  before: ReadonlyMap<string, string>,
): Promise<void> {
  const { git } = repository;
  for (const ref of new Set([...before.keys(), ...git.refs().keys()])) {
    const [was, is] = [before.get(ref) ?? null, git.refs().get(ref) ?? null];
    if (was === is) continue;
    const isForced = was !== null && is !== null && !(await git.isAncestor(was, is));
    const kind = was === null ? 'create' : is === null ? 'delete' : 'update';
    if (refusalOf(repository, { ref, kind, isForced, isMerge: false }) !== null) {
      await git.move([{ ref, before: is, after: was }]);
      continue;
    }
    await afterMove({ world, repository, actor }, ref, was, is);
  }
}

/** Git sends name and password; the password is the token. */
function bearer(authorization: string | undefined): string | undefined {
  const basic = /^basic (.+)$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined) return authorization;
  const password = Buffer.from(basic, 'base64').toString('utf8').split(':').slice(1).join(':');
  return `Bearer ${password}`;
}

function backend(repository: Repository, request: Request, response: Response): Promise<void> {
  const [path = '', query = ''] = request.originalUrl.split('?');
  const child = spawn('git', ['http-backend'], {
    env: {
      ...gitEnv,
      GIT_PROJECT_ROOT: repository.git.folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: path.slice(path.indexOf('/', path.indexOf('/', 1) + 1)),
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.get('content-type') ?? '',
      HTTP_CONTENT_ENCODING: request.get('content-encoding') ?? '',
      GIT_PROTOCOL: request.get('git-protocol') ?? '',
      REMOTE_USER: 'standin',
    },
  });
  request.pipe(child.stdin);
  child.stdin.on('error', () => undefined);
  let head = Buffer.alloc(0);
  let isBody = false;
  child.stdout.on('data', (chunk: Buffer) => {
    if (isBody) {
      response.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    isBody = true;
    for (const line of head.subarray(0, end).toString('utf8').split('\r\n')) {
      const [key = '', value = ''] = line.split(': ');
      if (key === 'Status') response.status(Number(value.split(' ')[0]));
      else response.set(key, value);
    }
    response.write(head.subarray(end + 4));
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
}

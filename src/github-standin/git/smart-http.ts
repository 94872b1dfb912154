/** Clone, fetch and push: git's own HTTP server behind the stand-in's address. */
import type { Express, Request, Response } from 'express';
import { launch } from '../../programs/launch.js';
import { afterMove } from '../acts/refs.js';
import { actorOf, demand } from '../auth.js';
import { forbidden } from '../problem.js';
import type { Actor, Repository } from '../state.js';
import type { World } from '../world.js';
import { commandsOf, installUpdateHook, refusalsOf } from './judged-push.js';
import { gitEnv } from './run-git.js';

/** Is told every exchange that read or moved something. */
export type NoteGit = (entry: {
  readonly path: string;
  readonly operation: 'git/fetch' | 'git/push';
  readonly status: number;
  readonly actor: string;
}) => void;

export function mountGit(app: Express, world: World, note: NoteGit): void {
  app.all(
    ['/:owner/:name/info/refs', '/:owner/:name/git-upload-pack', '/:owner/:name/git-receive-pack'],
    async (request, response) => {
      await serve(world, note, request, response);
    },
  );
}

async function serve(
  world: World,
  note: NoteGit,
  request: Request,
  response: Response,
): Promise<void> {
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
  try {
    if (isPush && repository.isArchived) throw forbidden('archived');
    demand(actor, isPush ? 'contents:write' : 'contents:read');
  } catch {
    const path = `${repository.owner.login}/${repository.name}.git`;
    response.status(403).end(`Permission to ${path} denied to ${actor.account.login}.`);
    return;
  }
  const isDone = request.method === 'POST';
  const noted = (operation: 'git/fetch' | 'git/push') =>
    note({
      ...{ path: request.originalUrl, operation },
      ...{ status: response.statusCode, actor: actor.account.login },
    });
  if (!isPush || !isDone) {
    await backend(repository, request, response, await bodyOf(request));
    response.end();
    if (isDone) noted('git/fetch');
    return;
  }
  // Git asks with an empty push first whether it is let in.
  if ((await push(world, repository, actor, request, response)) > 0) noted('git/push');
}

/** @returns how many refs it was about */
async function push(
  world: World,
  repository: Repository,
  actor: Actor,
  request: Request,
  response: Response,
): Promise<number> {
  const { git } = repository;
  const body = await bodyOf(request);
  const commands = commandsOf(body, request.get('content-encoding'));
  const isAsked = commands.length > 0;
  if (isAsked && world.faults.take('git/push', ['errorBeforeEffect']) !== null) {
    response.status(502).end();
    return commands.length;
  }
  await world.inOrder(async () => {
    const before = new Map(git.refs());
    const refusals = refusalsOf(repository, commands);
    const isLost = isAsked && isLostIn(world, response);
    await installUpdateHook(git.folder);
    await backend(repository, request, isLost ? null : response, body, refusals);
    await git.reload();
    for (const { ref } of commands) {
      const [was, is] = [before.get(ref) ?? null, git.refs().get(ref) ?? null];
      if (was !== is) await afterMove({ world, repository, actor }, ref, was, is);
    }
    // Not before: who has pushed then finds what follows from it.
    if (isLost && response.statusCode === 200) request.socket.destroy();
    else response.end();
  });
  return commands.length;
}

/** The effect is to happen and its answer to be lost. */
function isLostIn(world: World, response: Response): boolean {
  const fault = world.faults.take('git/push', ['errorAfterEffect', 'hangUp']);
  if (fault?.kind === 'errorAfterEffect') response.status(fault.status ?? 502);
  return fault !== null;
}

async function bodyOf(request: Request): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Git sends name and password; the password is the token. */
function bearer(authorization: string | undefined): string | undefined {
  const basic = /^basic (.+)$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined) return authorization;
  const password = Buffer.from(basic, 'base64').toString('utf8').split(':').slice(1).join(':');
  return `Bearer ${password}`;
}

/** @param response null: what git says goes nowhere */
async function backend(
  repository: Repository,
  request: Request,
  response: Response | null,
  body: Buffer,
  refusals = '',
): Promise<void> {
  const [path = '', query = ''] = request.originalUrl.split('?');
  const { stdout } = await launch({
    ...{ program: 'git', args: ['http-backend'], input: body },
    env: {
      ...gitEnv,
      GIT_PROJECT_ROOT: repository.git.folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: path.slice(path.indexOf('/', path.indexOf('/', 1) + 1)),
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.get('content-type') ?? '',
      CONTENT_LENGTH: String(body.length),
      STANDIN_REFUSALS: refusals,
      HTTP_CONTENT_ENCODING: request.get('content-encoding') ?? '',
      GIT_PROTOCOL: request.get('git-protocol') ?? '',
      REMOTE_USER: 'standin',
    },
  });
  const end = stdout.indexOf('\r\n\r\n');
  if (response === null || end < 0) return;
  for (const line of stdout.subarray(0, end).toString('utf8').split('\r\n')) {
    const [key = '', value = ''] = line.split(': ');
    if (key === 'Status') response.status(Number(value.split(' ')[0]));
    else response.set(key, value);
  }
  response.write(stdout.subarray(end + 4));
}

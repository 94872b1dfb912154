/** `POST /graphql`: validated against the published schema, writes in order, errors with the types clients switch on. */
import { randomUUID } from 'node:crypto';
import type { Express, Request, Response } from 'express';
import {
  type DocumentNode,
  execute as run,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import { actorOf, demand } from '../auth.js';
import { parseNodeId } from '../node-id.js';
import { Problem } from '../problem.js';
import type { Actor } from '../state.js';
import { limitHeaders } from '../headers.js';
import { replyOf, type ServerParts, throwFault } from '../server.js';
import type { World } from '../world.js';
import { accountView, type Context, itemById, repositoryById, type Views } from './context.js';
import { commitViewAt, refView, rollupView } from './git-views.js';
import { contentFields, issueMutations } from './issue-mutations.js';
import { itemView, repositoryView } from './item-views.js';
import { pullMutations } from './pull-mutations.js';
import { createCommitOnBranch, createLinkedBranch, updateRefs } from './ref-mutations.js';
import { githubSchema } from './schema.js';

/** Noted as the status of an answer that never came. */
const cutOff = 0;

/** Permission of an app for a mutation. */
function needsOf(field: string): string {
  if (field === 'updateRefs' || field === 'createCommitOnBranch') return 'contents:write';
  if (field === 'createLinkedBranch') return 'contents:write';
  if (/PullRequest/.test(field)) return 'pull_requests:write';
  return 'issues:write';
}

const views: Views = {
  commitAt: commitViewAt,
  ref: refView,
  rollup: rollupView,
  item: itemView,
  repository: repositoryView,
};

export function mountGraphql(app: Express, parts: ServerParts): void {
  app.post('/graphql', async (request, response) => {
    await serve(parts, request, response);
  });
}

async function serve(parts: ServerParts, request: Request, response: Response): Promise<void> {
  const { world, meter } = parts;
  const asked = (request.body ?? {}) as { query?: unknown; variables?: Record<string, unknown> };
  let actor: Actor | null = null;
  let fields: readonly string[] = [];
  let isWrite = false;
  let status = 200;
  let body: unknown;
  let headers: Readonly<Record<string, string>> = {};
  try {
    actor = actorOf(world, request.get('authorization'));
    const who = actor;
    let document: DocumentNode;
    try {
      document = parse(typeof asked.query === 'string' ? asked.query : '');
    } catch (error) {
      throw new Problem(200, (error as Error).message, { type: 'PARSE_ERROR' });
    }
    const root = document.definitions.find(
      (one): one is OperationDefinitionNode => one.kind === 'OperationDefinition',
    );
    isWrite = root?.operation === 'mutation';
    fields = (root?.selectionSet.selections ?? []).flatMap((one) =>
      one.kind === 'Field' ? [one.name.value] : [],
    );
    meter.spendSecondary(who.token, isWrite, false);
    meter.spend(who.token, 'graphql', 1);
    for (const field of fields) {
      throwFault(parts, who, field, ['primaryLimit', 'secondaryLimit', 'errorBeforeEffect']);
    }
    const work = () => execute(parts, who, document, asked.variables ?? {});
    body = isWrite ? await world.inOrder(work) : await work();
    for (const field of fields) {
      throwFault(parts, who, field, ['errorAfterEffect']);
      if (world.faults.take(field, ['hangUp']) !== null) status = cutOff;
    }
  } catch (error) {
    const reply = replyOf(parts, error);
    const type = error instanceof Problem ? error.type : '';
    headers = reply.headers ?? {};
    // Limits of points come as 200 with an error inside.
    const isInside = type === 'RATE_LIMITED' || type === 'PARSE_ERROR';
    status = isInside ? 200 : reply.status;
    body = isInside ? { errors: [{ type, message: (error as Error).message }] } : reply.body;
  }
  const limits = actor === null ? {} : limitHeaders(meter, actor.token, 'graphql');
  const all = {
    date: new Date(world.clock.now()).toUTCString(),
    'x-github-media-type': 'github.v4; format=json',
    'x-github-request-id': randomUUID().toUpperCase(),
    ...limits,
    ...headers,
  };
  if (status === cutOff) request.socket.destroy();
  else {
    const text = JSON.stringify(body);
    response.status(status).set(all).type('application/json; charset=utf-8').send(text);
  }
  parts.note({
    method: 'POST',
    path: '/graphql',
    template: '/graphql',
    operation: 'graphql',
    fields,
    isWrite,
    status,
    atMs: world.clock.now(),
    actor: actor?.account.login ?? '',
    query: {},
    requestBody: asked,
    responseBody: body,
    responseHeaders: all,
  });
}

async function execute(
  parts: ServerParts,
  actor: Actor,
  document: DocumentNode,
  variables: Record<string, unknown>,
): Promise<unknown> {
  const schema = await githubSchema();
  const faults = validate(schema, document);
  if (faults.length > 0) {
    return { errors: faults.map(({ message, locations }) => ({ message, locations })) };
  }
  const context: Context = { world: parts.world, actor, views };
  const cut: Cut = { status: null };
  const result = await run({
    schema,
    document,
    variableValues: variables,
    contextValue: context,
    rootValue: rootOf(parts, context, cut),
  });
  if (cut.status !== null) throw new Problem(cut.status, 'Server Error');
  if (result.errors === undefined) return result;
  return {
    ...result,
    errors: result.errors.map(({ message, path, locations, originalError }) => {
      if (originalError !== undefined && !(originalError instanceof Problem)) {
        parts.log(String(originalError.stack));
      }
      const said = originalError instanceof Problem ? originalError.type : '';
      const type = said === '' ? {} : { type: said };
      const shown = { ...type, ...(path === undefined ? {} : { path }), locations };
      return { ...shown, message: fieldMessage(originalError) ?? message };
    }),
  };
}

/** Where REST says "Validation Failed" and lists why, GraphQL says why. */
function fieldMessage(error: unknown): string | null {
  const { errors } = error instanceof Problem ? error.body : {};
  const said = Array.isArray(errors) ? (errors as { message?: unknown }[]) : [];
  const words = said.flatMap(({ message }) => (typeof message === 'string' ? [message] : []));
  return words.length === 0 ? null : words.join(', ');
}

/** Where an answer ends before its mutation is through. */
interface Cut {
  status: number | null;
}

function wentWrong(): Problem {
  const id = randomUUID().toUpperCase();
  const said = `Something went wrong while executing your query. Please include \`${id}\` when reporting this issue.`;
  return new Problem(500, said, { type: '' });
}

function tooQuickly(): Problem {
  return new Problem(422, 'was submitted too quickly', { type: 'UNPROCESSABLE' });
}

/** Each field by itself: of several in one mutation, those that are too many are refused. */
function spendContent({ meter }: ServerParts, actor: Actor): void {
  try {
    meter.spendContent(actor.token);
  } catch (error) {
    throw error instanceof Problem ? tooQuickly() : error;
  }
}

function rootOf(parts: ServerParts, context: Context, cut: Cut): Readonly<Record<string, unknown>> {
  const { world, meter } = parts;
  const { actor } = context;
  const mutation =
    (work: (context: Context, input: never) => object | Promise<object>, field: string) =>
    async ({ input }: { input: { clientMutationId?: string } }) => {
      demand(actor, needsOf(field));
      // What stands before a cut is done, and nothing after it.
      if (cut.status !== null) throw new Problem(cut.status, 'Server Error');
      if (contentFields.has(field)) spendContent(parts, actor);
      if (world.faults.take(field, ['limitInside']) !== null) throw tooQuickly();
      const answer = await work(context, input as never);
      const fault = world.faults.take(field, ['errorInside', 'cutInside']);
      if (fault?.kind === 'cutInside') cut.status = fault.status ?? 502;
      if (fault?.kind === 'errorInside') throw wentWrong();
      return { clientMutationId: input.clientMutationId ?? null, ...answer };
    };
  const mutations = {
    ...{ ...issueMutations, ...pullMutations },
    ...{ updateRefs, createLinkedBranch, createCommitOnBranch },
  };
  return {
    repository: ({ owner, name }: { owner: string; name: string }) => {
      const found = world.findRepository(owner, name);
      if (found !== null) return repositoryView(context, found);
      throw new Problem(
        404,
        `Could not resolve to a Repository with the name '${owner}/${name}'.`,
        { type: 'NOT_FOUND' },
      );
    },
    node: ({ id }: { id: string }) => nodeView(context, id),
    nodes: ({ ids }: { ids: readonly string[] }) => ids.map((id) => nodeView(context, id)),
    viewer: () => accountView(world, actor.account),
    rateLimit: () => {
      const { limit, used, resetS } = meter.look(actor.token, 'graphql');
      const resetAt = `${new Date(resetS * 1000).toISOString().slice(0, 19)}Z`;
      return { cost: 1, limit, used, remaining: limit - used, resetAt, nodeCount: 0 };
    },
    ...Object.fromEntries(
      Object.entries(mutations).map(([field, work]) => [field, mutation(work, field)]),
    ),
  };
}

function nodeView(context: Context, id: string): unknown {
  const parsed = parseNodeId(id);
  if (parsed?.kind === 'I' || parsed?.kind === 'PR') {
    return itemView(context, ...itemById(context, id));
  }
  if (parsed?.kind === 'U') return accountById(context.world, id, Number(parsed.parts[0]));
  const repository = repositoryById(context, id);
  if (parsed?.kind === 'R') return repositoryView(context, repository);
  if (parsed?.kind === 'REF') return refView(context, repository, parsed.parts[1] ?? '');
  if (parsed?.kind === 'C') return commitViewAt(context, repository, parsed.parts[1] ?? '');
  throw new Problem(404, `Could not resolve to a node with the global id of '${id}'`);
}

function accountById(world: World, id: string, number: number) {
  for (const account of world.accounts.values()) {
    if (account.id === number) return accountView(world, account);
  }
  throw new Problem(404, `Could not resolve to a node with the global id of '${id}'`);
}

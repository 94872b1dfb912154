/**
 * A GitHub of our own for tests and the demo: a real git repository behind REST, GraphQL and webhooks.
 *
 * In a test: `const github = await startGithubStandin();` then `github.url` is the API's address (also as `/api/v3`),
 * `github.control` sets the scene and `await github.close()` ends it:
 * - `control.createToken('ada')` → a token; `control.createApp({publicKey, owner, hook})` → app and installation
 * - `control.createRepository({owner, name, files})`, `control.commit({owner, name}, {branch, files, author, atMs})`
 * - `control.createIssue(repository, {title, as})`, `createPull(repository, {title, head, as})`, `comment`, `label`,
 *   `setCheck(repository, {sha, name, conclusion})`, `setStatus`, `protect`, `addRuleset`, `addHook`
 * - `control.editIssue(repository, 7, {body}, 'ada')`, `deleteIssue`, `transferIssue(repository, 7, other)`,
 *   `createMilestone(repository, 'v2')`, `setAssignable(repository, ['ada'])`: what people do in their browsers
 * - `control.log` (every request: method, path, operation, isWrite), `control.writes()`, `control.clearLog()`
 * - `control.clock.set(atMs)` / `advance(byMs)`, `control.now()`: all times come from it
 * - `control.fault({operation: 'pulls/merge', kind: 'errorAfterEffect', status: 502})`, `control.lag`,
 *   `control.hookFaults.lose = 1`, `control.limits`
 * - `control.settle()` waits for webhooks on their way
 * A person looks at `/`; git clones `<url>/<owner>/<name>.git` with a token as password; another process steers by
 * `POST /_standin/clock`, `/faults`, `/lag`, `/hook-faults`, `/repositories`, `/commits`, `/checks` (control-api.ts).
 */
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createClock } from './clock.js';
import { type Control, createControl } from './control.js';
import { mountControl } from './control-api.js';
import { mountGit } from './git/smart-http.js';
import { mountGraphql } from './graphql/endpoint.js';
import { createMeter } from './limits.js';
import { mountPages } from './pages.js';
import { createOperations } from './operations.js';
import { createExpress, type Exchange, type LogEntry, mountOperations } from './server.js';
import type { Delivery } from './state.js';
import { createWorld } from './world.js';

export interface StandinOptions {
  /** 0 takes a free one. */
  readonly port?: number;
  /** Epoch milliseconds at which the clock stands still; without it, it follows the machine. */
  readonly startMs?: number | null;
  /** Where the repositories lie; without it a temporary folder that goes with the process. */
  readonly folder?: string | null;
  /** Is told every exchange, to check it. */
  readonly watch?: (exchange: Exchange) => void;
  readonly watchDelivery?: (delivery: Delivery) => void;
  readonly log?: (line: string) => void;
}

export interface GithubStandin {
  /** Of the API, without a trailing slash. */
  readonly url: string;
  readonly control: Control;
  /** Of all that it serves, by GitHub's ids. */
  readonly operationIds: readonly string[];
  readonly close: () => Promise<void>;
}

export async function startGithubStandin(options: StandinOptions = {}): Promise<GithubStandin> {
  const world = await createWorld(
    createClock(options.startMs ?? null),
    options.folder ?? null,
    options.watchDelivery,
  );
  const meter = createMeter(world);
  const entries: LogEntry[] = [];
  const control = createControl(world, meter, entries);
  const app = createExpress();
  mountGit(app, world, ({ path, operation, status, actor }) => {
    const isWrite = operation === 'git/push';
    const atMs = world.clock.now();
    entries.push({ method: 'POST', path, operation, fields: [], isWrite, status, atMs, actor });
  });
  app.use(express.json({ limit: '40mb', strict: false }));
  const note = (exchange: Exchange) => {
    const { method, path, operation, fields, isWrite, status, atMs, actor } = exchange;
    entries.push({ method, path, operation, fields, isWrite, status, atMs, actor });
    options.watch?.(exchange);
  };
  const log = options.log ?? (() => undefined);
  const operations = createOperations(meter);
  const parts = { world, meter, operations, note, log };
  mountOperations(app, parts);
  mountGraphql(app, parts);
  mountControl(app, control);
  mountPages(app, world, entries);
  app.use((_request, response) => {
    response.status(404).json({
      message: 'Not Found',
      documentation_url: 'https://docs.github.com/rest',
      status: '404',
    });
  });
  const server = createServer(app);
  await listen(server, options.port ?? 0);
  world.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: world.url,
    control,
    operationIds: operations.map(({ id }) => id),
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await Promise.allSettled(world.background);
      await world.close();
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((ready, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', ready);
  });
}

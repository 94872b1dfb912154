/** What an operation is given and what it answers. */
import type { Scene } from '../acts/items.js';
import { Problem } from '../problem.js';
import type { Actor, Repository } from '../state.js';
import type { World } from '../world.js';

export interface Call {
  readonly world: World;
  readonly actor: Actor;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** Of `{owner}/{repo}`. @throws Problem 404 */
  readonly repository: () => Repository;
  readonly scene: () => Scene;
  readonly accept: string;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of a list: what the Link header is made of. */
  readonly page?: { readonly page: number; readonly last: number; readonly perPage: number };
}

export interface Operation {
  /** GitHub's operation id. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As in the description: `/repos/{owner}/{repo}/git/ref/{ref}`; a name with `+` takes slashes. */
  readonly path: string;
  /** Permission of an app: `contents:write`. Without it any token will do. */
  readonly needs?: string;
  /** Checked by a JWT of the app. */
  readonly isOfApp?: boolean;
  readonly handle: (call: Call) => Reply | Promise<Reply>;
}

export function operation(
  id: string,
  route: string,
  needs: string | null,
  handle: Operation['handle'],
): Operation {
  const [method = '', path = ''] = route.split(' ');
  return {
    id,
    method: method as Operation['method'],
    path,
    ...(needs === null ? {} : { needs }),
    handle,
  };
}

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const created = (body: unknown): Reply => ({ status: 201, body });
export const noContent: Reply = { status: 204 };

/** 30 to a page, at most 100. */
export async function paged<T>(
  call: Call,
  rows: readonly T[],
  show: (row: T) => unknown,
  wrap: (shown: readonly unknown[], total: number) => unknown = (shown) => shown,
): Promise<Reply> {
  const wished = Number(call.query['per_page'] ?? 30);
  const perPage = Math.min(100, Number.isInteger(wished) && wished > 0 ? wished : 30);
  const page = Math.max(1, Number(call.query['page'] ?? 1) || 1);
  const here = rows.slice((page - 1) * perPage, page * perPage);
  const shown = [];
  for (const row of here) shown.push(await show(row));
  return {
    status: 200,
    body: wrap(shown, rows.length),
    page: { page, perPage, last: Math.max(1, Math.ceil(rows.length / perPage)) },
  };
}

export function numberParam(call: Call, name: string): number {
  const value = Number(call.params[name]);
  if (!Number.isInteger(value)) throw new Problem(404, 'Not Found');
  return value;
}

/** Bodies are JSON of the right types or 422; `force: "true"` is no boolean. */
export function text(call: Call, name: string): string | undefined {
  const value = call.body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw wrongType(name, value, 'a string');
}

export function flag(call: Call, name: string): boolean | undefined {
  const value = call.body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return value;
  throw wrongType(name, value, 'a boolean');
}

export function texts(call: Call, name: string): string[] | undefined {
  const value = call.body[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrongType(name, value, 'an array');
  return value.map((one: unknown) =>
    typeof one === 'object' && one !== null && 'name' in one ? String(one.name) : String(one),
  );
}

function wrongType(name: string, value: unknown, wanted: string): Problem {
  return new Problem(
    422,
    `Invalid request.\n\nFor 'properties/${name}', ${JSON.stringify(value)} is not ${wanted}.`,
  );
}

export function needed(call: Call, name: string): string {
  const value = text(call, name);
  if (value === undefined) {
    throw new Problem(422, `Invalid request.\n\n"${name}" wasn't supplied.`);
  }
  return value;
}

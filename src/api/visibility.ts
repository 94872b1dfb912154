/** Lists from Temporal's visibility: queries built from typed parts whose values cannot break out of their quotes. */
import { createHash } from 'node:crypto';
import { type Client, defaultPayloadConverter } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { decodeMapFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { Failure } from '../domain/failures.js';
import type { ApiDeps } from './deps.js';
import { failureOf } from './temporal.js';

export type Condition = { readonly field: string } & (
  | { readonly equals: string }
  | { readonly oneOf: readonly string[] }
  | { readonly isSet: boolean }
);

/** A search attribute by its name. */
interface Keyword {
  readonly name: string;
}

export function attributeIs(key: Keyword, value: string | undefined): Condition[] {
  return value === undefined ? [] : [{ field: key.name, equals: value }];
}

/** Null: whatever it is. */
export function attributeIn(key: Keyword, values: readonly string[] | null): Condition[] {
  return values === null ? [] : [{ field: key.name, oneOf: values }];
}

export function attributeIsSet(key: Keyword, isSet: boolean | undefined): Condition[] {
  return isSet === undefined ? [] : [{ field: key.name, isSet }];
}

export function typeIs(workflowType: string): Condition {
  return { field: 'WorkflowType', equals: workflowType };
}

/** Still open: what continues as new is counted once. */
export const isRunning: Condition = { field: 'ExecutionStatus', equals: 'Running' };

/** @example whereAll([{ field: 'Service', equals: 'a"b' }]) === '`Service` = "a\\"b"' */
export function whereAll(conditions: readonly Condition[]): string {
  return conditions.map((each) => `\`${each.field}\` ${holds(each)}`).join(' AND ');
}

function holds(condition: Condition): string {
  if ('equals' in condition) return `= ${quote(condition.equals)}`;
  if ('isSet' in condition) return condition.isSet ? 'IS NOT NULL' : 'IS NULL';
  return `IN (${condition.oneOf.map(quote).join(', ')})`;
}

function quote(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

export interface VisibleWorkflow {
  readonly workflowId: string;
  readonly runId: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  /** Value of a keyword search attribute; null when it is not set. */
  readonly attribute: (key: Keyword) => string | null;
  /** Value of a numeric search attribute; null when it is not set. */
  readonly count: (key: Keyword) => number | null;
  readonly memo: (name: string) => unknown;
}

export interface VisiblePage {
  readonly items: readonly VisibleWorkflow[];
  readonly nextCursor: string | null;
}

const checkBytes = 8;

/** Tells our cursors for this very list from anything else, which Temporal would stumble over. */
function checkOf(query: string, token: Uint8Array): Buffer {
  return createHash('sha256')
    .update(query)
    .update('\n')
    .update(token)
    .digest()
    .subarray(0, checkBytes);
}

function writeCursor(query: string, token: Uint8Array): string | null {
  if (token.length === 0) return null;
  return Buffer.concat([checkOf(query, token), token]).toString('base64url');
}

function readCursor(query: string, cursor: string | undefined): Uint8Array {
  if (cursor === undefined) return new Uint8Array();
  const bytes = Buffer.from(cursor, 'base64url');
  const token = bytes.subarray(checkBytes);
  if (checkOf(query, token).equals(bytes.subarray(0, checkBytes))) return token;
  throw new Failure('InvalidInput', 'The cursor is not from this list', {
    where: '?cursor',
    next: 'leave the cursor out to start from the newest',
    faults: [
      { where: '?cursor', message: 'the nextCursor of the same list with the same filters' },
    ],
  });
}

/** One page, newest first. InvalidInput when the cursor is not one of ours. */
export async function listVisible(
  { client, limits }: Pick<ApiDeps, 'client' | 'limits'>,
  conditions: readonly Condition[],
  page: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<VisiblePage> {
  const query = whereAll(conditions);
  const nextPageToken = readCursor(query, page.cursor);
  try {
    const answer = await client.withDeadline(Date.now() + limits.answerMs, () =>
      client.workflowService.listWorkflowExecutions({
        namespace: client.options.namespace,
        query,
        pageSize: page.limit,
        nextPageToken,
      }),
    );
    return {
      items: await Promise.all((answer.executions ?? []).map((raw) => visibleOf(client, raw))),
      nextCursor: writeCursor(query, answer.nextPageToken ?? new Uint8Array()),
    };
  } catch (error) {
    throw failureOf(error, 'list');
  }
}

type RawExecution = NonNullable<
  Awaited<ReturnType<Client['workflowService']['listWorkflowExecutions']>>['executions']
>[number];

async function visibleOf(client: Client, raw: RawExecution): Promise<VisibleWorkflow> {
  const fields = raw.memo?.fields;
  const memo = fields
    ? await decodeMapFromPayloads(client.options.loadedDataConverter, fields)
    : undefined;
  // Search attributes are what Temporal itself reads: they are never encrypted.
  const read = (payload: Payload | null | undefined): unknown =>
    payload ? defaultPayloadConverter.fromPayload(payload) : null;
  const firstOf = (payload: Payload | null | undefined): unknown => {
    const value = read(payload);
    return Array.isArray(value) ? value[0] : value;
  };
  const attributes = raw.searchAttributes?.indexedFields;
  return {
    workflowId: raw.execution?.workflowId ?? '',
    runId: raw.execution?.runId ?? '',
    startedAtMs: millisecondsOf(raw.startTime) ?? 0,
    endedAtMs: millisecondsOf(raw.closeTime),
    attribute: (key) => {
      const first = firstOf(attributes?.[key.name]);
      return typeof first === 'string' ? first : null;
    },
    count: (key) => {
      const first = firstOf(attributes?.[key.name]);
      return typeof first === 'number' ? first : null;
    },
    memo: (name) => memo?.[name] ?? null,
  };
}

function millisecondsOf(time: RawExecution['startTime']): number | null {
  return time ? Number(time.seconds ?? 0) * 1000 + Math.floor((time.nanos ?? 0) / 1e6) : null;
}

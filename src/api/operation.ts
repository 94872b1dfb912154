/** One operation of the API as a value: the router serves it and the OpenAPI document describes it from the same fields. */
import type { z } from 'zod';
import type { TokenScope } from '../domain/access/scope.js';
import type { FailureCode } from '../domain/failures.js';
import type { ApiDeps } from './deps.js';
import type { Lane } from './limits.js';
import type { Sighting } from './views.js';
import type { Bearer } from './tokens.js';

export interface Asked<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly bearer: Bearer;
  /** Value of a request header; null when it is missing. */
  readonly header: (name: string) => string | null;
  /** Aborted when the caller is gone. */
  readonly signal: AbortSignal;
}

/** Server-sent events until they end by themselves or with the caller. */
interface Stream {
  readonly events: AsyncGenerator<Sighting, void>;
}

export type Answer = Stream | Value;

interface Value {
  /** Left out: the operation's own success status. */
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface OperationText {
  /** Name in generated clients. */
  readonly id: string;
  readonly method: 'get' | 'post';
  /** With `{parameters}`, as OpenAPI writes them. */
  readonly path: string;
  readonly tag:
    | 'releases'
    | 'rollouts'
    | 'targets'
    | 'alerts'
    | 'audit'
    | 'repositories'
    | 'tokens';
  readonly summary: string;
  readonly description?: string;
  readonly scope: TokenScope;
  readonly lane: Lane;
  /** Leaves out by itself what the token is not for; else a token for some services may ask for those alone. */
  readonly narrows?: true;
  /** A signature over the body does instead of a token. */
  readonly signed?: true;
  readonly success: {
    readonly status: 200 | 202;
    readonly description: string;
    readonly schema: z.ZodType;
    readonly headers?: Readonly<Record<string, string>>;
    /** Default: `application/json`. */
    readonly contentType?: 'text/event-stream';
  };
  /** Further success with another body, such as the plan of a dry run. */
  readonly alternative?: {
    readonly status: 200;
    readonly description: string;
    readonly schema: z.ZodType;
  };
  /** Request headers beside authorization. */
  readonly requestHeaders?: Readonly<Record<string, z.ZodType>>;
  /** Beside those that every operation can meet. */
  readonly failures: readonly FailureCode[];
}

export interface Operation extends OperationText {
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | null;
  handle(asked: Asked<unknown, unknown, unknown>, deps: ApiDeps): Promise<Answer>;
}

interface TypedOperation<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType | null>
  extends OperationText {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly handle: (
    asked: Asked<z.output<P>, z.output<Q>, B extends z.ZodType ? z.output<B> : undefined>,
    deps: ApiDeps,
  ) => Promise<Answer>;
}

/** Checks the handler against its schemas, then forgets the types: the router parses before it calls. */
export function defineOperation<
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType | null,
>(operation: TypedOperation<P, Q, B>): Operation {
  return operation as unknown as Operation;
}

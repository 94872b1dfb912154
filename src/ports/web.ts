/** Asks a server that somebody's configuration names, kept from reaching where it should not. */
import type { Asked } from '../domain/series/asked.js';

export interface WebRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface WebAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** One for each server: it keeps its connections, and how long it asked to be left alone. */
export interface Web {
  /**
   * The answer of any status. Redirects are not followed.
   * @throws Unavailable for a refused address, silence, an answer too long, and while the server asked to be left alone
   */
  send(request: WebRequest, asked: Asked): Promise<WebAnswer>;
  /**
   * The JSON of an answer 2xx.
   * @param said its own words out of the JSON of another answer, where it is one that is to be trusted with them
   * @throws Unavailable as above, for every other status, and for what is no JSON
   */
  ask(
    request: WebRequest,
    asked: Asked,
    said?: (body: unknown) => string | undefined,
  ): Promise<unknown>;
  /** Closes kept connections. */
  close(): Promise<void>;
}

/** Headers of a request, and which texts of them are never repeated. */
export interface RequestHeaders {
  readonly headers: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}

/** @throws InvalidInput naming the variable or file that a credential is missing in */
export type ReadHeaders = () => Promise<RequestHeaders>;

/** Answers kept beside their entity tags, so that what did not change is not sent, and not counted, again. */

export interface KeptAnswer {
  readonly etag: string;
  /** Header `Link` of the answer; null without one. An answer "not modified" does not repeat it. */
  readonly link: string | null;
  readonly body: unknown;
}

/** Only a saving: it may forget at any time, and a fault of it is the same as having forgotten. */
export interface AnswerCache {
  /** @param key whatever the answer depends on: address, form and credential (hashed) */
  get(key: string): Promise<KeptAnswer | null>;
  put(key: string, answer: KeptAnswer): Promise<void>;
}

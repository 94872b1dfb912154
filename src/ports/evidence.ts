/** Keeps the samples behind a verdict, so that it can be recomputed by anyone. */

export interface EvidenceStore {
  /** Stores the JSON value once, content-addressed. Returns `sha256:<hex>` of its canonical bytes. Repeating it changes nothing. */
  put(value: unknown): Promise<string>;
  /** The value stored under the reference; null when there is none. */
  get(reference: string): Promise<unknown>;
}

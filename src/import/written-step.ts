/** A step of a canary as it stands in sluice.yaml, and what it takes for a header. */

export type WrittenStep = Readonly<Record<string, unknown>>;

/** The name of a header that sluice.yaml takes; undefined for any other. */
export function headerName(text: string | undefined): string | undefined {
  return text !== undefined && /^[A-Za-z0-9-]{1,256}$/.test(text) ? text : undefined;
}

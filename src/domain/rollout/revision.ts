/** A revision: one version of a service, pinned to its artifact, running at a target. */

export interface Revision {
  /** Semantic version without a leading `v`. */
  readonly version: string;
  /** `sha256:` and 64 hex digits: the artifact that was built once and goes everywhere. */
  readonly digest: string;
}

/** An artifact under another version is another revision: it may have been made with other configuration. */
export function sameRevision(
  one: Revision | null | undefined,
  other: Revision | null | undefined,
): boolean {
  return one != null && one.version === other?.version && one.digest === other.digest;
}

export const digestPattern = /^sha256:[0-9a-f]{64}$/;

/**
 * The revision's name at its target: unique per artifact and short enough to be read.
 * @example revisionName({ version: '1.1.0', digest: 'sha256:4f2a9c1b…' }) === '1.1.0-4f2a9c1b'
 */
export function revisionName(revision: Revision): string {
  return `${revision.version}-${revision.digest.slice('sha256:'.length, 'sha256:'.length + 8)}`;
}

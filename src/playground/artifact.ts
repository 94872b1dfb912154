/** The artifact of a revision: found by its version, and never run unless it is the one promised. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../domain/failures.js';
import type { Revision } from '../domain/rollout/revision.js';
import type { WorkloadSpec } from '../domain/rollout/workload.js';

/** Digests by path, for as long as the file stays untouched: a revision of many instances is read once. */
const known = new Map<string, { readonly mark: string; readonly digest: string }>();

async function digestOf(path: string): Promise<string> {
  const { ino, size, mtimeMs } = await stat(path);
  const mark = `${ino}/${size}/${mtimeMs}`;
  const earlier = known.get(path);
  if (earlier?.mark === mark) return earlier.digest;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const digest = `sha256:${hash.digest('hex')}`;
  known.set(path, { mark, digest });
  return digest;
}

/** Absolute path of the revision's artifact; null when the command is all there is. */
export function artifactPath(revision: Revision, workload: WorkloadSpec): string | null {
  return workload.artifact?.replaceAll('{version}', revision.version) ?? null;
}

/** @throws NotFound when there is no such file; DigestMismatch when it is another */
export async function checkArtifact(revision: Revision, workload: WorkloadSpec): Promise<void> {
  const path = artifactPath(revision, workload);
  if (path === null) return;
  let digest: string;
  try {
    digest = await digestOf(path);
  } catch (error) {
    throw new Failure('NotFound', 'the artifact cannot be read', { where: path }, error);
  }
  if (digest !== revision.digest) {
    throw new Failure('DigestMismatch', 'the artifact is not the one that was promised', {
      where: path,
      seen: digest,
      limit: revision.digest,
      next: 'restore the artifact, or release it under a new version',
    });
  }
}

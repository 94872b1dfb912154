/** Evidence as files named by the hash of their content: written whole or not at all, never changed. */
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../../domain/canonical-json.js';
import { Failure } from '../../domain/failures.js';
import type { EvidenceStore } from '../../ports/evidence.js';
import { diskFailure } from './disk-failure.js';

export interface FileEvidenceOptions {
  /** Folder of the files; made when missing. */
  readonly folder: string;
}

const referencePattern = /^sha256:([0-9a-f]{64})$/;

/**
 * @throws Unavailable when the disk refuses; DigestMismatch when a file is not what its name says
 */
export function createFileEvidence({ folder }: FileEvidenceOptions): EvidenceStore {
  const pathOf = (hash: string): string => join(folder, `${hash}.json`);
  return {
    async put(value) {
      const text = canonicalJson(value) as string | undefined;
      if (text === undefined) {
        throw new Failure('InvalidInput', 'only a JSON value can be evidence', {
          seen: typeof value,
        });
      }
      const hash = hashOf(text);
      if (!(await exists(pathOf(hash)))) await writeWhole(folder, pathOf(hash), text);
      return `sha256:${hash}`;
    },

    async get(reference) {
      const hash = referencePattern.exec(reference)?.[1];
      if (hash === undefined) return null;
      const text = await readText(pathOf(hash));
      if (text === null) return null;
      const found = hashOf(text);
      if (found !== hash) {
        const details = { where: pathOf(hash), seen: found, limit: hash };
        throw new Failure(
          'DigestMismatch',
          `the evidence ${reference} was changed on disk`,
          details,
        );
      }
      return JSON.parse(text);
    },
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** A reader sees the whole file under its name or none: it is written and synced under another one first. */
async function writeWhole(folder: string, path: string, text: string): Promise<void> {
  const draft = join(folder, `.${randomUUID()}.tmp`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeSynced(draft, text);
    await rename(draft, path);
    const directory = await open(folder, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw diskFailure('the evidence', path, error);
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw diskFailure('the evidence', path, error);
  }
}

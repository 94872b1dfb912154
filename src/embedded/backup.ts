/** `sluice backup`: all that a stack keeps in its data directory, in one file that is read back before it counts. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import tar from 'tar-stream';
import { Failure } from '../domain/failures.js';
import {
  type BackupFile,
  type BackupManifest,
  dataPrefix,
  manifestName,
  verifyArchive,
} from './backup-archive.js';
import { awaitFreeDataDir } from './stack-file.js';

export interface Backup {
  readonly file: string;
  readonly createdAt: string;
  readonly files: number;
  readonly bytes: number;
  /** Of the backup itself. */
  readonly sha256: string;
}

/** Of a run that is over, or for people alone. */
const leftOut = new Set(['stack.json', 'logs']);

/**
 * Of a stack that stands still: its database is one file that changes in many places.
 * @throws Conflict when a stack runs in the directory or the file is there; NotFound without a directory
 */
export async function writeBackup(
  dataDir: string,
  file: string,
  clock: () => number,
): Promise<Backup> {
  await requireStandstill(dataDir);
  if ((await lstat(file).catch(() => null)) !== null) {
    throw new Failure('Conflict', `${file} is there already`, {
      where: file,
      next: 'name another file',
    });
  }
  const manifest: BackupManifest = {
    format: 'sluice-backup-1',
    createdAt: new Date(clock()).toISOString(),
    files: await listFiles(dataDir),
  };
  const draft = `${file}.draft`;
  try {
    await pack(dataDir, manifest, draft);
    await verifyArchive(draft);
    await requireStandstill(dataDir);
    const sha256 = await hashOf(draft);
    await rename(draft, file);
    const bytes = manifest.files.reduce((sum, each) => sum + each.bytes, 0);
    return { file, createdAt: manifest.createdAt, files: manifest.files.length, bytes, sha256 };
  } finally {
    await rm(draft, { force: true });
  }
}

async function requireStandstill(dataDir: string): Promise<void> {
  if ((await lstat(dataDir).catch(() => null)) === null) {
    throw new Failure('NotFound', 'There is no data directory', {
      where: dataDir,
      next: 'name it: --data-dir <folder>',
    });
  }
  await awaitFreeDataDir(dataDir);
}

async function listFiles(dataDir: string): Promise<BackupFile[]> {
  const found: BackupFile[] = [];
  const entries = await readdir(dataDir, { withFileTypes: true, recursive: true });
  for (const entry of entries) {
    const full = join(entry.parentPath, entry.name);
    const path = full.slice(dataDir.length + 1);
    const [top = ''] = path.split('/');
    if (leftOut.has(top) || entry.isDirectory()) continue;
    // Sockets and pipes of processes that are gone hold nothing.
    if (!entry.isFile()) continue;
    const { size, mode } = await lstat(full);
    found.push({ path, bytes: size, mode: mode & 0o777, sha256: await hashOf(full) });
  }
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function pack(dataDir: string, manifest: BackupManifest, draft: string): Promise<void> {
  const archive = tar.pack();
  const mtime = new Date(manifest.createdAt);
  const writing = pipeline(archive, createGzip(), createWriteStream(draft, { mode: 0o600 }));
  const adding = (async () => {
    archive.entry({ name: manifestName, mode: 0o600, mtime }, JSON.stringify(manifest));
    for (const { path, bytes, mode } of manifest.files) {
      const entry = archive.entry({ name: `${dataPrefix}${path}`, size: bytes, mode, mtime });
      await pipeline(createReadStream(join(dataDir, path)), entry);
    }
    archive.finalize();
  })().catch((error: unknown) => {
    archive.destroy(error as Error);
    throw error;
  });
  await Promise.all([writing, adding]);
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

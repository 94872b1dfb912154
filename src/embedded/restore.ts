/** `sluice restore`: a data directory out of a backup, beside the present one until all of it is there and sound. */
import { createWriteStream } from 'node:fs';
import { chmod, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../domain/failures.js';
import { type BackupManifest, readArchive, verifyArchive } from './backup-archive.js';
import { awaitFreeDataDir } from './stack-file.js';

export interface RestorePlan {
  readonly file: string;
  readonly dataDir: string;
  readonly createdAt: string;
  readonly files: number;
  readonly bytes: number;
  /** Where what is there now will be; null when there is nothing. */
  readonly movesPresentTo: string | null;
}

/**
 * Reads the whole backup and changes nothing.
 * @throws InvalidInput for a damaged backup; Conflict when a stack runs in the directory
 */
export async function planRestore(
  file: string,
  dataDir: string,
  clock: () => number,
): Promise<RestorePlan> {
  const manifest = await verifyArchive(file);
  await awaitFreeDataDir(dataDir);
  const stamp = new Date(clock()).toISOString().replaceAll(/[:.]/g, '-');
  return {
    ...{ file, dataDir, createdAt: manifest.createdAt, files: manifest.files.length },
    bytes: manifest.files.reduce((sum, each) => sum + each.bytes, 0),
    movesPresentTo: (await isEmpty(dataDir)) ? null : `${dataDir}.before-restore-${stamp}`,
  };
}

/** Moves what is there aside and never removes it. */
export async function restore({ file, dataDir, movesPresentTo }: RestorePlan): Promise<void> {
  const draft = `${dataDir}.restoring`;
  await rm(draft, { recursive: true, force: true });
  try {
    await unpack(file, draft);
    await awaitFreeDataDir(dataDir);
    if (movesPresentTo === null) await rm(dataDir, { recursive: true, force: true });
    else await rename(dataDir, movesPresentTo);
    await rename(draft, dataDir);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function unpack(file: string, folder: string): Promise<BackupManifest> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return readArchive(file, async ({ path, mode }, content) => {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    // Nobody else reads a secret while it is written.
    await pipeline(content, createWriteStream(target, { flags: 'wx', mode: 0o600 }));
    await chmod(target, mode);
  });
}

async function isEmpty(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => null);
  if (found === null) return true;
  if (found.isDirectory()) return (await readdir(folder)).length === 0;
  throw new Failure('InvalidInput', 'The data directory is no directory', {
    where: folder,
    next: 'name another one: --data-dir <folder>',
  });
}

/** The file of a backup: a gzipped tar whose first entry names all others with their size and SHA-256. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import { z } from 'zod';
import { Failure } from '../domain/failures.js';

export const manifestName = 'manifest.json';
export const dataPrefix = 'data/';
const largestManifestBytes = 64 * 1024 * 1024;

const fileSchema = z.strictObject({
  /** Below the data directory, with `/` between its parts. */
  path: z
    .string()
    .min(1)
    .refine((path) => path.split('/').every((part) => !['', '.', '..'].includes(part)), {
      error: 'leads out of the data directory',
    }),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  mode: z.int(),
});

const manifestSchema = z.strictObject({
  format: z.literal('sluice-backup-1'),
  createdAt: z.iso.datetime(),
  files: z.array(fileSchema),
});

export type BackupFile = Readonly<z.output<typeof fileSchema>>;
export type BackupManifest = Readonly<z.output<typeof manifestSchema>>;

/** Takes the content of one file to its end. */
export type TakeFile = (file: BackupFile, content: Readable) => Promise<void>;

/**
 * Reads an archive from its beginning to its end and compares all of it with its manifest.
 * @throws InvalidInput naming the first file that is missing, too many or not what the manifest says
 */
export async function readArchive(path: string, take: TakeFile): Promise<BackupManifest> {
  const extract = tar.extract();
  const source = createReadStream(path);
  const reading = pipeline(source, createGunzip(), extract).catch((error: unknown) => {
    // Whoever reads the entries is told by them.
    extract.destroy(error as Error);
  });
  const check = createCheck(path, take);
  try {
    for await (const entry of extract) await check.next(entry as ArchiveEntry);
    await reading;
  } catch (error) {
    source.destroy();
    const seen = error instanceof Error ? error.message : String(error);
    throw damaged(path, 'it cannot be read', seen, error);
  }
  return check.end();
}

/** Reads all of it, and keeps nothing. @throws as {@link readArchive} does */
export function verifyArchive(path: string): Promise<BackupManifest> {
  return readArchive(path, async (_file, content) => {
    for await (const _part of content) continue;
  });
}

function createCheck(path: string, take: TakeFile) {
  let manifest: BackupManifest | null = null;
  let fault: Failure | null = null;
  const due = new Map<string, BackupFile>();

  async function look({ name, type }: tar.Header, entry: Entry): Promise<void> {
    if (manifest === null) {
      manifest = await readManifest(path, name, entry);
      for (const file of manifest.files) due.set(`${dataPrefix}${file.path}`, file);
      return;
    }
    const file = due.get(name);
    if (file === undefined || type !== 'file') {
      throw damaged(path, `${name} is not in its manifest`, name);
    }
    due.delete(name);
    await takeChecked(path, file, entry, take);
  }

  return {
    /** After the first fault the rest is passed over: an archive cannot be left in its middle. */
    async next(entry: ArchiveEntry): Promise<void> {
      try {
        if (fault === null) await look(entry.header, entry);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        fault = error;
      }
      entry.resume();
    },
    end(): BackupManifest {
      if (fault !== null) throw fault;
      if (manifest === null) throw damaged(path, 'it is empty', '0 files');
      const [missing] = due.keys();
      if (missing === undefined) return manifest;
      throw damaged(path, `${missing} is missing`, `${due.size} missing`);
    },
  };
}

type Entry = AsyncIterable<Buffer>;
type ArchiveEntry = Entry & { readonly header: tar.Header; resume(): unknown };

async function readManifest(path: string, name: string, entry: Entry): Promise<BackupManifest> {
  if (name !== manifestName) throw damaged(path, 'it does not begin with a manifest', name);
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of entry) {
    bytes += part.length;
    if (bytes > largestManifestBytes) throw damaged(path, 'its manifest is too long', `${bytes}`);
    parts.push(part);
  }
  const parsed = manifestSchema.safeParse(JSON.parse(Buffer.concat(parts).toString('utf8')));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw damaged(path, 'its manifest is none', `${issue?.path.join('.')}: ${issue?.message}`);
}

async function takeChecked(
  path: string,
  file: BackupFile,
  entry: Entry,
  take: TakeFile,
): Promise<void> {
  const hash = createHash('sha256');
  let bytes = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const part of entry) {
      hash.update(part);
      bytes += part.length;
      yield part;
    }
  }
  await take(file, Readable.from(counted()));
  const sha256 = hash.digest('hex');
  if (bytes === file.bytes && sha256 === file.sha256) return;
  throw damaged(path, `${file.path} was altered`, `${bytes} bytes, sha256:${sha256}`);
}

function damaged(path: string, what: string, seen: string, cause?: unknown): Failure {
  return new Failure(
    'InvalidInput',
    `The backup is damaged: ${what}`,
    { where: path, seen, next: 'take another one; nothing was changed' },
    cause,
  );
}

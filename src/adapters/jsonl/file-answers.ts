/** Kept answers as one JSON file each, for the processes of one machine and their successors. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnswerCache, KeptAnswer } from '../../ports/answer-cache.js';

export interface FileAnswersOptions {
  /** Made when missing. */
  readonly folder: string;
  /** What was not used for the longest time goes first. Default 5,000. */
  readonly maxFiles?: number;
  /** A longer answer is not kept. Default 1 MiB. */
  readonly maxBytes?: number;
}

/** Between two looks at how many there are. */
const putsBetweenSweeps = 500;

export function createFileAnswers(options: FileAnswersOptions): AnswerCache {
  const { folder, maxFiles = 5000, maxBytes = 1024 * 1024 } = options;
  let puts = 0;
  const fileOf = (key: string) =>
    join(folder, `${createHash('sha256').update(key).digest('hex')}.json`);

  async function sweep(): Promise<void> {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
    if (names.length <= maxFiles) return;
    const dated = await Promise.all(
      names.map(async (name) => {
        const found = await stat(join(folder, name)).catch(() => null);
        return { name, usedAtMs: found?.mtimeMs ?? 0 };
      }),
    );
    dated.sort((a, b) => a.usedAtMs - b.usedAtMs);
    const over = dated.slice(0, names.length - Math.floor(maxFiles * 0.9));
    await Promise.all(over.map(({ name }) => rm(join(folder, name), { force: true })));
  }

  return {
    async get(key) {
      const file = fileOf(key);
      try {
        const kept = parseAnswer(await readFile(file, 'utf8'), key);
        const now = new Date();
        if (kept !== null) await utimes(file, now, now);
        return kept;
      } catch {
        return null;
      }
    },
    async put(key, answer) {
      try {
        const text = JSON.stringify({ key, ...answer });
        if (Buffer.byteLength(text) > maxBytes) return;
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const draft = join(folder, `${randomUUID()}.draft`);
        await writeFile(draft, text, { mode: 0o600 });
        await rename(draft, fileOf(key));
        puts += 1;
        if (puts % putsBetweenSweeps === 0) await sweep();
      } catch {
        // A full disk costs requests here, and is told of by what must be written.
      }
    },
  };
}

function parseAnswer(text: string, key: string): KeptAnswer | null {
  const { etag, link, body, key: kept } = JSON.parse(text) as Partial<KeptAnswer & { key: string }>;
  if (kept !== key || typeof etag !== 'string' || body === undefined) return null;
  return { etag, link: typeof link === 'string' ? link : null, body };
}

/** Git objects by id: written loose in git's own format, read through a `git cat-file` that stays. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { gitEnv } from './run-git.js';

export interface GitObject {
  readonly type: string;
  readonly content: Buffer;
}

export interface Objects {
  readonly write: (type: 'blob' | 'tree' | 'commit' | 'tag', content: Buffer) => Promise<string>;
  /** Null without such an object. @param name id, or id and path as in `<commit>:<path>` */
  readonly read: (name: string) => Promise<(GitObject & { readonly sha: string }) | null>;
  readonly close: () => void;
}

interface Waiting {
  readonly resolve: (found: (GitObject & { readonly sha: string }) | null) => void;
  readonly reject: (error: Error) => void;
}

export function openObjects(folder: string): Objects {
  const known = new Map<string, GitObject>();
  let reader: ReturnType<typeof openReader> | null = null;
  const fans = new Set<string>();
  let serial = 0;
  return {
    write: async (type, content) => {
      const whole = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
      const sha = createHash('sha1').update(whole).digest('hex');
      if (known.has(sha)) return sha;
      const fan = join(folder, 'objects', sha.slice(0, 2));
      if (!fans.has(fan)) await mkdir(fan, { recursive: true });
      fans.add(fan);
      serial += 1;
      const draft = join(fan, `tmp_obj_${serial}`);
      await writeFile(draft, deflateSync(whole, { level: 1 }));
      await rename(draft, join(fan, sha.slice(2)));
      known.set(sha, { type, content });
      return sha;
    },
    read: async (name) => {
      const seen = known.get(name);
      if (seen !== undefined) return { ...seen, sha: name };
      if (/[\n\0]/.test(name)) return null;
      reader ??= openReader(folder, () => {
        reader = null;
      });
      const found = await reader.ask(name);
      if (found !== null) known.set(found.sha, { type: found.type, content: found.content });
      return found;
    },
    close: () => reader?.child.kill(),
  };
}

function openReader(folder: string, ended: () => void) {
  const child: ChildProcessWithoutNullStreams = spawn('git', ['cat-file', '--batch'], {
    cwd: folder,
    env: gitEnv,
  });
  child.unref();
  const waiting: Waiting[] = [];
  let buffer = Buffer.alloc(0);
  const drain = () => {
    for (;;) {
      const end = buffer.indexOf(10);
      const first = waiting[0];
      if (end < 0 || first === undefined) return;
      const words = buffer.subarray(0, end).toString('utf8').split(' ');
      const size = Number(words.at(-1));
      const isMissing = !/^[0-9a-f]{40}$/.test(words[0] ?? '') || !Number.isInteger(size);
      if (isMissing) {
        buffer = buffer.subarray(end + 1);
        waiting.shift();
        first.resolve(null);
        continue;
      }
      if (buffer.length < end + 1 + size + 1) return;
      const content = Buffer.from(buffer.subarray(end + 1, end + 1 + size));
      buffer = buffer.subarray(end + 1 + size + 1);
      waiting.shift();
      first.resolve({ sha: words[0] ?? '', type: words[1] ?? '', content });
    }
  };
  child.stdout.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    drain();
  });
  child.once('close', () => {
    ended();
    for (const { reject } of waiting.splice(0)) reject(new Error('git cat-file ended'));
  });
  child.stdin.on('error', () => {
    // Its end is told by `close`.
  });
  return {
    child,
    ask: (name: string) =>
      new Promise<(GitObject & { readonly sha: string }) | null>((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(`${name}\n`);
      }),
  };
}

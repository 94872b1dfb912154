/** What a push wants, read before git does it, and a hook by which git refuses what the branch rules forbid. */
import { gunzipSync } from 'node:zlib';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { refusalOf } from '../acts/rules.js';
import type { Repository } from '../state.js';

export interface PushCommand {
  readonly ref: string;
  readonly before: string | null;
  readonly after: string | null;
}

/**
 * Commands of a push: lines of four hexadecimal digits of length and `old new ref`, up to the first empty one.
 * Source: gitprotocol-pack, Reference Update Request.
 */
export function commandsOf(body: Buffer, encoding: string | undefined): readonly PushCommand[] {
  const plain = encoding === 'gzip' ? gunzipSync(body) : body;
  const commands: PushCommand[] = [];
  for (let at = 0; at + 4 <= plain.length; ) {
    const length = Number.parseInt(plain.subarray(at, at + 4).toString('latin1'), 16);
    if (!(length > 4)) break;
    const line = plain.subarray(at + 4, at + length).toString('utf8');
    const match = /^([0-9a-f]{40}) ([0-9a-f]{40}) ([^\0\n]+)/.exec(line);
    if (match !== null) {
      const [, before = '', after = '', ref = ''] = match;
      commands.push({ ref, before: orNull(before), after: orNull(after) });
    }
    at += length;
  }
  return commands;
}

const orNull = (sha: string) => (/^0+$/.test(sha) ? null : sha);

/**
 * Lines for the hook: ref, `any` or `forced`, what is said. Whether a step is backward is known only with the new
 * objects, and those only the hook sees.
 */
export function refusalsOf(repository: Repository, commands: readonly PushCommand[]): string {
  const lines = commands.flatMap(({ ref, before, after }) => {
    const kind = before === null ? 'create' : after === null ? 'delete' : 'update';
    return [false, true].flatMap((isForced) => {
      const said = refusalOf(repository, { ref, kind, isForced, isMerge: false });
      if (said === null) return [];
      const [head = '', ...rest] = said.split('\n').filter((line) => line !== '');
      const isRule = rest.length > 0;
      const code = isRule
        ? `GH013: ${head} for ${ref}.`
        : `GH006: Protected branch update failed for ${ref}.`;
      return [
        `${ref}\t${isForced ? 'forced' : 'any'}\terror: ${code} ${isRule ? rest.join(' ') : head}`,
      ];
    });
  });
  return lines.join('\n');
}

const updateHook = `#!/bin/sh
refused() {
  printf '%s\\n' "$STANDIN_REFUSALS" | while IFS='\t' read -r ref how said; do
    if [ "$ref" = "$1" ] && [ "$how" = "$2" ]; then printf '%s\\n' "$said" >&2; exit 9; fi
  done
}
refused "$1" any || exit 1
case "$2$3" in *0000000000000000000000000000000000000000*) exit 0 ;; esac
git merge-base --is-ancestor "$2" "$3" || refused "$1" forced || exit 1
`;

/** Of the repository; git runs it once for each ref, and with an atomic push all or none go through. */
export async function installUpdateHook(folder: string): Promise<void> {
  const hooks = join(folder, 'hooks');
  await mkdir(hooks, { recursive: true });
  await writeFile(join(hooks, 'update'), updateHook);
  await chmod(join(hooks, 'update'), 0o755);
}

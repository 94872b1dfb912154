/** What the playground was told to run, kept in one file that is replaced as a whole. */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../domain/failures.js';
import {
  fenceSchema,
  revisionSchema,
  splitSchema,
  targetKeySchema,
  workloadSchema,
} from './protocol.js';

const declaredRevisionSchema = z.strictObject({
  name: z.string(),
  revision: revisionSchema,
  workload: workloadSchema,
  instances: z.int().nonnegative(),
});

const declaredTargetSchema = z.strictObject({
  key: targetKeySchema,
  /** The port where users reach the target; the same after a restart. */
  proxyPort: z.int(),
  split: splitSchema,
  fence: fenceSchema.nullable(),
  intentKey: z.string().nullable(),
  revisions: z.array(declaredRevisionSchema),
});

const stateSchema = z.strictObject({
  format: z.literal(1),
  targets: z.array(declaredTargetSchema),
});

export type DeclaredRevision = z.infer<typeof declaredRevisionSchema>;
export type DeclaredTarget = z.infer<typeof declaredTargetSchema>;

export interface StateFile {
  load(): Promise<readonly DeclaredTarget[]>;
  /** Returns when the state would survive a power cut. Calls must not overlap. */
  save(targets: readonly DeclaredTarget[]): Promise<void>;
}

export function createStateFile(folder: string): StateFile {
  const path = join(folder, 'playground.json');
  return {
    async load() {
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
      try {
        return stateSchema.parse(JSON.parse(text)).targets;
      } catch (error) {
        const next = `repair ${path} or move it away to begin empty`;
        throw new Failure(
          'InvalidInput',
          'the state file is damaged',
          { where: path, next },
          error,
        );
      }
    },
    async save(targets) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const fresh = `${path}.new`;
      const file = await open(fresh, 'w', 0o600);
      try {
        await file.writeFile(JSON.stringify({ format: 1, targets }, null, 1));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(fresh, path);
    },
  };
}

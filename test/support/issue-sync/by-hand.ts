/** A sync over both sides in memory that is moved by hand, step by step. */
import assert from 'node:assert/strict';
import { syncPolicySchema } from '../../../src/domain/issue-sync/schema.js';
import { newDesk, runPass } from './pass.js';
import { commitAt, commitFiles, main } from './tree.js';
import { newWorld, type World } from './world.js';

/** Where the file lies of an issue 1 that has the title A. */
export const path = 'issues/001-a.md';

/** With these files on the branch, and nothing kept the same yet. */
export function begin(sync: object, files: Readonly<Record<string, string>>) {
  const world = newWorld();
  const desk = newDesk({
    ...{ world, policy: syncPolicySchema.parse({ firstPass: 'go', ...sync }) },
    ...{ disturb: () => undefined, afterCrash: () => 'elsewhere' as const },
  });
  const commit = (changed: Readonly<Record<string, string | null>>, on = main) =>
    commitFiles(
      world.repository,
      Object.entries(changed).map(([at, text]) => ({ path: at, text })),
      { ref: on, atMs: world.nowMs },
    );
  const pass = async (isFull = false): Promise<void> => {
    world.nowMs += 1_000;
    await runPass(desk, { isFull, isListed: true, heard: [] });
  };
  commit(files);
  const file = (at = path, on = main) => commitAt(world.repository, on)?.files.get(at) ?? '';
  return { world, desk, commit, pass, file };
}

export const issueOf = (world: World, number = 1) => world.issues.get(number) ?? assert.fail();
export const titles = (world: World) =>
  [...world.issues.values()].map(({ fields }) => fields.title);

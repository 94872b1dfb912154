/** Takes out of an image's node_modules what only other platforms run: 109 MB of Temporal's native bridge. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const usage = 'usage: node scripts/prune-dependencies.mjs NODE_MODULES';

const folder = process.argv[2];
if (folder === undefined) {
  console.error(usage);
  process.exit(2);
}
const bridge = resolve(folder, '@temporalio', 'core-bridge');
const releases = join(bridge, 'releases');
/** @type {{ getPrebuiltTargetName: () => string }} The bridge's own word for the platform that it loads. */
const { getPrebuiltTargetName } = createRequire(import.meta.url)(join(bridge, 'common.js'));
const own = getPrebuiltTargetName();
if (!existsSync(join(releases, own))) {
  console.error(`${releases} holds no ${own}, and nothing was taken out`);
  process.exit(1);
}
const others = readdirSync(releases).filter((name) => name !== own);
for (const name of others) rmSync(join(releases, name), { recursive: true });
// What the bridge is built from, where it is built.
rmSync(join(bridge, 'sdk-core'), { recursive: true, force: true });
console.error(`kept ${own}, took out ${others.join(', ')}`);

/** Lists the project's own files under some folders, in one order on every machine. */
import { existsSync, readdirSync } from 'node:fs';

/**
 * @param {readonly string[]} folders relative to the working directory; one that is not there is empty
 * @param {readonly string[]} endings
 * @returns {string[]}
 */
export function listFiles(folders, endings) {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => {
      const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      return names.map((name) => `${folder}/${name}`);
    })
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .filter((path) => !path.includes('node_modules/'))
    .sort();
}

/** How one of our own processes is started: from source or compiled, whichever this file is. */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const isSource = import.meta.url.endsWith('.ts');

/** Command of `src/<path>`, for example `api/main`. */
export function ownProgram(path: string): readonly [string, ...string[]] {
  const file = fileURLToPath(new URL(`../${path}.${isSource ? 'ts' : 'js'}`, import.meta.url));
  return [process.execPath, ...(isSource ? ['--import', loader()] : []), file];
}

/** As a URL, because the child may work in another folder. */
function loader(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
}

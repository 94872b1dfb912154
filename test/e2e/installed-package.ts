/** The package as people have it: packed, and unpacked into an empty folder beside the packages that it names. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';

const packed = z.array(
  z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }),
);
const manifest = z.object({ dependencies: z.record(z.string(), z.string()) });

export interface InstalledPackage {
  /** Paths of its files. */
  readonly files: readonly string[];
  /** The program `sluice` as npm links it. */
  readonly program: string;
}

export interface PackedPackage {
  readonly archive: string;
  /** Paths of its files. */
  readonly files: readonly string[];
}

let packedOnce: PackedPackage | null = null;

/** Built once for all tests of a run: that takes a quarter of a minute. */
export function packPackage(): PackedPackage {
  if (packedOnce !== null) return packedOnce;
  const folder = mkdtempSync(join(tmpdir(), 'sluice-packed-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const said = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Whatever the build says stands before it.
  const [pack] = packed.parse(JSON.parse(said.slice(said.indexOf('['))));
  if (pack === undefined) throw new Error('npm packed nothing');
  const files = pack.files.map(({ path }) => path);
  packedOnce = { archive: join(folder, pack.filename), files };
  return packedOnce;
}

/**
 * Packages are linked from this tree, and only those named as dependencies: what is needed and not named is missed, as
 * after a real installation.
 * @param folder empty
 */
export function installPackage(folder: string): InstalledPackage {
  const { archive, files } = packPackage();
  const home = join(folder, 'node_modules', 'sluice');
  mkdirSync(home, { recursive: true });
  execFileSync('tar', ['-xzf', archive, '-C', home, '--strip-components=1']);
  const { dependencies } = manifest.parse(JSON.parse(readFileSync('package.json', 'utf8')));
  for (const name of Object.keys(dependencies)) link(`node_modules/${name}`, folder);
  const program = join(folder, 'node_modules', '.bin', 'sluice');
  mkdirSync(dirname(program));
  symlinkSync('../sluice/bin/sluice.mjs', program);
  return { files, program };
}

function link(path: string, folder: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  symlinkSync(resolve(path), join(folder, path));
}
